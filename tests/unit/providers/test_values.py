"""Single values as providers write them."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faxledger.providers.values import amount, moment, seconds, unread, whole_number
from tests.support.bounded import bounded_computation

NEW_YORK = ZoneInfo("America/New_York")
LONG_RUNS = [" " * 60_000 + "x", "a " * 30_000, "(" * 60_000, "GMT" * 20_000, "1" * 60_000]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22T15:03:58Z", "2026-11-22T15:03:58"),
        ("2026-11-22t15:03:58z", "2026-11-22T15:03:58"),
        (" 2026-11-22 10:03:58 ", "2026-11-22T15:03:58"),
        ("2026-11-22T10:03:58-05:00", "2026-11-22T15:03:58"),
        ("2026-11-22T10:03:58-0500", "2026-11-22T15:03:58"),
        ("2026-11-22 10:03:58 EST", "2026-11-22T15:03:58"),
        ("2026-11-22 10:03:58 GMT", "2026-11-22T10:03:58"),
        ("2026-11-22 10:03:58 UTC+2", "2026-11-22T08:03:58"),
        ("2026-11-22T10:03:58Z (GMT-5)", "2026-11-22T10:03:58"),
        ("2026-11-22", "2026-11-22T05:00:00"),
        ("01/10/2005 02:10:25 PM EST (GMT-5)", "2005-01-10T19:10:25"),
        ("01/10/2005 02:10:25 pm est (gmt-5)", "2005-01-10T19:10:25"),
        ("1/10/2005 2:10:25 PM", "2005-01-10T19:10:25"),
        ("01/10/2005 02:10 PM", "2005-01-10T19:10:00"),
        ("01/10/2005 12:00:00 AM EST (GMT-5)", "2005-01-10T05:00:00"),
        ("01/10/2005 14:10:25 PM EST (GMT-5)", "2005-01-10T19:10:25"),
        ("01/10/2005 00:10:25 AM EST (GMT-5)", "2005-01-10T05:10:25"),
        ("01/10/2005 14:10:25", "2005-01-10T19:10:25"),
        ("01/10/2005 02:10:25 PM CET (GMT-5)", "2005-01-10T19:10:25"),
        ("01/10/2005 02:10:25 PM (GMT-5)", "2005-01-10T19:10:25"),
        ("01/10/2005 02:10:25 PM GMT-5", "2005-01-10T19:10:25"),
        ("01/10/2005 02:10:25 PM EST (GMT\N{MINUS SIGN}5)", "2005-01-10T19:10:25"),
        ("2026-11-22T10:03:58\N{MINUS SIGN}05:00", "2026-11-22T15:03:58"),
        ("01/10/2005 02:10:25 PM NST (GMT-3:30)", "2005-01-10T17:40:25"),
        ("01/10/2005 02:10:25 PM (GMT-0330)", "2005-01-10T17:40:25"),
        ("01/10/2005 02:10:25 PM IST (GMT+5:30)", "2005-01-10T08:40:25"),
        ("01/10/2005 02:10:25 PM WET (GMT)", "2005-01-10T14:10:25"),
        ("01/10/2005 02:10:25 PM WET (GMT0)", "2005-01-10T14:10:25"),
        ("01/10/2005", "2005-01-10T05:00:00"),
        ("1795796670", "2026-11-27T16:24:30"),
        ("1795796670123", "2026-11-27T16:24:30.123"),
        # A spring night lacks 2:30 and an autumn night has 1:30 twice: the earlier one is taken.
        ("2026-03-08T02:30:00", "2026-03-08T07:30:00"),
        ("2026-11-01T01:30:00", "2026-11-01T05:30:00"),
    ],
)
def test_a_moment_is_read(text: str, utc: str) -> None:
    assert moment(text, NEW_YORK) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "soon",
        "EST",
        "(GMT-5)",
        "13/32/2005 02:10:25 PM",
        "01/10/2005 25:10:25",
        "01/10/2005 25:10:25 PM",
        # An hour and a half of the day that contradict each other.
        "01/10/2005 14:10:25 AM",
        "01/10/2005 00:10:25 PM",
        "01/10/2005 02:10:25 PM EST (GMT-99)",
        "01/10/2005 02:10:25 PM EST (GMT-5) and more",
        "01/10/2005 02:10:25 PM EST (GMT5)",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "1970-01-01T00:00:00Z",
        # A date without separators, or seconds of another century.
        "2011010112",
        "795796670",
        *LONG_RUNS,
    ],
)
def test_what_is_no_moment_is_none(text: str | None) -> None:
    assert moment(text, NEW_YORK) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("078", 78),
        ("999999999", 999_999_999),
        ("2.0", 2),
        ("2.000", 2),
        *((text, None) for text in (None, "", "1.5", "1.", ".0", "2,0", "-1", "\u0663", "1 ")),
        *((text, None) for text in ("1" * 10, "1" * 5000)),
    ],
)
def test_whole_numbers(text: str | None, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("78", 78),
        ("61.4", 61),
        ("78.0", 78),
        ("1:18", 78),
        ("00:01:18", 78),
        ("1:00:00", 3600),
        ("90:00", 5400),
        *((text, None) for text in (None, "", ":", "1:60", "1:60:00", "1:2:3:4", "1:", ":18", "-1", "1m18s")),
        *((text, None) for text in (".4", "61.", "61.4.1", "61.4s", "1:\u0663", "1.\u0663", "1 :18")),
    ],
)
def test_durations_in_seconds(text: str | None, length: int | None) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0.10", "0.10"),
        ("0.1", "0.1"),
        ("12", "12"),
        (".5", "0.5"),
        ("$3.50", "3.50"),
        ("$ 3.50", "3.50"),
        ("0,10", "0.10"),
        ("$1,50", "1.50"),
        ("12,3456", "12.3456"),
        ("0,125", "0.125"),
        *((text, None) for text in (None, "", "free", "1e3", "-1", "NaN", ".", "1.2345678", "1" * 10)),
    ],
)
def test_amounts_are_exact(text: str | None, exact: str | None) -> None:
    found = amount(text)
    assert found == (None if exact is None else Decimal(exact))
    assert str(found) == str(exact)


@pytest.mark.parametrize(
    "text", ["1,234", "10,100", "1,234.50", "1.234,50", "1,234,56", ",5", "0,", "0,1234567"]
)
def test_a_comma_that_may_part_thousands_is_no_decimal_one(text: str) -> None:
    assert amount(text) is None


def test_what_was_given_and_not_read_is_named() -> None:
    assert unread(pages=("two", None), cost_usd=(None, None), duration_seconds=("", None)) == {"pages"}
    assert unread(pages=("0", 0)) == frozenset()


@given(st.one_of(st.text(), st.from_regex(r"[0-9/: -]{0,25} ?[A-Z]{0,5} ?\(?(GMT|UTC)?[+-]?[0-9:]{0,6}\)?")))
@example("0" * 65)
def test_no_text_breaks_a_reader(text: str) -> None:
    found = moment(text, NEW_YORK)
    assert found is None or found.tzinfo is UTC
    whole_number(text)
    seconds(text)
    amount(text)


def test_no_text_takes_long() -> None:
    with bounded_computation(seconds=5):
        for text in LONG_RUNS * 5:
            moment(text, NEW_YORK)
            moment(text[:64], NEW_YORK)
