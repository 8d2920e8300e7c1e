"""Documents of received faxes: where they come from, and where they are kept."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from faxledger.domain.fax import FaxId
from faxledger.domain.report import DocumentType, Fax, StoredDocument


@dataclass(frozen=True, slots=True, repr=False)
class ArrivingDocument:
    """A document on its way; whole only when the end of `content` is reached, which may raise."""

    type: DocumentType
    content: Iterable[bytes]


class RetrievingSession(Protocol):
    """One login at a provider that hands out what was received."""

    def document(self, fax: Fax) -> AbstractContextManager[ArrivingDocument]:
        """The fax's document. Raises `ProviderError`, and `AddressRefused` where it will never be fetched."""

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        """As `MarkingSession`."""


class RetrievingProvider(Protocol):
    """A provider that keeps the documents of received faxes until they are fetched.

    `marks_faxes` says whether marks are ours to set there, whatever was so when a fax was settled.
    """

    @property
    def name(self) -> str: ...

    @property
    def marks_faxes(self) -> bool: ...

    def session(self) -> AbstractContextManager[RetrievingSession]:
        """Log in, and out at the end. Raises `ProviderError`."""


class Documents(Protocol):
    """Where documents are kept."""

    def keep(self, fax_id: FaxId, document_type: DocumentType, content: Iterable[bytes]) -> StoredDocument:
        """Keep the whole document or nothing of it; the same one again changes nothing.

        Raises `DocumentsUnavailable`, and whatever `content` raises.
        """


class DocumentLinks(Protocol):
    def link(self, document: StoredDocument) -> str:
        """A short-lived URL of the document."""
