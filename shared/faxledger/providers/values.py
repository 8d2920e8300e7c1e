"""Single values as providers write them. What can't be read is None: a sighting keeps it as it was given."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

_WHOLE = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"\$? ?([0-9]{1,9}(?:\.[0-9]{1,6})?)")
_OFFSET = re.compile(r"(?:GMT|UTC)(?:([+-])([0-9]{1,2}):?([0-9]{2})?)?", re.IGNORECASE)
# No fax of this product is older or younger; years at the edge of the calendar overflow when converted.
_YEARS = range(1990, 2200)

# Orders of date and time met at providers, with and without seconds; 12-hour forms carry AM or PM.
_FORMS = (
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
)


def whole_number(text: str | None) -> int | None:
    return int(text) if text and _WHOLE.fullmatch(text) else None


def amount(text: str | None) -> Decimal | None:
    """An exact decimal, with or without a leading dollar sign."""
    match = _AMOUNT.fullmatch(text) if text else None
    return Decimal(match[1]) if match else None


def moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A date and time in UTC; `zone` applies where the text names no offset.

    Reads ISO 8601 and `01/10/2005 02:10:25 PM EST (GMT-5)`, where the number after GMT counts and the letters
    before it do not. A time that a clock change repeats is taken as the earlier one.
    """
    if not text:
        return None
    offset = _OFFSET.search(text)
    # Everything from the zone's letters on is cut off; what stays is date, time and AM or PM.
    local = re.split(r"(?<![0-9T])\b(?!AM\b|PM\b)[A-Z]{2,5}\b|\(", text, maxsplit=1, flags=re.IGNORECASE)[
        0
    ].strip()
    parsed = _parse(text.strip()) or _parse(local)
    if parsed is None:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=(_fixed(offset) if offset else None) or zone)
    return parsed.astimezone(UTC) if parsed.year in _YEARS else None


def _parse(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMS:
        try:
            # The zone is applied by the caller, who knows it.
            return datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _fixed(offset: re.Match[str]) -> timezone | None:
    sign, hours, minutes = offset.groups()
    distance = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if distance >= timedelta(hours=24):
        return None
    return timezone(-distance if sign == "-" else distance)
