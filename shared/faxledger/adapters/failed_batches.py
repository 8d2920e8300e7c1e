"""The bucket where Lambda leaves batches of the stream that the announcing function failed at for good."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.errors import DocumentsUnavailable


class S3FailedBatches:
    """Implements `FailedBatches`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def names(self) -> Iterator[str]:
        request: dict[str, Any] = {"Bucket": self._bucket}
        while True:
            try:
                answer = self._client.list_objects_v2(**request)
            except (BotoCoreError, ClientError) as error:
                raise _unavailable(error) from None
            for entry in answer.get("Contents", ()):
                yield entry["Key"]
            if not answer.get("IsTruncated"):
                return
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def read(self, name: str) -> dict[str, Any] | None:
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from None
        try:
            event = json.loads(body)["payload"]
            # Lambda's guide shows it as text; it may come as what that text says.
            event = json.loads(event) if isinstance(event, str) else event
        except (KeyError, TypeError, ValueError):
            return None
        return event if isinstance(event, dict) and isinstance(event.get("Records"), list) else None

    def remove(self, name: str) -> None:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=name)
        except (BotoCoreError, ClientError) as error:
            raise _unavailable(error) from None


def _unavailable(error: BotoCoreError | ClientError) -> DocumentsUnavailable:
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    return DocumentsUnavailable(f"failed batches: the bucket answered {code or type(error).__name__}")
