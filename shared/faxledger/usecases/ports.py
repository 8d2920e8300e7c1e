"""What the use cases need from the world; ledger, adapters and providers implement it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Protocol

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.cases import Reception
from faxledger.domain.coverage import Days, FeedProgress
from faxledger.domain.events import FaxEvent
from faxledger.domain.fax import FaxId, Provider, Status
from faxledger.domain.report import DocumentType, Failure, Fax, Report, Settlement, StoredDocument, Unreadable
from faxledger.domain.submission import (
    HandedOver,
    Handover,
    JoinedBy,
    KeptOrder,
    Order,
    OutgoingDocument,
    Submission,
)
from faxledger.domain.tellings import Route, RouteKey, Telling, TellingKey


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware and in UTC."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class FaxLedger(Protocol):
    """The one place where a status is written. Every method raises `LedgerUnavailable`."""

    def open(self, handed_over: HandedOver) -> None:
        """Record that a fax was handed over, without overwriting anything a report has written."""

    def settle(self, report: Report) -> Settlement:
        """Write the report's final status if the fax has none; else say whether it agrees."""

    def note(self, report: Report) -> None:
        """Keep a report whose word is not final; it settles nothing."""

    def find(self, fax_id: FaxId) -> Fax | None: ...

    def find_many(self, fax_ids: Iterable[FaxId]) -> dict[FaxId, Fax]:
        """Those of the faxes that the ledger knows."""

    def mark_done(self, fax_id: FaxId) -> None:
        """Record that a settled fax has been marked at its provider."""

    def mark_refused(self, fax_id: FaxId, *, most: int) -> bool:
        """Count that a settled fax's mark was refused; True when, by the `most`-th time, it is given up."""

    def store_done(self, fax: Fax, document: StoredDocument) -> None:
        """Record where a settled fax's document lies; the first one that is recorded stays."""

    def store_given_up(self, fax_id: FaxId) -> None:
        """Record that nobody tries any more to store a settled fax's document, unless it is stored."""


class Amendments(Protocol):
    """What persons say became of a fax. Every method raises `LedgerUnavailable`."""

    def find(self, fax_id: FaxId) -> AmendedFax | None:
        """The fax as `FaxLedger` finds it, and its amendments."""

    def add(self, known: AmendedFax, amendment: Amendment) -> bool:
        """Keep it behind those that are known, and list the fax by its status.

        False when another one was kept in between, or the fax is not settled: then nothing was written.
        """


class Unreadables(Protocol):
    def set_aside(self, unreadable: Unreadable) -> None:
        """Keep what nobody could read; the same bytes again are counted, not kept twice."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which faxes to list: those completed in [since, until), newest first; None means any.

    A fax without a time of completion counts by when it was settled, one that is not settled by when it was
    submitted or first heard of. The unfinished come in the order in which they are or were due.
    """

    status: Status | None = None
    since: datetime | None = None
    until: datetime | None = None
    reference: str | None = None
    provider: Provider | None = None
    is_unfinished: bool = False


@dataclass(frozen=True, slots=True)
class ListedFaxes:
    faxes: tuple[Fax, ...]
    cursor: str | None


class FaxListing(Protocol):
    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedFaxes:
        """One page; raises `MalformedInput` for a cursor that is not ours, `LedgerUnavailable`."""


@dataclass(frozen=True, slots=True)
class UnfinishedFax:
    """A fax that owes something, and when somebody has to look at it again."""

    fax: Fax
    look_at: datetime


class Unfinished(Protocol):
    """Settled faxes that still need something from us. Every method raises `LedgerUnavailable`."""

    def all(self) -> Iterator[UnfinishedFax]:
        """Every fax with a duty that is not done, also what was given up; what has waited longest first."""

    def postpone(self, fax_id: FaxId, *, until: datetime) -> None:
        """Say that the fax is looked after until then; what is finished stays so.

        From now on it is kept for as long as one that was settled now: what is owed does not expire.
        """


@dataclass(frozen=True, slots=True)
class Claim:
    """Leave to do a thing, or the moment before which nobody has it."""

    what: str
    token: str
    is_granted: bool
    next_at: datetime


