"""What is remembered from one reading of a feed to the next, in the bucket, beside the documents."""

from typing import Any

from botocore.exceptions import ClientError

from faxledger.adapters.aws import aws_errors, code_of
from faxledger.errors import DocumentsUnavailable

# Whoever may not list a bucket is told AccessDenied of what isn't there (S3's API reference).
_NOTHING_THERE = frozenset({"NoSuchKey", "AccessDenied"})


class S3FeedMemory:
    """Implements `FeedMemory`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def recall(self, feed: str) -> bytes | None:
        """What was kept last, or None. Raises `DocumentsUnavailable`."""
        with aws_errors("the bucket", DocumentsUnavailable):
            try:
                content: bytes = self._client.get_object(Bucket=self._bucket, Key=key_of(feed))["Body"].read()
            except ClientError as error:
                if code_of(error) in _NOTHING_THERE:
                    return None
                raise
        return content

    def keep(self, feed: str, content: bytes) -> None:
        """Raises `DocumentsUnavailable`."""
        with aws_errors("the bucket", DocumentsUnavailable):
            self._client.put_object(Bucket=self._bucket, Key=key_of(feed), Body=content)


def key_of(feed: str) -> str:
    """Where it lies: `feeds/<provider>-<direction>`."""
    return f"feeds/{feed}"
