"""What a provider says about a fax, and what the ledger makes of it.

What may hold health data has no repr, which could reach a log by way of an error; and every method that a
dataclass generates costs each callback's cold start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from faxledger.domain.fax import PUSHES, Direction, FailureClass, FaxId, Source, Status
from faxledger.domain.timestamps import CLOCKS_DIFFER_BY

FINAL_STATUSES = {
    Direction.OUTBOUND: frozenset({Status.SENT, Status.FAILED}),
    Direction.INBOUND: frozenset({Status.RECEIVED, Status.RECEIVED_PARTIAL}),
}


# Sources round what is one completion to seconds in ways of their own.
_SAME_COMPLETION = timedelta(seconds=1)

# A DynamoDB item may not exceed 400 kB. Of a fax speak one source that is asked and at most two that push; of
# each it holds so many sightings at most and one unsettling report, beside one conflict. So this many bytes
# for each leave room; a real callback has well under 1,000.
SIGHTING_BYTES = 19_000
_MOST_PUSHED = 4
_LONG_VALUE = 200
_NAMELESS = "(no name)"


def most_sightings(source: Source) -> int:
    """Who pushes is not asked again: what it says otherwise than before is kept as well."""
    return _MOST_PUSHED if source in PUSHES else 1


class Duty(StrEnum):
    """What a settled fax still needs from us.

    A fax that owes both is marked only after it was stored: a provider offers again what is not marked, so an
    unstored document is never forgotten.
    """

    STORE = "store"
    MARK = "mark"


# How long the queues try: as often as they hand a message out, each time for their visibility timeout. A
# received fax is marked by the queue that stores it. An hour later nothing has it in hand any more.
LATE_AFTER = {Duty.MARK: timedelta(minutes=96 + 60), Duty.STORE: timedelta(hours=3 + 1)}


class DutyState(StrEnum):
    """`GIVEN_UP` is tried again only when a person asks for it."""

    PENDING = "pending"
    DONE = "done"
    GIVEN_UP = "given_up"


class DocumentType(StrEnum):
    """The forms in which a fax's document is kept."""

    PDF = "pdf"
    TIFF = "tif"

    @property
    def media_type(self) -> str:
        return "application/pdf" if self is DocumentType.PDF else "image/tiff"


@dataclass(frozen=True, slots=True, repr=False)
class StoredDocument:
    """A document that is safe: where it lies, its length in bytes, and its SHA-256 in hex."""

    key: str
    type: DocumentType
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, repr=False)
class Failure:
    """Why a fax failed: our class beside the provider's own code and words, which are kept as given."""

    failure_class: FailureClass
    code: str | None = None
    text: str | None = None

    @property
    def says_why(self) -> bool:
        return self.failure_class is not FailureClass.OTHER or bool(self.code or self.text)


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """What is known of a fax beside its status; whatever a provider left out is None.

    `to_number` and `from_number` are as the provider writes them, `duration_seconds` is the call's length,
    `cost_usd` is exact, `user` is the fax user at the provider, `reference` the sender's own reference,
    which providers call project code or job code. `pages` went through, of `pages_total`.
    """

    to_number: str | None = None
    from_number: str | None = None
    user: str | None = None
    reference: str | None = None
    pages: int | None = None
    pages_total: int | None = None
    duration_seconds: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """One statement of one source about one fax.

    `word` is the provider's status word verbatim; `status` is what it means, or None when it is not a final
    word. `given` holds the fields as they came, for the sighting. `completed_at` is UTC. What was found by
    going back into the past `is_history`: nobody is told of it. `unread` names the facts that were given in a
    way which can't be read.
    """

    fax: FaxId
    source: Source
    word: str
    status: Status | None
    given: Mapping[str, str]
    completed_at: datetime | None = None
    failure: Failure | None = None
    facts: Facts = Facts()
    owes: frozenset[Duty] = frozenset()
    is_history: bool = False
    unread: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.status is not None and self.status not in FINAL_STATUSES[self.fax.direction]:
            raise ValueError(f"{self.fax.direction} faxes do not end as {self.status}")
        if self.owes and self.status is None:
            raise ValueError("only a fax with a final status owes anything")

    @property
    def is_incomplete(self) -> bool:
        """Whether it says that a fax was sent, and that fewer pages went through than it has."""
        pages, total = self.facts.pages, self.facts.pages_total
        return self.status is Status.SENT and pages is not None and total is not None and pages < total

    @property
    def is_oversize(self) -> bool:
        """Whether a sighting can't keep all of `given`."""
        return (
            sum(len(name.encode()) + len(text.encode()) for name, text in self.given.items()) > SIGHTING_BYTES
        )

    @property
    def kept(self) -> dict[str, str]:
        """What of `given` a sighting keeps."""
        # DynamoDB refuses an empty name inside a map, and a form may well have one.
        given = {name or _NAMELESS: text for name, text in self.given.items()}
        if not self.is_oversize:
            return given
        kept: dict[str, str] = {}
        room = SIGHTING_BYTES
        for name, text in given.items():
            short_name, short_text = name[:_LONG_VALUE], text[:_LONG_VALUE]
            room -= len(short_name.encode()) + len(short_text.encode())
            if room < 0:
                break
            kept[short_name] = short_text
        return kept


