"""What Softlinx can be asked for, whether in SOAP or over REST: the port that both clients implement."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from faxledger.domain.fax import Direction
from faxledger.domain.report import DocumentType
from faxledger.providers.softlinx.orders import FaxOrder
from faxledger.providers.softlinx.send_answers import SendAnswer

MEGABYTE: Final = 1024 * 1024
CONTENT_CAP_BYTES: Final = 64 * MEGABYTE
DOCUMENT_CAP_BYTES: Final = 20 * MEGABYTE


@dataclass(frozen=True, slots=True, repr=False)
class BrokenFax:
    """A fax that can't be read at all: why, and as much of it as there is."""

    problem: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """The faxes of one answer: the fields of each FaxInfo, by name and as given.

    A fax that is there twice is given on twice, also with two statuses: which of them counts is decided
    where statuses are settled. Pages come in the order of the faxes, but for those that are read `backwards`,
    from the last fax on.
    """

    rows: tuple[Mapping[str, str], ...]
    has_more: bool
    broken: tuple[BrokenFax, ...] = ()
    is_backwards: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which faxes a query is for; None means any. That the dates are those of creation is an assumption."""

    mark: bool | None = False
    status: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


UNMARKED: Final = Selection()


class Content(Protocol):
    """A document as it arrives: its bytes, once, in pieces or read by read.

    It is whole when the end is reached and nothing was raised, not before. Raises `ProviderUnavailable`,
    `ProviderAnswerUnreadable`; the latter also for one that is empty or over the cap.
    """

    def __iter__(self) -> Iterator[bytes]: ...

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, all that are left without one; none at the end."""


class SoftlinxSession(Protocol):
    """One turn with the provider; may be used by several threads at once.

    Every method raises `ProviderError`: `LoginRefused` when a person has to mend the credentials,
    `ProviderRefused` when it said no, `ProviderUnavailable` when trying again may help. All but `send` and
    `resend` do try again, within the session's patience.
    """

    def query(self, direction: Direction, selection: Selection = UNMARKED) -> Iterator[Page]:
        """The selected faxes in the order of their identifiers, and those that can't be read.

        An answer that can't be read is asked for in smaller pages, down to the one fax that makes it so, and
        what is behind that from the other end. Raises `ProviderAnswerUnreadable` when nothing can be read, or
        the paging does not come to an end.
        """

    def find(self, direction: Direction, fax_id: str) -> Mapping[str, str] | None:
        """The fields of one fax, None when the provider has none of that identifier.

        Raises `ProviderAnswerUnreadable` for an answer about another fax, or one that contradicts itself.
        """

    def mark(self, direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
        """Set the flag that a fax is handled, or clear it; it is the customer's own bookkeeping (doc)."""

    def content(
        self,
        direction: Direction,
        fax_id: str,
        content_type: DocumentType = DocumentType.PDF,
        *,
        cap_bytes: int = CONTENT_CAP_BYTES,
    ) -> AbstractContextManager[Content]:
        """A document, as PDF or TIFF (doc); what the provider refuses is raised before the first byte."""

    def send(self, order: FaxOrder) -> tuple[SendAnswer, ...]:
        """Hand over a fax: one outcome per recipient, in their order, so that one can fail alone.

        Never tried again. Raises `AnswerLost` when the provider may have taken it all the same: look for it
        by its project code or its time before sending it once more. After any other error nothing was taken.
        """

    def resend(self, fax_id: str, number: str | None = None) -> str:
        """Send a failed fax once more, to another number if one is given; the identifier it goes on under.

        Whether it keeps its identifier is open: the answer is what counts. Raises as `send` does.
        """


class SoftlinxApi(Protocol):
    """One account: the administrative user, who sees the faxes of the whole realm (doc)."""

    def session(self, *, patience: float = 0.0) -> AbstractContextManager[SoftlinxSession]:
        """A turn, in the first `patience` seconds of which what failed for the moment is tried again."""


__all__ = [
    "CONTENT_CAP_BYTES",
    "DOCUMENT_CAP_BYTES",
    "UNMARKED",
    "Content",
    "FaxOrder",
    "Page",
    "Selection",
    "SendAnswer",
    "SoftlinxApi",
    "SoftlinxSession",
]
