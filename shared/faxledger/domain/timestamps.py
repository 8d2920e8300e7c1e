"""Moments as text."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, in milliseconds and of one width, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