def ended_before_a_page(status: Status | None, facts: Facts) -> bool:
    """Whether a received fax has no document: the call broke off before the first page was through."""
    return status is Status.RECEIVED_PARTIAL and facts.pages == 0


class Outcome(StrEnum):
    SETTLED = "settled"
    KNOWN = "known"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What `settle` found.

    `is_news` is False for what need not be counted again: a source's repetition, a conflict that stands.
    `is_kept` is False for what one source says otherwise once more than a fax has room for.
    """

    outcome: Outcome
    is_news: bool
    is_kept: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Sighting:
    """What one source said of a fax, and when it first said so (UTC).

    `cost_usd` is exact, `unread` names the facts that could not be read in `given`.
    """

    source: Source
    word: str
    seen_at: datetime
    given: Mapping[str, str]
    status: Status | None = None
    cost_usd: Decimal | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Conflict:
    """A second final status for a fax that had one: kept beside the first, never instead of it."""

    status: Status
    source: Source
    seen_at: datetime
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Fax:
    """A fax as the ledger knows it; times are UTC.

    `costs_differ` is True where two sources put a fax's cost differently; the first one stands in the facts.
    One that was sent `is_incomplete` where a source says that not all of its pages were, and any
    `is_timeless` once a source has stated its end without a time. `failed_tries` and `last_problems` say of
    each duty how often it failed and why the last time, in our own words. `submission` is our own id of a fax
    that was sent through us, and `sent_sha256` those of its documents, in hex and in their order. One that
    was sent once more has `resent_at`, and `resent_as` once it is known under which identifier it goes on;
    that one `resends` it. `resend_lost_at` is when nobody waited any longer to know. One without a final
    status is found to be overdue at `overdue_found_at`, which is announced if it was handed over here.
    """

    id: FaxId
    first_status: Status | None = None
    amended_status: Status | None = None
    amended_at: datetime | None = None
    submitted_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: Source | None = None
    completed_at: datetime | None = None
    failure: Failure | None = None
    facts: Facts = Facts()
    sightings: tuple[Sighting, ...] = ()
    unsettling: tuple[Sighting, ...] = ()
    conflict: Conflict | None = None
    duties: Mapping[Duty, DutyState] = field(default_factory=dict)
    failed_tries: Mapping[Duty, int] = field(default_factory=dict)
    last_problems: Mapping[Duty, str] = field(default_factory=dict)
    document: StoredDocument | None = None
    stored_at: datetime | None = None
    costs_differ: bool = False
    is_incomplete: bool = False
    is_timeless: bool = False
    is_history: bool = False
    submission: str | None = None
    sent_sha256: tuple[str, ...] = ()
    resends: FaxId | None = None
    resent_at: datetime | None = None
    resent_as: FaxId | None = None
    resend_lost_at: datetime | None = None
    overdue_found_at: datetime | None = None

    @property
    def next_duty(self) -> Duty | None:
        """What is to be done next; None where nothing is, or only what was given up."""
        if self.duties.get(Duty.STORE) is DutyState.PENDING:
            return Duty.STORE
        return Duty.MARK if self.may_be_marked else None

    @property
    def given_up(self) -> tuple[Duty, ...]:
        """What nobody tries any more of what is owed: it waits for a person."""
        return tuple(duty for duty, state in self.duties.items() if state is DutyState.GIVEN_UP)

    @property
    def has_open_conflict(self) -> bool:
        """Whether two sources have stated different ends, and no person has spoken since."""
        if self.conflict is None:
            return False
        return self.amended_at is None or self.amended_at < self.conflict.seen_at

    @property
    def is_finished(self) -> bool:
        """Whether it has a final status and nothing is owed any more, not even what was given up."""
        return self.is_settled and all(state is DutyState.DONE for state in self.duties.values())

    @property
    def may_be_marked(self) -> bool:
        """Whether a mark is owed and nothing has to be made safe before it.

        A mark would hide a fax that is under way again under its identifier.
        """
        return (
            not self.is_under_way_again
            and self.duties.get(Duty.MARK) is DutyState.PENDING
            and self.duties.get(Duty.STORE, DutyState.DONE) is DutyState.DONE
        )

    @property
    def is_stored(self) -> bool:
        """Whether its document is safe."""
        return self.duties.get(Duty.STORE) is DutyState.DONE

    @property
    def is_unstored(self) -> bool:
        """Whether a document is owed, even if it was given up."""
        return self.duties.get(Duty.STORE, DutyState.DONE) is not DutyState.DONE

    @property
    def has_no_document(self) -> bool:
        """Whether there is nothing to store, as far as anybody has said."""
        return self.conflict is None and ended_before_a_page(self.first_status, self.facts)

    @property
    def status(self) -> Status:
        return self.amended_status or self.first_status or Status.SUBMITTED

    @property
    def is_settled(self) -> bool:
        return self.first_status is not None

    @property
    def is_under_way_again(self) -> bool:
        """Whether it was resent, and not under another identifier as far as is known, or is waited for."""
        return self.resend_lost_at is None and self._keeps_its_identifier

    @property
    def _keeps_its_identifier(self) -> bool:
        if self.resent_at is None or self.resent_as is None:
            return self.resent_at is not None
        return self.resent_as.job_id.partition("~")[0] == self.id.job_id.partition("~")[0]

    def was_over_before(self, report: Report) -> bool:
        """Whether the report is about a later attempt, after the fax was resent under its own identifier.

        Only where that is sure: by a later completion, or without one by another status. What is said again
        of the attempt that failed must never settle the one that is under way. Completions are told by the
        provider's clock, so they are compared with each other, and with `resent_at`, by ours, with patience.
        """
        if self.resent_at is None or not self._keeps_its_identifier:
            return False
        is_other_status = report.status is not self.first_status
        if report.completed_at is None:
            return is_other_status
        if report.completed_at <= self.resent_at - CLOCKS_DIFFER_BY:
            return False
        # Its provider has taken the resend, and resends what has failed. What that answers otherwise is of
        # the next attempt, though a push may have given this one that completion.
        is_sure = report.source not in PUSHES and self.resent_as is not None
        if is_other_status and (is_sure or self.completed_at is None):
            return True
        return self.over_by is not None and report.completed_at > self.over_by

    @property
    def over_by(self) -> datetime | None:
        """By when it had come to its end for sure, by its provider's clock; None where it has not."""
        if self.completed_at is not None:
            return self.completed_at + _SAME_COMPLETION
        return None if self.settled_at is None else self.settled_at + CLOCKS_DIFFER_BY

    def has_heard(self, report: Report) -> bool:
        """Whether the report's source said this very thing before, so that nothing is left to record."""
        if self.was_over_before(report):
            return False
        if report.status is None:
            return any(
                (heard.source, heard.word) == (report.source, report.word) for heard in self.unsettling
            )
        said = self.said_by(report.source)
        if not said:
            return False
        if report.source in PUSHES and report.kept not in said:
            return False
        return self.first_status is report.status or self.conflict is not None

    def said_by(self, source: Source) -> list[Mapping[str, str]]:
        """What is kept of each statement of one source about the fax's end."""
        statements = (*self.sightings, self.conflict)
        return [said.given for said in statements if said is not None and said.source is source]


@dataclass(frozen=True, slots=True, repr=False)
class Unreadable:
    """A callback or a row that nobody could read, kept as it came for a person.

    `origin` says which way it came in, `problem` what was wrong, in words that repeat nothing of `raw`.
    """

    origin: str
    problem: str
    raw: bytes
    is_truncated: bool = False
