"""Closed days, their records and who is told of them, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from faxledger.domain.closed_days import ChainHead, ChainLink, ChangeCause, ClosedDay, DayRecord, DayVersion
from faxledger.errors import DocumentMissing
from faxledger.usecases.ports.closing import DayReading


class InMemoryClosedDays:
    """Implements `ClosedDays` and `ChangesOfClosedDays`."""

    def __init__(self) -> None:
        self._head = ChainHead()
        self._days: dict[date, ClosedDay] = {}
        # Of days that are being closed, or are.
        self._begun: dict[date, tuple[datetime | None, frozenset[ChangeCause]]] = {}
        self._looked_at: dict[date, datetime] = {}

    def head(self) -> ChainHead:
        return self._head

    def advance(self, head: ChainHead, link: ChainLink) -> ChainHead | None:
        advanced = head.followed_by(link)
        if self._head == head:
            self._head = advanced
        return advanced if self._head == advanced else None

    def all(self) -> Mapping[date, ClosedDay]:
        return {
            day: replace(
                closed,
                changed_at=self._begun[day][0],
                causes=self._begun[day][1],
                looked_at=self._looked_at.get(day),
            )
            for day, closed in self._days.items()
        }

    def begin(self, day: date) -> None:
        self._begun.setdefault(day, (None, frozenset()))

    def keep(self, closed: ClosedDay) -> None:
        day = closed.version.day
        self._begun.setdefault(day, (None, frozenset()))
        known = self._days.get(day)
        if known is None or known.version < closed.version:
            self._days[day] = replace(closed, announced=known.announced if known else 0)

    def note_announced(self, version: DayVersion) -> None:
        known = self._days.get(version.day)
        if known is not None and known.announced < version.version:
            self._days[version.day] = replace(known, announced=version.version)

    def note(self, day: date, causes: Collection[ChangeCause], at: datetime) -> bool:
        if day not in self._begun:
            return False
        self._begun[day] = at, self._begun[day][1] | frozenset(causes)
        return True

    def note_looked_at(self, day: date, changed_at: datetime | None, at: datetime) -> None:
        if day in self._begun:
            self._looked_at[day] = at
            if self._begun[day][0] == changed_at:
                self._begun[day] = None, frozenset()


class InMemoryDayReadings:
    """Implements `DayReadings`."""

    def __init__(self) -> None:
        self.kept: dict[DayVersion, DayReading] = {}

    def keep(self, version: DayVersion, reading: DayReading) -> None:
        self.kept[version] = reading

    def find(self, version: DayVersion) -> DayReading | None:
        return self.kept.get(version)


class InMemoryDayRecords:
    """Implements `DayRecords`; whoever tampers with `contents` is the test."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def all_keys(self) -> Sequence[str]:
        return list(self.contents)

    def read(self, key: str) -> bytes:
        if key not in self.contents:
            raise DocumentMissing("the record of a closed day is gone")
        return self.contents[key]

    def write(self, key: str, content: bytes) -> bool:
        return self.contents.setdefault(key, content) == content


class InMemoryDayBus:
    """Implements `DayBus`."""

    def __init__(self) -> None:
        self.taken: list[DayRecord] = []
        self.is_up = True

    def publish(self, record: DayRecord) -> bool:
        if self.is_up:
            self.taken.append(record)
        return self.is_up
