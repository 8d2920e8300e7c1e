"""Moments as text, and how far two clocks may be compared."""

from datetime import UTC, datetime, timedelta

# Ours may be a minute slow or fast, each machine's, and a provider's as well: two differ by so much at most.
CLOCKS_DIFFER_BY = timedelta(minutes=2)


def oldest_kept(now: datetime, retention: timedelta) -> datetime:
    """What was over before then may have been in the ledger and have expired, by whichever clocks.

    Its provider, whoever settled it, DynamoDB and whoever asks here go by one each.
    """
    return now - retention + 2 * CLOCKS_DIFFER_BY


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, in milliseconds and of one width, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """A moment as `timestamp` writes it; raises `ValueError` for any other text.

    So it does for one without an offset, which can be compared with no other, and for one at the end of the
    calendar, from where nothing can be counted on.
    """
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None or not 1 < moment.year < 9999:
        raise ValueError("not a moment in UTC")
    return moment
