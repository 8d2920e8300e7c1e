"""Which days were read and which are missing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.coverage import Coverage, Days

START = date(2026, 1, 1)
DAY = timedelta(days=1)


def days(first: int, last: int) -> Days:
    return Days(START + first * DAY, START + last * DAY)


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda pair: days(pair[0], sum(pair))), max_size=12
)


def each(span: Days) -> set[date]:
    return {span.first + number * DAY for number in range(len(span))}


@given(SPANS, st.integers(0, 60), st.integers(0, 40))
def test_what_was_read_and_what_is_missing_make_a_whole(spans: list[Days], first: int, more: int) -> None:
    coverage = Coverage()
    for span in spans:
        coverage = coverage.with_days(span)
    read = {day for span in spans for day in each(span)}

    assert {day for span in coverage.spans for day in each(span)} == read
    assert all(
        later.first - earlier.last > DAY
        for earlier, later in zip(coverage.spans, coverage.spans[1:], strict=False)
    )
    within = days(first, first + more)
    missing = coverage.missing(within)
    assert {day for span in missing for day in each(span)} == each(within) - read
    assert sorted(missing) == list(missing)


def test_days_are_counted_with_both_ends_and_written_as_an_interval() -> None:
    span = days(0, 89)
    assert len(span) == 90
    assert str(span) == "2026-01-01/2026-03-31"
    assert Days.parse(str(span)) == span


def test_days_do_not_end_before_they_begin() -> None:
    with pytest.raises(ValueError, match="before they begin"):
        days(1, 0)
