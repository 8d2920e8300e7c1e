"""Dates as this service writes and reads them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")


class RowTimes(StrEnum):
    """How dates in query rows are written; nothing public says, so a client must read all three."""

    OFFSET = "offset"  # 2026-11-22T10:15:00-05:00
    ZULU = "zulu"  # 2026-11-22T15:15:00Z
    NAIVE = "naive"  # 2026-11-22T10:15:00, US Eastern, which the service assumes (doc)

    def write(self, when: datetime | None) -> str:
        return _WRITERS[self](when) if when else ""


def zulu(when: datetime | None) -> str:
    """As in callbacks (doc)."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def _eastern(when: datetime) -> datetime:
    return when.astimezone(EASTERN).replace(microsecond=0)


_WRITERS: Mapping[RowTimes, Callable[[datetime], str]] = {
    RowTimes.OFFSET: lambda when: _eastern(when).isoformat(),
    RowTimes.ZULU: zulu,
    RowTimes.NAIVE: lambda when: _eastern(when).replace(tzinfo=None).isoformat(),
}


def read_date(text: str) -> datetime:
    """An aware date; without a zone it is US Eastern (doc). Raises ValueError."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=EASTERN)
