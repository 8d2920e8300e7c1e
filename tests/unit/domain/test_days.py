from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.days import bounds_of
from faxledger.domain.timestamps import timestamp

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [ZoneInfo(name) for name in ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2026, 11, 1), 25)]
)
def test_a_day_has_as_many_hours_as_its_clocks_give_it(day: date, hours: int) -> None:
    first, end = bounds_of(day, NEW_YORK)

    assert end - first == timedelta(hours=hours)


def test_a_day_is_told_in_utc() -> None:
    assert bounds_of(date(2026, 7, 1), NEW_YORK) == (
        datetime(2026, 7, 1, 4, tzinfo=UTC),
        datetime(2026, 7, 2, 4, tzinfo=UTC),
    )


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_jump() -> None:
    first, _ = bounds_of(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo"))

    assert first == datetime(2018, 11, 4, 3, tzinfo=UTC)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES))
def test_one_day_ends_where_the_next_begins(day: date, zone: ZoneInfo) -> None:
    first, end = bounds_of(day, zone)

    assert end == bounds_of(day + timedelta(days=1), zone)[0]
    assert timedelta(hours=23) <= end - first <= timedelta(hours=25)
    assert first.astimezone(zone).date() == day
    assert (end - timedelta(milliseconds=1)).astimezone(zone).date() == day


@pytest.mark.parametrize("day", [date.max, date.min])
def test_the_edges_of_the_calendar_overflow(day: date) -> None:
    with pytest.raises(OverflowError):
        bounds_of(day, ZoneInfo("Asia/Tokyo"))


moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


@given(moments, moments)
def test_timestamps_sort_as_time_does(one: datetime, other: datetime) -> None:
    assert (timestamp(one) < timestamp(other)) == (one < other)
    assert datetime.fromisoformat(timestamp(one)) == one
