"""Documents that wait to be sent, in the bucket: those that came with a request, and uploads before it."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.adapters.aws import aws_errors, code_of
from faxledger.domain.document_types import SNIFFED_BYTES
from faxledger.domain.submission import OutgoingDocument
from faxledger.errors import DocumentMissing, DocumentsUnavailable
from faxledger.usecases.ports.sending import UploadLink
from faxledger.usecases.ports.world import Clock

# What is not in memory goes through a file of the function's own, which Lambda encrypts.
_IN_MEMORY_BYTES: Final = 1024 * 1024
_PIECE_BYTES: Final = 256 * 1024
# As long as a slow line needs for 20 MB.
_LINK_FOR: Final = timedelta(minutes=15)
# The bucket's lifecycle takes it away later; what is fresh now is still there when it is sent.
_FRESH_FOR: Final = timedelta(days=1)
# S3 answers 403 in place of 404 to whoever may not list the bucket.
_NOT_THERE: Final = frozenset({"403", "404", "AccessDenied", "NoSuchKey"})
_HASH: Final = "sha256"


class S3OutgoingDocuments:
    """Implements `OutgoingDocuments` and `UploadLinks`. No key says anything of who faxes what to whom."""

    def __init__(
        self,
        client: Any,
        bucket: str,
        clock: Clock,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock
        self._new_id = new_id

    def keep(self, order_id: str, media_type: str, content: bytes) -> OutgoingDocument:
        """One write, which S3 checks against the hash in the key. Raises `DocumentsUnavailable`."""
        digest = sha256(content)
        key = f"outgoing/orders/{order_id}/{digest.hexdigest()}"
        self._ask(
            "put_object",
            Key=key,
            Body=content,
            ContentType=media_type,
            ChecksumSHA256=b64encode(digest.digest()).decode(),
        )
        return OutgoingDocument(key, media_type, len(content), digest.hexdigest())

    def link(self, *, media_type: str, size: int, sha256: str, key: str | None = None) -> UploadLink:
        """Type, length and hash are signed, so that S3 takes these bytes and no others; asks nobody."""
        upload_id = self._new_id() if key is None else _id_under(key, media_type, sha256)
        headers = {
            "content-type": media_type,
            "x-amz-checksum-sha256": b64encode(bytes.fromhex(sha256)).decode(),
            f"x-amz-meta-{_HASH}": sha256,
        }
        url: str = self._client.generate_presigned_url(
            "put_object",
            Params={
                "Bucket": self._bucket,
                "Key": _upload_key(upload_id),
                "ContentType": media_type,
                "ContentLength": size,
                "ChecksumSHA256": headers["x-amz-checksum-sha256"],
                "Metadata": {_HASH: sha256},
            },
            ExpiresIn=int(_LINK_FOR.total_seconds()),
        )
        return UploadLink(upload_id, url, headers, self._clock.now() + _LINK_FOR)

    def uploaded(self, upload_id: str) -> OutgoingDocument | None:
        """What was uploaded within the last day. Raises `DocumentsUnavailable`."""
        key = _upload_key(upload_id)
        try:
            found = self._ask("head_object", Key=key)
        except DocumentMissing:
            return None
        digest = found.get("Metadata", {}).get(_HASH)
        if digest is None or self._clock.now() - found["LastModified"] > _FRESH_FOR:
            return None
        return OutgoingDocument(key, found["ContentType"], found["ContentLength"], digest)

    def beginning(self, document: OutgoingDocument) -> bytes:
        """Raises `DocumentsUnavailable`."""
        with aws_errors("the bucket", DocumentsUnavailable):
            first = self._ask("get_object", Key=document.key, Range=f"bytes=0-{SNIFFED_BYTES - 1}")
            return bytes(first["Body"].read())

    @contextmanager
    def opened(self, document: OutgoingDocument) -> Iterator[IO[bytes]]:
        """The document in a file, whole and unchanged. Raises `DocumentsUnavailable`."""
        digest = sha256()
        with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            body = self._ask("get_object", Key=document.key)["Body"]
            try:
                while piece := body.read(_PIECE_BYTES):
                    digest.update(piece)
                    file.write(piece)
            except BotoCoreError as error:
                raise DocumentsUnavailable(f"the bucket broke off: {type(error).__name__}") from None
            if digest.hexdigest() != document.sha256:
                raise DocumentsUnavailable("a document is not what it was when the fax was accepted")
            yield file

    def _ask(self, operation: str, **parameters: Any) -> Any:
        with aws_errors("the bucket", DocumentsUnavailable):
            try:
                return getattr(self._client, operation)(Bucket=self._bucket, **parameters)
            except ClientError as error:
                if code_of(error) in _NOT_THERE:
                    raise DocumentMissing("the bucket has no such document") from None
                raise


def _id_under(key: str, media_type: str, digest: str) -> str:
    return sha256(f"{key}\n{media_type}\n{digest}".encode()).hexdigest()[:32]


def _upload_key(upload_id: str) -> str:
    return f"outgoing/uploads/{upload_id}"
