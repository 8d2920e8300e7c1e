"""What kind of document has come, by its own first bytes: neither a name nor a media type is believed."""

from collections.abc import Iterable, Iterator

from faxledger.domain.document_types import SNIFFED_BYTES, type_by_beginning
from faxledger.errors import ProviderAnswerUnreadable
from faxledger.usecases.ports.retrieving import ArrivingDocument


def recognized(what: str, chunks: Iterable[bytes]) -> ArrivingDocument:
    """The document with its type, after its first bytes have come.

    Raises `ProviderAnswerUnreadable` for what is neither PDF nor TIFF, and whatever `chunks` raises.
    """
    arriving = iter(chunks)
    first = b""
    for chunk in arriving:
        first += chunk
        if len(first) >= SNIFFED_BYTES:
            break
    document_type = type_by_beginning(first)
    if document_type is not None:
        return ArrivingDocument(document_type, _joined(first, arriving))
    raise ProviderAnswerUnreadable(f"{what}: it is neither PDF nor TIFF")


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
