"""Moments as text, and how far two clocks may be compared."""

from datetime import UTC, datetime, timedelta

# Ours may be a minute slow or fast, each machine's, and a provider's as well: two differ by so much at most.
CLOCKS_DIFFER_BY = timedelta(minutes=2)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, in milliseconds and of one width, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
