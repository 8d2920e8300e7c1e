"""The bucket in which the records of closed days lie, none of which is ever written twice."""

from base64 import b64encode
from collections.abc import Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, Final

from botocore.exceptions import ClientError

from faxledger.adapters.aws import aws_errors, code_of
from faxledger.errors import DocumentMissing, DocumentsUnavailable

_PREFIX: Final = "reports/"
# Whoever may not list a bucket is told AccessDenied of what isn't there (S3's API reference).
_NOTHING_THERE: Final = frozenset({"NoSuchKey", "AccessDenied"})


class S3DayRecords:
    """Implements `DayRecords`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def all_keys(self) -> Sequence[str]:
        found: list[str] = []
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": _PREFIX}
        while True:
            with _bucket_errors():
                answer = self._client.list_objects_v2(**request)
            found += [entry["Key"] for entry in answer.get("Contents", ())]
            if not answer.get("IsTruncated"):
                return found
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def read(self, key: str) -> bytes:
        with _bucket_errors():
            try:
                content: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) in _NOTHING_THERE:
                    raise DocumentMissing("the record of a closed day is gone") from None
                raise
        return content

    def write(self, key: str, content: bytes) -> bool:
        digest = b64encode(sha256(content).digest()).decode()
        with _bucket_errors():
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=content,
                    ContentType="application/json",
                    # Object Lock asks for a checksum; S3 holds what it got against it.
                    ChecksumSHA256=digest,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if code_of(error) != "PreconditionFailed":
                    raise
                # Perhaps botocore has asked twice, and the first answer was lost.
                return self.read(key) == content
        return True


def _bucket_errors() -> AbstractContextManager[None]:
    return aws_errors("the bucket of closed days", DocumentsUnavailable)
