"""The days that are closed: their records, and what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from faxledger.domain.closed_days import ChainHead, ChainLink, ChangeCause, ClosedDay, DayRecord, DayVersion
from faxledger.usecases.ports.reconciling import PartialReconciliation


class ClosedDays(Protocol):
    """Every method raises `LedgerUnavailable`."""

    def head(self) -> ChainHead: ...

    def advance(self, head: ChainHead, link: ChainLink) -> ChainHead | None:
        """The record follows the head now; None if by now the head is another, and nothing has changed.

        What was advanced so before is the same once more.
        """

    def all(self) -> Mapping[date, ClosedDay]: ...

    def begin(self, day: date) -> None:
        """Note from now on what happens to the day's faxes; `all` has the day only once it is kept."""

    def keep(self, closed: ClosedDay) -> None:
        """It is the latest record of its day, unless there is a later one; what has happened since stays."""

    def note_announced(self, version: DayVersion) -> None: ...

    def note_looked_at(self, day: date, changed_at: datetime | None, at: datetime) -> None:
        """Forget what has happened until `changed_at`, unless something has happened since."""


class ChangesOfClosedDays(Protocol):
    def note(self, day: date, causes: Collection[ChangeCause], at: datetime) -> bool:
        """Something has happened to faxes of the day; whether that is of interest.

        It is where the day is closed, or is being closed. Raises `LedgerUnavailable`.
        """


@dataclass(frozen=True, slots=True)
class DayReading:
    """How far a day was read for a record.

    `changed_at` is when something had happened last to a closed day's faxes before the reading was begun.
    """

    partial: PartialReconciliation
    changed_at: datetime | None = None


class DayReadings(Protocol):
    """Those that took longer than one run, for a day. Every method raises `DocumentsUnavailable`."""

    def keep(self, version: DayVersion, reading: DayReading) -> None: ...

    def find(self, version: DayVersion) -> DayReading | None: ...


class DayRecords(Protocol):
    """Where records lie; none is ever written twice. Every method raises `DocumentsUnavailable`."""

    def all_keys(self) -> Sequence[str]:
        """Of whatever lies there."""

    def read(self, key: str) -> bytes:
        """Raises `DocumentMissing`."""

    def write(self, key: str, content: bytes) -> bool:
        """Whether there is this record now; False if there is another under its key."""


class DayBus(Protocol):
    def publish(self, record: DayRecord) -> bool:
        """Whether the event that the day is closed was taken."""
