"""What became of each fax, as the table keeps it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.cases import Transmission
from faxledger.domain.fax import FaxId
from faxledger.domain.report import Duty, Fax, Report, Settlement, StoredDocument, Unreadable
from faxledger.domain.submission import HandedOver, Submission, SubmissionState


class FaxLedger(Protocol):
    """The one place where a status is written. Every method raises `LedgerUnavailable`."""

    def open(self, handed_over: HandedOver) -> None:
        """Record that a fax was handed over, without overwriting anything a report has written."""

    def settle(self, report: Report, *, known: Fax | None = None) -> Settlement:
        """Write the report's final status if the fax has none; else say whether it agrees.

        `known` is the fax as it was a moment ago: one that is settled is not tried to be settled.
        """

    def note(self, report: Report) -> None:
        """Keep a report whose word is not final; it settles nothing."""

    def find(self, fax_id: FaxId) -> Fax | None: ...

    def find_many(self, fax_ids: Iterable[FaxId]) -> dict[FaxId, Fax]:
        """Those of the faxes that the ledger knows."""

    def mark_done(self, fax_id: FaxId, *, resent_at: datetime | None = None) -> bool:
        """Record that a settled fax, resent at the time that was looked at, is marked at its provider.

        False, and nothing is recorded, where it was resent since, or is gone.
        """

    def mark_owed(self, fax: Fax) -> None:
        """Record that a settled fax, whose document is safe, owes a mark, unless it did so before.

        Nothing where more is known by now of its being resent than `fax` tells.
        """

    def duty_failed(self, fax_id: FaxId, duty: Duty, problem: str) -> None:
        """Count a try that failed and keep why, unless the duty is done or not owed."""

    def mark_refused(self, fax_id: FaxId, *, most: int, problem: str = "it was refused") -> bool:
        """Count that a settled fax's mark was refused; True when, by the `most`-th time, it is given up."""

    def store_done(self, fax: Fax, document: StoredDocument) -> None:
        """Record where a settled fax's document lies; the first one that is recorded stays."""

    def store_given_up(self, fax: Fax) -> bool:
        """Record that nobody tries any more to store a settled fax's document, unless it is stored.

        False, and nothing is given up, also where a source has spoken of it that `fax` does not know of.
        """

    def store_waived(self, fax: Fax) -> None:
        """Record that a settled fax has no document, and owes its mark alone.

        Nothing where it is stored, or a source has spoken of it that `fax` does not know of.
        """


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
class UnfinishedFax:
    """A fax that owes something, and when somebody has to look at it again."""

    fax: Fax
    look_at: datetime


class Unfinished(Protocol):
    """Settled faxes that still need something from us. Every method raises `LedgerUnavailable`."""

    def all(self) -> Iterator[UnfinishedFax]:
        """Every fax with a duty that is not done, also what was given up; what has waited longest first."""

    def postpone(self, fax_id: FaxId, *, look_at: datetime, until: datetime) -> None:
        """Say that the fax is looked after until then.

        Nothing unless it still is to be looked at `look_at`: what was finished or made due meanwhile stays
        so. From now on it is kept for as long as one that was settled now: what is owed does not expire.
        """

    def stop_waiting(self, fax_id: FaxId, *, resent_at: datetime) -> None:
        """Say that nobody waits any longer to hear under which identifier a fax was sent once more.

        Nothing if it was not sent once more then, or once more since.
        """


class Overdue(Protocol):
    """What is open for too long. Every method raises `LedgerUnavailable`."""

    def overdue(self, *, before: datetime) -> Iterator[Fax | Submission]:
        """Faxes without a final status and submissions without a fax that somebody has to look at by then.

        Those that have waited longest come first. What was found before comes again when it was put off until
        then.
        """

    def found_overdue(
        self, what: Fax | Submission, *, look_at: datetime, left_as: SubmissionState | None = None
    ) -> None:
        """Remember that it was, for the first time now or before, and that it is to be looked at again.

        A submission that its order has `left_as` another state has that from now on, unless its state was
        another by now. Nothing if something was heard of it meanwhile.
        """


class Transmissions(Protocol):
    """Received faxes as they came in, by sender and number. Every method raises `LedgerUnavailable`."""

    def enter(self, transmission: Transmission) -> None:
        """Remember the transmission; again changes nothing."""

    def before(self, transmission: Transmission, within: timedelta) -> Iterator[Transmission]:
        """Others of the same sender to the same number that came before it, newest first."""

    def after(self, transmission: Transmission, within: timedelta) -> Iterator[Transmission]:
        """Those that came after it, oldest first."""
