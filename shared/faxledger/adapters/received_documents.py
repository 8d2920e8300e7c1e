"""Documents of faxes in a bucket, each under a key that says nothing of who faxed."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from faxledger.adapters.aws import aws_errors
from faxledger.domain.fax import FaxId
from faxledger.domain.report import DocumentType, StoredDocument
from faxledger.errors import DocumentsUnavailable

# A larger document goes through a file of the function's own, which Lambda encrypts.
_IN_MEMORY_BYTES = 4 * 1024 * 1024


# For as long as a browser or a program needs to follow the link.
_LINK_SECONDS: Final = 300


class S3Documents:
    """Implements `Documents` and `DocumentLinks`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, fax_id: FaxId, document_type: DocumentType, content: Iterable[bytes]) -> StoredDocument:
        """One write of the whole document, which S3 checks against its hash.

        The hash stands in the key, so that what a key holds never changes. Raises `DocumentsUnavailable`.
        """
        digest, size = sha256(), 0
        with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            for piece in content:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
            file.seek(0)
            key = key_of(fax_id, document_type, digest.hexdigest())
            with aws_errors("the bucket", DocumentsUnavailable):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=file,
                    ContentLength=size,
                    ContentType=document_type.media_type,
                    ChecksumSHA256=b64encode(digest.digest()).decode(),
                )
        return StoredDocument(key, document_type, size, digest.hexdigest())

    def link(self, document: StoredDocument) -> str:
        """A URL of the document that works for 5 minutes and for whoever has it; asks nobody."""
        url: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": document.key,
                "ResponseContentType": document.type.media_type,
                "ResponseCacheControl": "no-store",
            },
            ExpiresIn=_LINK_SECONDS,
        )
        return url


def key_of(fax_id: FaxId, document_type: DocumentType, digest: str) -> str:
    """Where a document lies: `<provider>/inbound/<account>/<job id>/<sha-256>.pdf`."""
    return f"{fax_id.provider}/{fax_id.direction}/{fax_id.account}/{fax_id.job_id}/{digest}.{document_type}"
