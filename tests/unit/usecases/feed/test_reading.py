"""One window into the ledger: no progress past what is durable."""

from datetime import timedelta

import pytest

from faxledger.domain.coverage import Days
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import (
    LedgerUnavailable,
    ProviderError,
    ProviderUnavailable,
)
from tests.fakes.clock import NOON
from tests.fakes.faxes import greenfax, unreadable
from tests.unit.usecases.feed.account import (
    BROKEN_OFF,
    DAY,
    QUARTER_HOUR,
    READ_UP_TO,
    TODAY,
    Account,
    row,
)


def test_the_first_window_goes_some_days_back_and_ends_today(account: Account) -> None:
    account.run()

    assert account.outbound.requests == [(NOON, TODAY - timedelta(days=6), TODAY)]
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]


def test_today_is_the_feeds_own(account: Account) -> None:
    # In New York the day before lasts until five in the morning, UTC.
    account.clock.advance(hours=-9)
    account.run()

    assert account.outbound.requests[0][2] == TODAY - timedelta(days=1)


def test_every_row_is_settled_and_then_the_day_counts_as_read(account: Account) -> None:
    account.outbound.rows = [row(number) for number in range(250)]
    account.run()

    assert account.settled() == {str(number) for number in range(250)}
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]


def test_a_day_is_read_again_until_it_is_past_the_overlap(account: Account) -> None:
    account.has_inbound = False
    for _ in range(6):
        account.run()
        account.clock.advance(days=1)

    assert account.outbound.windows() == [
        Days(TODAY - 6 * DAY, TODAY),
        *(Days(TODAY + (later - 3) * DAY, TODAY + later * DAY) for later in range(1, 6)),
    ]


@pytest.mark.parametrize("error", [BROKEN_OFF, ProviderUnavailable("the feed did not answer in time")])
@pytest.mark.parametrize("rows", [0, 3, 100, 130])
def test_rows_before_an_answer_broke_off_are_settled_and_the_day_does_not_count(
    account: Account, rows: int, error: ProviderError
) -> None:
    account.outbound.rows = [row(number) for number in range(rows)]
    account.outbound.breaks_off_with = error
    account.run()

    assert len(account.settled()) == rows
    assert account.covered() == []
    assert account.count["FeedFailed"] == 1


def test_a_window_that_broke_off_is_read_again(account: Account) -> None:
    account.has_inbound = False
    account.outbound.breaks_off_with = BROKEN_OFF
    account.run()
    account.outbound.breaks_off_with = None
    account.run_later(minutes=23)
    account.run_later(minutes=23)

    whole, older, current = account.outbound.windows()
    assert (older.first, current.last) == (whole.first, whole.last)
    assert current.first == older.last + DAY
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]


@pytest.mark.parametrize("unwritable", [0, 99, 100, 129])
def test_the_day_does_not_count_when_the_ledger_could_not_take_a_row(
    account: Account, unwritable: int
) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(130)]
    account.ledger.unwritable = {greenfax(unwritable)}

    with pytest.raises(LedgerUnavailable):
        account.run()
    assert account.covered() == []

    account.ledger.unwritable = set()
    account.run_later(minutes=23)
    assert len(account.settled()) == 130
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]


def test_the_day_does_not_count_when_a_bad_row_could_not_be_set_aside(account: Account) -> None:
    account.outbound.rows = [unreadable(), row(1)]
    account.unreadables.is_down = True

    with pytest.raises(LedgerUnavailable):
        account.run()
    assert account.covered() == []


def test_a_bad_row_is_set_aside_and_the_others_count(account: Account) -> None:
    account.outbound.rows = [row(1), unreadable(b"<row/>"), row(2), row(3, None)]
    account.run()

    assert account.settled() == {"1", "2"}
    assert len(account.unreadables.kept) == 1
    assert account.count["UnknownStatusWord"] == 1
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]


@pytest.mark.parametrize("rows", [[row(number) for number in range(400)], [unreadable()] * 400])
def test_a_feed_that_drips_is_cut_short_in_time_and_keeps_what_came(
    account: Account, rows: list[Report | Unreadable]
) -> None:
    account.outbound.rows = rows
    account.outbound.row_seconds = 15
    account.run()

    assert account.clock.now() - NOON < QUARTER_HOUR - timedelta(seconds=60)
    taken = sum(kept.times for kept in account.unreadables.kept.values()) + len(account.settled())
    assert taken == 55
    assert account.count["FeedCutShort"] == 1
    assert account.covered() == []


def test_what_was_cut_short_is_resumed_without_writing_anything_twice(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(400)]
    account.outbound.row_seconds = 4
    account.run()
    written = account.ledger.writes
    assert 0 < written < 400
    account.outbound.row_seconds = 1
    account.run_later(minutes=23)
    account.run_later(minutes=23)

    assert account.ledger.writes == 400
    assert len(account.settled()) == 400
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]


def test_days_that_were_read_stay_read_when_the_clock_is_set_back(account: Account) -> None:
    account.has_inbound = False
    account.run()
    account.clock.advance(days=-30)
    account.claims.held.clear()
    account.run()

    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]
    assert account.outbound.windows()[1] == Days(TODAY - 30 * DAY, TODAY - 30 * DAY)
