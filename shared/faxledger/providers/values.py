"""Single values as providers write them.

What can't be read is None. A sighting keeps it as it was given, and `unread` says which facts it leaves out.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0{1,6})?")
_AMOUNT = re.compile(r"\$? ?([0-9]{1,9}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})")
# A comma before three digits may part thousands, but for a nought in front.
_WITH_COMMA = re.compile(r"(\$? ?(?:0|[0-9]{1,9}(?!,[0-9]{3}\Z))),([0-9]{1,6})")
# Seconds since 1970, or their thousandths, until 2033; no date without separators begins so in this century.
_SINCE_1970 = re.compile(r"(1[0-9]{9})([0-9]{3})?")
# What follows date and time in `01/10/2005 02:10:25 PM EST (GMT-5)`: letters, which do not count, and an
# offset, which does.
_ZONE = re.compile(
    r"""
    (?: \s* \b (?! (?:AM|PM|GMT|UTC)\b ) [A-Z]{2,5} )?
    (?P<named> \s* \(? (?:GMT|UTC)
        (?: \s? (?: 0 | (?P<sign>[+-]) (?P<hours>[0-9]{1,2}) (?: :? (?P<minutes>[0-9]{2}) )? ) )?
    \)? )?
    \s* \Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
# No provider writes a longer one, and the pattern above is not made for pages of blanks.
_LONGEST_MOMENT = 64
# No fax of this product is older or younger; years at the edge of the calendar overflow when converted.
_YEARS = range(1990, 2200)

# `11/22/2026`, `11/22/2026 10:03` and `11/22/2026 10:03:58 AM`. Not by strptime, whose import and patterns
# would be a hundredth of a callback's cold start.
_MONTH_FIRST = re.compile(
    r"""
    (?P<month>[0-9]{1,2}) / (?P<day>[0-9]{1,2}) / (?P<year>[0-9]{4})
    (?: \s+ (?P<hour>[0-9]{1,2}) : (?P<minute>[0-9]{2}) (?: : (?P<second>[0-9]{2}) )?
        (?: \s* (?P<half>AM|PM) )? )?
    """,
    re.IGNORECASE | re.VERBOSE,
)


def whole_number(text: str | None) -> int | None:
    """A whole number, also where it is written as a decimal (`2.0`)."""
    match = _WHOLE.fullmatch(text) if text else None
    return int(match[1]) if match else None


def seconds(text: str | None) -> int | None:
    """A duration in full seconds, as `78`, `78.4`, `1:18` or `00:01:18`."""
    clock, point, fraction = (text or "").partition(".")
    if point and not (fraction.isascii() and fraction.isdecimal()):
        return None
    parts = [whole_number(part) for part in clock.split(":")]
    if len(parts) > 3:
        return None
    total = 0
    for place, part in enumerate(parts):
        if part is None or (place and part > 59):
            return None
        total = total * 60 + part
    return total


def amount(text: str | None) -> Decimal | None:
    """An exact decimal, also behind a dollar sign, and with a comma where that can't part thousands."""
    if not text:
        return None
    comma = _WITH_COMMA.fullmatch(text)
    match = _AMOUNT.fullmatch(f"{comma[1]}.{comma[2]}" if comma else text)
    return Decimal(match[1]) if match else None


def moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A date and time in UTC; `zone` applies where the text names no offset.

    Reads ISO 8601, seconds since 1970, and `01/10/2005 02:10:25 PM EST (GMT-5)`, where the number after GMT
    counts and the letters before it do not. A time that a clock change repeats is taken as the earlier one. A
    minus sign is one in Unicode's spelling as well.
    """
    if not text or len(text) > _LONGEST_MOMENT:
        return None
    text = text.replace("\N{MINUS SIGN}", "-")
    parsed = _since_1970(text.strip()) or _parse(text.strip()) or _parse_zoned(text)
    if parsed is None or parsed.year not in _YEARS:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)


def unread(**facts: tuple[str | None, object]) -> frozenset[str]:
    """Which facts were given, each by its text and by what was read of that, and could not be read."""
    return frozenset(name for name, (text, value) in facts.items() if text and value is None)


def _since_1970(text: str) -> datetime | None:
    match = _SINCE_1970.fullmatch(text)
    if match is None:
        return None
    return datetime.fromtimestamp(int(match[1]), UTC) + timedelta(milliseconds=int(match[2] or 0))


def _parse_zoned(text: str) -> datetime | None:
    """A date and time with a zone's letters, an offset or both behind it; without the latter it is naive."""
    end = _ZONE.search(text)
    parsed = _parse(text[: end.start()].strip()) if end else None
    if parsed is None or parsed.tzinfo or end is None or not end["named"]:
        return parsed
    offset = timedelta(hours=int(end["hours"] or 0), minutes=int(end["minutes"] or 0))
    if offset >= timedelta(hours=24):
        return None
    return parsed.replace(tzinfo=timezone(-offset if end["sign"] == "-" else offset))


def _parse(text: str) -> datetime | None:
    # Text of a standard's form is read as the standard says, and what says Z is in UTC in any case.
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return _parse_month_first(text)


def _parse_month_first(text: str) -> datetime | None:
    match = _MONTH_FIRST.fullmatch(text)
    if match is None:
        return None
    hour = _hour(int(match["hour"] or 0), (match["half"] or "").upper())
    if hour is None:
        return None
    date = int(match["year"]), int(match["month"]), int(match["day"])
    try:
        # Naive: whoever calls knows the zone.
        return datetime(*date, hour, int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001
    except ValueError:
        return None


def _hour(hour: int, half: str) -> int | None:
    """The hour of the day, by a clock of 12 hours where there is a `half`.

    Some write an hour of 24 and the half beside it: it counts where the two agree.
    """
    if not half or (half == "PM" and hour > 12) or (half == "AM" and hour == 0):
        return hour
    if not 1 <= hour <= 12:
        return None
    return hour % 12 + (12 if half == "PM" else 0)
