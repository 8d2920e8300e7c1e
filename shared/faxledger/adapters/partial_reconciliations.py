"""Reconciliations that are not finished yet: in the bucket, until somebody goes on, or a day is over."""

import gzip
import json
from collections.abc import Callable
from secrets import token_hex
from typing import Any, Final

from botocore.exceptions import ClientError

from faxledger.adapters.aws import aws_errors, code_of
from faxledger.adapters.json_records import from_json, to_json
from faxledger.errors import DocumentsUnavailable
from faxledger.usecases.ports.reconciling import PartialReconciliation

# Whoever may not list a bucket is told AccessDenied of what isn't there (S3's API reference).
_NOTHING_THERE: Final = frozenset({"NoSuchKey", "AccessDenied"})


class S3PartialReconciliations:
    """Implements `PartialReconciliations`; nobody can guess a name.

    Each is kept under a name of its own, so that whoever has lost an answer may ask again.
    """

    def __init__(self, client: Any, bucket: str, name: Callable[[], str] = lambda: token_hex(16)) -> None:
        self._client = client
        self._bucket = bucket
        self._name = name

    def keep(self, partial: PartialReconciliation) -> str:
        name = self._name()
        content = gzip.compress(json.dumps(to_json(partial)).encode(), mtime=0)
        with aws_errors("the bucket", DocumentsUnavailable):
            self._client.put_object(Bucket=self._bucket, Key=key_of(name), Body=content)
        return name

    def find(self, name: str) -> PartialReconciliation | None:
        with aws_errors("the bucket", DocumentsUnavailable):
            try:
                content = self._client.get_object(Bucket=self._bucket, Key=key_of(name))["Body"].read()
            except ClientError as error:
                if code_of(error) in _NOTHING_THERE:
                    return None
                raise
        try:
            return from_json(PartialReconciliation, json.loads(gzip.decompress(content)))
        except (EOFError, OSError, ValueError):
            # Another version has written it: whoever asks begins anew.
            return None


def key_of(name: str) -> str:
    """Where it lies: `partial/<name>`."""
    return f"partial/{name}"
