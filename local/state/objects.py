"""What lies in moto's buckets."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from threading import RLock
from typing import Any
from unittest.mock import patch

from moto.s3.models import FakeKey, S3Backend
from moto.s3.responses import S3Response

from local.state.journal import Delete, Journal, Put, Write


class KeptObjects:
    """The newest version of each object, with its headers."""

    def __init__(self, journal: Journal, write: Callable[[list[Write]], None]) -> None:
        self._journal = journal
        self._write = write

    def restore(self, backend: S3Backend, bucket: str) -> None:
        bodies, headers = _shelves_of(bucket)
        described = dict(self._journal.read(headers))
        for name, body in self._journal.read(bodies):
            key = backend.put_object(bucket, name, body)
            about = json.loads(described[name])
            key.set_metadata(about["headers"])
            key.last_modified = datetime.fromisoformat(about["last_modified"])

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """In the block whatever is put into a bucket is kept before that is answered, and what is deleted
        is dropped first."""
        put, copy, complete, delete = (
            S3Response.put_object,
            S3Backend.copy_object,
            S3Backend.complete_multipart_upload,
            S3Backend.delete_object,
        )

        def put_object(response: S3Response) -> Any:
            answer = put(response)
            found = response.backend.get_object(response.bucket_name, response.parse_key_name())
            if isinstance(found, FakeKey):
                self._keep(response.bucket_name, found)
            return answer

        def copy_object(
            backend: S3Backend,
            src_key: FakeKey,
            dest_bucket_name: str,
            dest_key_name: str,
            *given: Any,
            **named: Any,
        ) -> None:
            copy(backend, src_key, dest_bucket_name, dest_key_name, *given, **named)
            if found := backend.get_object(dest_bucket_name, dest_key_name):
                self._keep(dest_bucket_name, found)

        def complete_multipart_upload(backend: S3Backend, bucket: str, *given: Any, **named: Any) -> Any:
            key = complete(backend, bucket, *given, **named)
            if isinstance(key, FakeKey):
                self._keep(bucket, key)
            return key

        def delete_object(
            backend: S3Backend, bucket_name: str, key_name: str, *given: Any, **named: Any
        ) -> Any:
            self._write([Delete(shelf, key_name) for shelf in _shelves_of(bucket_name)])
            return delete(backend, bucket_name, key_name, *given, **named)

        with ExitStack() as patches:
            patches.enter_context(patch.object(S3Response, "put_object", put_object))
            patches.enter_context(patch.object(S3Backend, "copy_object", copy_object))
            patches.enter_context(
                patch.object(S3Backend, "complete_multipart_upload", complete_multipart_upload)
            )
            patches.enter_context(patch.object(S3Backend, "delete_object", delete_object))
            yield

    def _keep(self, bucket: str, key: FakeKey) -> None:
        bodies, headers = _shelves_of(bucket)
        about = {"headers": dict(key.metadata), "last_modified": key.last_modified.isoformat()}
        self._write([Put(bodies, key.name, key.value), Put(headers, key.name, json.dumps(about).encode())])


@contextmanager
def atomic_puts() -> Iterator[None]:
    """moto looks whether an object is there, and then puts it: of two threads that ask for that, both do."""
    lock, unlocked = RLock(), S3Response.put_object

    def put_object(response: S3Response) -> Any:
        with lock:
            return unlocked(response)

    with patch.object(S3Response, "put_object", put_object):
        yield


def _shelves_of(bucket: str) -> tuple[str, str]:
    return f"objects of {bucket}", f"headers of {bucket}"