class Claims(Protocol):
    def claim(self, what: str, *, now: datetime, until: datetime) -> Claim:
        """Claim `what` until `until` if nobody holds it at `now`."""

    def held_until(self, what: str) -> datetime | None:
        """Until when it is, or was, claimed; None for what nobody has claimed or it was given back."""

    def give_back(self, claim: Claim) -> None:
        """End a lease early; harmless when somebody else holds it by now."""

    def prolong(self, claim: Claim, until: datetime) -> None:
        """Hold what was claimed for longer; harmless when somebody else holds it by now."""


class Cursors(Protocol):
    def read(self, what: str) -> str | None: ...

    def advance(self, what: str, position: str) -> None:
        """Move the cursor forward; a position behind the present one changes nothing."""

    def clear(self, what: str) -> None:
        """Forget the position, so that reading begins anew."""


class FeedProgresses(Protocol):
    """How far each feed has been read. Every method raises `LedgerUnavailable`."""

    def read(self, feed: str) -> FeedProgress | None: ...

    def write(self, feed: str, progress: FeedProgress) -> None:
        """Keep the progress, unless one of the same or a later revision stands."""


class FeedMemory(Protocol):
    """Something to remember from one reading of a feed to the next. Raises `DocumentsUnavailable`.

    Forgetting is harmless, and costs what remembering saves.
    """

    def recall(self, feed: str) -> bytes | None: ...

    def keep(self, feed: str, content: bytes) -> None: ...


class Bus(Protocol):
    def publish(self, events: Sequence[FaxEvent]) -> frozenset[str]:
        """Put the events on the bus; returns the ids of those that were not taken."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One query for unmarked faxes. One with `every` is asked at most once in that time."""

    name: str
    every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class OfferedPage:
    """`position` is where a later query may go on behind this page, as text that sorts as it advances.

    None where marks see to it that nothing is read twice.
    """

    reports: tuple[Report, ...]
    unreadable: tuple[Unreadable, ...]
    position: str | None = None


class MarkingSession(Protocol):
    """One login at a provider that offers every fax again until it is marked as handled.

    `mark` may be called by several threads at once.
    """

    def pages(self, offer: Offer, *, after: str | None = None) -> Iterator[OfferedPage]:
        """The faxes of one query, page by page, from a page's position on. Raises `ProviderError`."""

    def mark(self, fax_id: FaxId) -> None:
        """Set the fax's mark; setting it again is harmless. Raises `ProviderError`."""


class MarkingProvider(Protocol):
    """A provider that keeps a mark on each fax; `offers` are its queries in the order to ask them."""

    @property
    def name(self) -> str: ...

    @property
    def offers(self) -> Sequence[Offer]: ...

    def session(self, *, patience: float = 0.0) -> AbstractContextManager[MarkingSession]:
        """Log in, and out at the end. Raises `ProviderError`.

        In the first `patience` seconds what failed for the moment is tried again.
        """


@dataclass(frozen=True, slots=True, repr=False)
class ArrivingDocument:
    """A document on its way; whole only when the end of `content` is reached, which may raise."""

    type: DocumentType
    content: Iterable[bytes]


class RetrievingSession(Protocol):
    """One login at a provider that hands out what was received."""

    def document(self, fax: Fax) -> AbstractContextManager[ArrivingDocument]:
        """The fax's document. Raises `ProviderError`, and `AddressRefused` where it will never be fetched."""

    def mark(self, fax_id: FaxId) -> None:
        """As `MarkingSession`."""


class RetrievingProvider(Protocol):
    """A provider that keeps the documents of received faxes until they are fetched."""

    @property
    def name(self) -> str: ...

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


class Receptions(Protocol):
    """Received faxes as they came in, by sender and number. Every method raises `LedgerUnavailable`."""

    def enter(self, reception: Reception) -> None:
        """Remember the reception; again changes nothing."""

    def before(self, reception: Reception, within: timedelta) -> Iterator[Reception]:
        """Others of the same sender to the same number that came before it, newest first."""

    def after(self, reception: Reception, within: timedelta) -> Iterator[Reception]:
        """Those that came after it, oldest first."""


