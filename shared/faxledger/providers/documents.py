"""What kind of document has come, by its own first bytes: neither a name nor a media type is believed."""

from collections.abc import Iterable, Iterator
from typing import Final

from faxledger.domain.report import DocumentType
from faxledger.errors import ProviderAnswerUnreadable
from faxledger.usecases.ports.retrieving import ArrivingDocument

_BEGINNINGS: Final = {
    b"%PDF-": DocumentType.PDF,
    b"II*\0": DocumentType.TIFF,
    b"MM\0*": DocumentType.TIFF,
}
# Blanks and line ends may stand before a PDF; real files have few.
_SNIFFED_BYTES: Final = 1024


def recognized(what: str, chunks: Iterable[bytes]) -> ArrivingDocument:
    """The document with its type, after its first bytes have come.

    Raises `ProviderAnswerUnreadable` for what is neither PDF nor TIFF, and whatever `chunks` raises.
    """
    arriving = iter(chunks)
    first = b""
    for chunk in arriving:
        first += chunk
        if len(first) >= _SNIFFED_BYTES:
            break
    for beginning, document_type in _BEGINNINGS.items():
        # Only a PDF may begin late: a TIFF's offsets count from its first byte.
        seen = first[:_SNIFFED_BYTES].lstrip() if document_type is DocumentType.PDF else first
        if seen.startswith(beginning):
            return ArrivingDocument(document_type, _joined(first, arriving))
    raise ProviderAnswerUnreadable(f"{what}: it is neither PDF nor TIFF")


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
