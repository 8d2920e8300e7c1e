"""The bucket where batches of the stream lie that could not be announced.

Lambda leaves those there at which the announcing function failed for good, and that function itself records
that it can't read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from faxledger.adapters.aws import aws_errors
from faxledger.errors import DocumentsUnavailable


class S3FailedBatches:
    """Implements `FailedBatches`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def names(self) -> Iterator[str]:
        request: dict[str, Any] = {"Bucket": self._bucket}
        while True:
            with _bucket_errors():
                answer = self._client.list_objects_v2(**request)
            for entry in answer.get("Contents", ()):
                yield entry["Key"]
            if not answer.get("IsTruncated"):
                return
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def read(self, name: str) -> dict[str, Any] | None:
        with _bucket_errors():
            body = self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        try:
            event = json.loads(body)["payload"]
            # Lambda's guide shows it as text; it may come as what that text says.
            event = json.loads(event) if isinstance(event, str) else event
        except (KeyError, TypeError, ValueError):
            return None
        return event if isinstance(event, dict) and isinstance(event.get("Records"), list) else None

    def remove(self, name: str) -> None:
        with _bucket_errors():
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def keep(self, name: str, records: Sequence[Mapping[str, Any]]) -> None:
        body = json.dumps({"payload": {"Records": records}}).encode()
        with _bucket_errors():
            self._client.put_object(Bucket=self._bucket, Key=name, Body=body)


def _bucket_errors() -> AbstractContextManager[None]:
    return aws_errors("the bucket of failed batches", DocumentsUnavailable)