class FaxQueue(Protocol):
    def send(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        """Ask for what the queue is about to be done for these faxes; returns those it did not take."""


class FailedBatches(Protocol):
    """Batches of the table's stream that were never announced. Every method raises `DocumentsUnavailable`."""

    def names(self) -> Iterator[str]: ...

    def read(self, name: str) -> Mapping[str, Any] | None:
        """The batch as the announcing function was given it; None if it can't be read."""

    def remove(self, name: str) -> None: ...


class Orders(Protocol):
    """What is to be sent, and how far it has come. Every method raises `LedgerUnavailable`."""

    def accept(self, order: Order) -> KeptOrder:
        """Keep an order and its submissions; what was kept under its id before stays and is returned."""

    def find(self, order_id: str) -> KeptOrder | None: ...

    def begin(self, order_id: str, *, until: datetime) -> bool:
        """Write that the provider is asked from now until `until`; False if it was asked before."""

    def release(self, order_id: str) -> None:
        """The provider has taken nothing: it may be asked again."""

    def give_up(self, order: Order) -> None:
        """Nobody tries any more, until a person puts the message back; nothing if the provider was asked."""

    def answered(self, order_id: str, handovers: tuple[Handover, ...]) -> None:
        """Keep what became of each recipient, before anything is done about it."""

    def record(self, submission_id: str, handover: Handover) -> None:
        """Tell how far a submission has come, unless it is joined with its job or has failed."""


class Submissions(Protocol):
    def submission(self, submission_id: str) -> Submission | None:
        """A fax to one recipient, by our own id. Raises `LedgerUnavailable`."""


class Joins(Protocol):
    """Submissions and the faxes they turn out to be. Every method raises `LedgerUnavailable`."""

    def submission(self, submission_id: str) -> Submission | None: ...

    def sent_to(self, number: str, *, since: datetime, until: datetime) -> Iterator[Submission]:
        """Those accepted then, to this number, that a fax of unknown origin could be, with guessed ones."""

    def join(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        """False where either is joined with another by now, which stands; harmless twice."""

    def fail(self, submission_id: str, failure: Failure) -> Submission | None:
        """It has come to its end without a fax: how it is then, maybe with a guess to be undone.

        None where there is none, where it has failed before, or where more than a guess says it is a fax.
        """

    def part(self, submission: Submission) -> None:
        """Undo a guess; whatever was joined otherwise stays so. One that has failed does not wait again."""


class Unheard(Protocol):
    """Submissions of which nothing was heard. Every method raises `LedgerUnavailable`."""

    def overdue(self, *, before: datetime) -> Iterator[Submission]:
        """Those of which something should have been heard by then, and that were not announced."""

    def announced(self, submission: Submission) -> None: ...


class Mail(Protocol):
    def send(self, raw: bytes, *, sender: str, recipient: str, submission_id: str) -> None:
        """Hand over one message, never tried again. Raises `ProviderError`, of which `AnswerLost` alone
        leaves open whether it was taken."""


class Resends(Protocol):
    """Which failed faxes were sent once more. Every method raises `LedgerUnavailable`."""

    def begin(self, fax: FaxId, order_id: str) -> bool:
        """Write that the fax is sent once more; False if it has not failed, or another order did so before.

        From now on what is said of a later completion belongs to the next attempt.
        """

    def went_on(self, fax: FaxId, order_id: str, resent_as: FaxId) -> None:
        """The identifier under which it goes on: a new one, or the next attempt, which then owes its mark."""

    def dropped(self, fax: FaxId, order_id: str) -> None:
        """It was not sent once more after all."""


class SendingSession(Protocol):
    """One login at a provider that sends faxes. Every method raises `ProviderError`."""

    def send(
        self, order: Order, documents: Sequence[tuple[OutgoingDocument, IO[bytes]]]
    ) -> tuple[Handover, ...]:
        """Hand over an order, or resend its fax: one outcome per recipient, and then what belongs to none.

        Never tried again. Raises `AnswerLost` when it may have been taken all the same; after any other error
        nothing was taken. `MalformedInput` is one of these: it could never be asked as it is.
        """

    def look_for(self, order: Order, *, since: datetime, until: datetime) -> tuple[Handover, ...]:
        """What became of an order that was handed over between two moments; what can't be told is unknown."""


class SendingProvider(Protocol):
    """`can_look_for` says whether what became of an order whose answer was lost can be found out."""

    @property
    def name(self) -> str: ...

    @property
    def can_look_for(self) -> bool: ...

    def session(self) -> AbstractContextManager[SendingSession]:
        """Log in, and out at the end. Raises `ProviderError`, `SecretUnavailable`, `SettingMissing`."""


class OutgoingDocuments(Protocol):
    """Documents that wait to be sent. Every method raises `DocumentsUnavailable`."""

    def keep(self, order_id: str, media_type: str, content: bytes) -> OutgoingDocument:
        """Keep a document that came with its request; the same one again changes nothing."""

    def uploaded(self, upload_id: str) -> OutgoingDocument | None:
        """The document that was uploaded under this id; None if there is none."""

    def opened(self, document: OutgoingDocument) -> AbstractContextManager[IO[bytes]]:
        """The whole document in a file, after it was held against its hash."""


@dataclass(frozen=True, slots=True)
class UploadLink:
    """Where one document may be put with `headers`, once, until `expires_at`."""

    id: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class UploadLinks(Protocol):
    def link(self, *, media_type: str, size: int, sha256: str) -> UploadLink:
        """A short-lived URL that takes these very bytes and no others."""


class OrderQueue(Protocol):
    def send(self, order_id: str) -> bool:
        """Ask for an order to be handed over; whether that is on its way."""


class FeedRow(Protocol):
    """One row; `digest` is the same, in 64 bits, for a row that reads the same in all its parts."""

    @property
    def digest(self) -> int: ...

    def read(self) -> Report | Unreadable:
        """What the row says; made when asked for."""


class FeedRows(Protocol):
    def window(self, days: Days, *, leave_by: datetime) -> Iterator[FeedRow]:
        """The faxes of these days, by one request.

        Raises `RequestTooLate` if the request could not leave by `leave_by`, and then none was made;
        `AskedTooSoon` if the allowance was used up by somebody else; `ProviderError` otherwise, possibly
        after some rows.
        """


class Feed(Protocol):
    def ready(self) -> FeedRows:
        """With whatever a request needs at hand, before its moment comes. Raises `SecretUnavailable`."""


class Tellings(Protocol):
    """Who is to be told what, and how far that has come. Every method raises `LedgerUnavailable`."""

    def plan(self, telling: Telling) -> bool:
        """Keep a telling that is due; False if it is known already, which changes nothing."""

    def begin(self, key: TellingKey, *, now: datetime, until: datetime) -> Telling | None:
        """Begin an attempt, counted, if one is due; until then nobody else may begin one."""

    def done(self, telling: Telling) -> None: ...

    def later(self, telling: Telling, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        """The attempt failed; somebody has to look at `look_at`. Nothing if another was begun since."""

    def give_up(self, telling: Telling, problem: str) -> None: ...

    def reopen(self, key: TellingKey, *, round_: int, now: datetime) -> None:
        """Begin the round after one that was given up; nothing if that was done before."""

    def due(self, *, before: datetime) -> Iterator[TellingKey]:
        """The pending tellings that should have been looked at by then."""

    def put_off(self, key: TellingKey, *, look_at: datetime) -> None:
        """Say that a pending telling is looked after until then."""

    def of_fax(self, fax_id: FaxId) -> Sequence[Telling]:
        """Every telling about a fax."""


class Routes(Protocol):
    """Who is told of whose faxes. Every method raises `LedgerUnavailable`."""

    def find(self, key: RouteKey) -> Route | None: ...

    def put(self, route: Route) -> None:
        """Keep the route in the place of the one before, with every target enabled."""

    def delete(self, key: RouteKey) -> None: ...

    def page(self, *, cursor: str | None) -> "ListedRoutes":
        """Some of the routes, in the order of their keys. Raises `MalformedInput` for a strange cursor."""

    def disable(self, key: RouteKey, target_id: str, *, now: datetime) -> bool:
        """Tell this target no more; False if it was disabled before, or is no more among the route's."""


@dataclass(frozen=True, slots=True)
class ListedRoutes:
    routes: tuple[Route, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Errand:
    """A telling that somebody is to make. `after_round` is the round that was given up before, if any."""

    telling: TellingKey
    after_round: int | None = None


class ErrandQueue(Protocol):
    def send(self, errands: Sequence[Errand], *, delay: timedelta = timedelta(0)) -> frozenset[TellingKey]:
        """Have the errands done, after `delay`, which is 15 minutes at most; returns what was not taken."""


class Teller(Protocol):
    def tell(self, telling: Telling) -> None:
        """One attempt; returns when it was taken. Raises `TellingFailed` and other `FaxledgerError`s."""


class Count(Protocol):
    """Counts what a person must be able to see; names are fixed, labels few and never health data."""

    def __call__(self, name: str, value: int = 1, /, **labels: str) -> None: ...


class Log(Protocol):
    def info(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...

    def warning(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...

    def error(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...
