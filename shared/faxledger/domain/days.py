"""Days as people mean them: between two midnights of a time zone."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a day in `zone` and the first of the next; 23 to 25 hours apart."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
