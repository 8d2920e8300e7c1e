"""Of each day that does not count as read yet it is known when it was read last."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.coverage import Days, LastReading
from faxledger.errors import AnswerLost
from faxledger.usecases.feed_plan import finished, next_window
from tests.fakes.clock import NOON
from tests.unit.usecases.feed.account import DAY, PLAN, TODAY, Account, row


def test_the_latest_days_were_read_when_they_were_asked_for_last() -> None:
    account = Account(has_inbound=False)
    account.run()
    account.run_later(minutes=23)
    progress = account.progresses.read("greenfax-outbound")
    assert progress is not None
    read_at = NOON + timedelta(minutes=23)
    assert progress.last_readings == (LastReading(Days(TODAY - 2 * DAY, TODAY), read_at),)
    assert (progress.last_read(TODAY), progress.last_read(TODAY - 3 * DAY)) == (read_at, None)


def test_what_could_not_be_read_to_its_end_was_not_read() -> None:
    account = Account(has_inbound=False)
    account.run()
    account.outbound.breaks_off_with = AnswerLost("the feed did not answer in time")
    account.run_later(minutes=23)
    account.outbound.breaks_off_with = None
    account.outbound.row_seconds = 600
    account.outbound.rows = [row(1), row(2)]
    account.run_later(minutes=23)
    progress = account.progresses.read("greenfax-outbound")
    assert progress is not None
    assert len(account.outbound.requests) == 3
    assert progress.last_read(TODAY) == NOON


@given(st.lists(st.tuples(st.floats(0.1, 60), st.booleans()), min_size=1, max_size=30))
def test_every_day_counts_as_read_or_says_when_it_was_and_those_are_few(
    steps: list[tuple[float, bool]],
) -> None:
    now = NOON
    progress = PLAN.beginning(TODAY)
    last: dict[object, datetime] = {}
    for hours, is_read in steps:
        now += timedelta(hours=hours)
        today = now.astimezone(PLAN.time_zone).date()
        window = next_window(PLAN, progress, today)
        progress = progress.changed(asked_at=now, asked_for=window.days, asked_for_older=window.is_older)
        if is_read:
            progress = finished(PLAN, progress, window, today)
            last |= dict.fromkeys(window.days, now)
    for day in Days(TODAY - 10 * DAY, now.date()):
        assert progress.last_read(day) == (None if day in progress.covered else last.get(day))
    assert sum(len(one.days) for one in progress.last_readings) <= PLAN.first_days + PLAN.overlap_days + 1
