"""What is remembered from one reading of a feed to the next, in the bucket, beside the documents."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

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
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=key_of(feed))["Body"].read()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            if code in _NOTHING_THERE:
                return None
            raise DocumentsUnavailable(f"the bucket answered {code}") from None
        except BotoCoreError as error:
            raise DocumentsUnavailable(f"the bucket did not answer: {type(error).__name__}") from None
        return content

    def keep(self, feed: str, content: bytes) -> None:
        """Raises `DocumentsUnavailable`."""
        try:
            self._client.put_object(Bucket=self._bucket, Key=key_of(feed), Body=content)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise DocumentsUnavailable(f"the bucket answered {code}") from None
        except BotoCoreError as error:
            raise DocumentsUnavailable(f"the bucket did not answer: {type(error).__name__}") from None


def key_of(feed: str) -> str:
    """Where it lies: `feeds/greenfax-outbound`."""
    return f"feeds/{feed}"
