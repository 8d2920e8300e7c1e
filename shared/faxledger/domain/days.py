"""Days as people mean them: between two midnights of a time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day in `zone` and the first of the next, in UTC; mostly 23 to 25 hours apart.

    Raises `OverflowError` at the edges of the calendar.
    """
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
