"""Which days of a feed have been read, and which are still to be read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from faxledger.domain.timestamps import moment_of, timestamp

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Some days in a row, the first and the last included; as text `2026-01-01/2026-03-31`."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("days in a row don't end before they begin")

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def __str__(self) -> str:
        return f"{self.first.isoformat()}/{self.last.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> "Days":
        first, _, last = text.partition("/")
        return cls(date.fromisoformat(first), date.fromisoformat(last))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Days that were read; `spans` are in order and neither overlap nor touch."""

    spans: tuple[Days, ...] = ()

    def with_days(self, days: Days) -> "Coverage":
        merged: list[Days] = []
        for span in sorted((*self.spans, days)):
            if merged and span.first <= merged[-1].last + _DAY:
                merged[-1] = Days(merged[-1].first, max(merged[-1].last, span.last))
            else:
                merged.append(span)
        return Coverage(tuple(merged))

    def __contains__(self, day: date) -> bool:
        return any(span.first <= day <= span.last for span in self.spans)

    def missing(self, within: Days) -> tuple[Days, ...]:
        """The days in `within` that were not read, oldest first."""
        found: list[Days] = []
        day = within.first
        for span in self.spans:
            if span.last < day:
                continue
            if span.first > within.last:
                break
            if span.first > day:
                found.append(Days(day, span.first - _DAY))
            day = span.last + _DAY
        if day <= within.last:
            found.append(Days(day, within.last))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class LastReading:
    """Days that were last read whole by a request that was made then; as text `<days>@<moment>`."""

    days: Days
    at: datetime

    def __str__(self) -> str:
        return f"{self.days}@{timestamp(self.at)}"

    @classmethod
    def parse(cls, text: str) -> "LastReading":
        days, _, at = text.partition("@")
        return cls(Days.parse(days), moment_of(at))


@dataclass(frozen=True, slots=True)
class FeedProgress:
    """How far one feed has been read.

    `since` is the first day that was ever watched; what lies before it is history, and no news. `asked_at` is
    when the last request was made and `asked_for` which days it named, `asked_for_older` whether these were
    other days than the latest ones. `most_current` and `most_older` are how many days such a request asks for
    at most; they shrink when a window is too much. `passed_over` is the last day that was too much even
    alone, for the reason `because`: older days up to it wait until all others were read. `last_readings` are
    those of days that don't count as read yet: of the others it is known that it was after their end.
    `revision` counts the changes.
    """

    since: date
    most_current: int
    most_older: int
    covered: Coverage = Coverage()
    asked_at: datetime | None = None
    asked_for: Days | None = None
    asked_for_older: bool = False
    passed_over: date | None = None
    because: str | None = None
    last_readings: tuple[LastReading, ...] = ()
    revision: int = 0

    def changed(self, **changes: object) -> "FeedProgress":
        return replace(self, revision=self.revision + 1, **changes)  # type: ignore[arg-type]

    @property
    def read_at(self) -> datetime | None:
        """When the request was made whose answer was the last to be read whole, of days that are not over."""
        return max((one.at for one in self.last_readings), default=None)

    def last_read(self, day: date) -> datetime | None:
        """When a day was read last that does not count as read; None where it was not."""
        return next((one.at for one in self.last_readings if one.days.first <= day <= one.days.last), None)
