"""Reconciliations that are not finished yet: in the bucket, until somebody goes on, or a day is over."""

import gzip
import json
import zlib
from collections.abc import Callable
from secrets import token_hex
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from faxledger.adapters.aws import aws_errors, code_of
from faxledger.adapters.json_records import from_json, to_json
from faxledger.domain.closed_days import DayVersion
from faxledger.errors import DocumentsUnavailable
from faxledger.usecases.ports.closing import DayReading
from faxledger.usecases.ports.reconciling import PartialReconciliation

# Whoever may not list a bucket is told AccessDenied of what isn't there (S3's API reference).
_NOTHING_THERE: Final = frozenset({"NoSuchKey", "AccessDenied"})
Record = TypeVar("Record")


class S3PartialReconciliations:
    """Implements `PartialReconciliations`; nobody can guess a name.

    Each is kept under a name of its own, so that whoever has lost an answer may ask again.
    """

    def __init__(self, client: Any, bucket: str, name: Callable[[], str] = lambda: token_hex(16)) -> None:
        self._records = _Records(client, bucket)
        self._name = name

    def keep(self, partial: PartialReconciliation) -> str:
        name = self._name()
        self._records.put(key_of(name), partial)
        return name

    def find(self, name: str) -> PartialReconciliation | None:
        return self._records.get(PartialReconciliation, key_of(name))


class S3DayReadings:
    """Implements `DayReadings`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._records = _Records(client, bucket)

    def keep(self, version: DayVersion, reading: DayReading) -> None:
        self._records.put(_key_of_day(version), reading)

    def find(self, version: DayVersion) -> DayReading | None:
        return self._records.get(DayReading, _key_of_day(version))


class _Records:
    """Each is written as its dataclass says, and packed."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, record: object) -> None:
        content = gzip.compress(json.dumps(to_json(record)).encode(), mtime=0)
        with aws_errors("the bucket", DocumentsUnavailable):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=content)

    def get(self, kind: type[Record], key: str) -> Record | None:
        with aws_errors("the bucket", DocumentsUnavailable):
            try:
                content = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) in _NOTHING_THERE:
                    return None
                raise
        try:
            return from_json(kind, json.loads(gzip.decompress(content)))
        except (EOFError, OSError, ValueError, zlib.error):
            # Another version has written it: whoever asks begins anew.
            return None


def key_of(name: str) -> str:
    """Where it lies: `partial/<name>`."""
    return f"partial/{name}"


def _key_of_day(version: DayVersion) -> str:
    return f"partial/close-day/{version.day}.v{version.version}"
