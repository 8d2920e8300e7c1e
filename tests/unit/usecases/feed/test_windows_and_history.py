"""Windows that are too much, history, and that no day is left out whatever happens."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faxledger.errors import (
    AnswerLost,
    LedgerUnavailable,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from tests.fakes.clock import NOON
from tests.unit.usecases.feed.account import (
    BROKEN_OFF,
    DAY,
    INBOUND,
    OUTBOUND,
    PERIOD,
    PLAN,
    READ_UP_TO,
    TODAY,
    Account,
    row,
)

LONG_AGO = replace(PLAN, first_days=90)


def test_a_window_that_could_not_be_finished_is_asked_for_in_halves_until_it_can() -> None:
    account = Account(LONG_AGO, has_inbound=False)
    account.outbound.days = {TODAY - day * DAY: [row(day)] for day in range(90)}
    account.outbound.row_seconds = 60
    for _ in range(30):
        account.run_later(minutes=23)

    assert len(account.settled()) == 90
    assert account.covered() == [f"{TODAY - 89 * DAY}/{READ_UP_TO}"]


def test_a_provider_that_can_answer_for_few_days_only_is_asked_for_few() -> None:
    account = Account(LONG_AGO, has_inbound=False)
    account.outbound.days = {TODAY - day * DAY: [row(day)] for day in range(90)}

    def refuse_long_windows() -> None:
        if len(account.outbound.windows()[-1]) > 5:
            raise ProviderUnavailable("the feed answered 500")

    account.outbound.on_request = refuse_long_windows
    for _ in range(80):
        account.run_later(minutes=23)

    assert len(account.settled()) == 90


@pytest.mark.parametrize(
    ("error", "rows", "is_halved"),
    [
        (ProviderUnavailable("the feed answered 500"), 0, False),
        (ProviderRefused("the feed", "401"), 0, False),
        (ProviderAnswerUnreadable("not XML"), 0, False),
        (ProviderAnswerUnreadable("not XML"), 1, True),
        (AnswerLost("the feed did not answer in time"), 0, True),
    ],
)
def test_the_usual_days_are_halved_only_when_an_answer_broke_off(
    account: Account, error: ProviderError, rows: int, *, is_halved: bool
) -> None:
    account.run()
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(rows)]
    account.outbound.breaks_off_with = error
    account.run_later(minutes=61)
    account.outbound.breaks_off_with = None
    account.progresses.progresses["greenfax-outbound"] = replace(
        account.progresses.progresses["greenfax-outbound"], asked_for_older=True
    )
    account.run_later(minutes=61)

    asked = account.outbound.windows()
    assert [len(days) for days in asked[1:]] == [3, 2 if is_halved else 3]
    assert asked[-1].last == TODAY


def test_a_single_day_that_is_too_much_is_worked_off_all_the_same() -> None:
    account = Account(replace(PLAN, overlap_days=1, first_days=1), has_inbound=False)
    account.outbound.days = {TODAY: [row(number) for number in range(500)]}
    account.outbound.row_seconds = 2
    for _ in range(2):
        account.run_later(minutes=23)
    # Rows that were seen before pass by quickly at a real provider as well: nothing is looked up for them.
    account.outbound.row_seconds = 1
    account.run_later(minutes=23)

    assert len(account.settled()) == 500
    assert account.ledger.writes == 500


@pytest.mark.parametrize(
    "error", [ProviderAnswerUnreadable("not XML"), ProviderUnavailable("the feed answered 500")]
)
def test_a_day_that_cannot_be_read_keeps_no_other_day_waiting_and_comes_again(error: ProviderError) -> None:
    begin, bad = TODAY - 30 * DAY, TODAY - 20 * DAY
    account = Account(replace(PLAN, history_from=begin), has_inbound=False)
    account.outbound.days = {begin + day * DAY: [row(day)] for day in range(31)}

    def stumble() -> None:
        days = account.outbound.windows()[-1]
        account.outbound.breaks_off_with = error if days.first <= bad <= days.last else None

    account.outbound.on_request = stumble
    for _ in range(34):
        account.run_later(minutes=23)
    assert account.covered() == [f"{begin}/{bad - DAY}", f"{bad + DAY}/{READ_UP_TO}"]

    account.outbound.on_request = lambda: None
    account.outbound.breaks_off_with = None
    for _ in range(2):
        account.run_later(minutes=23)
    assert account.covered() == [f"{begin}/{READ_UP_TO}"]


def test_a_back_fill_of_400_days_is_worked_off_oldest_first_beside_the_present() -> None:
    begin = TODAY - 400 * DAY
    account = Account(replace(PLAN, history_from=begin))
    for feed in (account.outbound, account.inbound):
        feed.days = {begin + day * DAY: [row(day)] for day in range(401)}
    for _ in range(40):
        account.run_later(minutes=23)

    assert len(account.settled()) == 401
    for direction, feed in ((OUTBOUND, account.outbound), (INBOUND, account.inbound)):
        assert account.covered(direction) == [f"{begin}/{READ_UP_TO}"]
        current = [days.last >= TODAY for days in feed.windows()]
        # The present first, and never two windows without it.
        assert current[0]
        assert all(one or other for one, other in pairwise(current))
        older = [days for days, is_current in zip(feed.windows(), current, strict=True) if not is_current]
        assert older[0].first == begin
        assert older == sorted(older)
        assert all(len(days) <= 90 for days in feed.windows())
        assert len(older) == 5
    assert all(later - earlier >= PERIOD for earlier, later in pairwise(account.left_at()))


def test_a_back_fill_tells_nobody_and_what_was_missed_since_the_beginning_is_news() -> None:
    account = Account(replace(PLAN, history_from=TODAY - 20 * DAY), has_inbound=False)
    account.outbound.days = {TODAY - day * DAY: [row(day)] for day in range(21)}
    for _ in range(6):
        account.run_later(minutes=23)

    silent = {int(fax.id.job_id) for fax in account.ledger.faxes.values() if fax.is_history}
    assert silent == set(range(7, 21))
    assert len(account.settled()) == 21


def test_a_pause_leaves_no_gap_and_the_present_is_not_kept_waiting() -> None:
    account = Account(has_inbound=False)
    account.run()
    account.clock.advance(days=200)
    today = TODAY + 200 * DAY
    account.outbound.days = {TODAY + day * DAY: [row(day)] for day in range(201)}
    for _ in range(8):
        account.run_later(minutes=23)

    asked = [days for days in account.outbound.windows() if days.last > TODAY]
    assert {asked[0].last == today, asked[1].last == today} == {True, False}
    assert min(asked).first == READ_UP_TO + DAY
    assert account.covered() == [f"2026-03-04/{today - 3 * DAY}"]
    assert len(account.settled()) == 201
    assert not any(fax.is_history for fax in account.ledger.faxes.values())


def test_a_back_fill_can_begin_and_end_at_any_time(account: Account) -> None:
    account.run()
    account.has_inbound = False
    account.plan = replace(PLAN, history_from=TODAY - 300 * DAY)
    for _ in range(4):
        account.run_later(minutes=23)
    account.plan = PLAN
    asked = len(account.outbound.requests)
    for _ in range(4):
        account.run_later(minutes=23)

    assert all(days.last == TODAY for days in account.outbound.windows()[asked:])
    assert len(account.covered()) == 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1 / 72, 1 / 36, 1, 3, 100]),
        st.sampled_from(["well", "cut", "broken", "lost", "500", "refused", "crash", "ledger"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=40)
@given(
    steps=STEPS,
    overlap=st.integers(1, 30),
    first_days=st.integers(1, 90),
    history=st.sampled_from([None, 0, 1, 88, 89, 90, 91, 400]),
)
def test_whatever_happens_every_day_is_read_whole_in_the_end(
    steps: list[tuple[float, str]], overlap: int, first_days: int, history: int | None
) -> None:
    history_from = None if history is None else TODAY - history * DAY
    plan = replace(
        PLAN, overlap_days=overlap, first_days=first_days, history_from=history_from, inbound_every=72
    )
    account = Account(plan, has_inbound=False)
    begin = min(TODAY - (first_days - 1) * DAY, history_from or TODAY)
    end = TODAY + sum((timedelta(days=pause) for pause, _ in steps), timedelta()) + 4 * DAY
    span = (end - begin).days + 1
    account.outbound.days = {begin + day * DAY: [row(day)] for day in range(span)}
    account.run()
    for pause, fate in steps:
        account.clock.advance(days=pause)
        meet(account, fate)
        with suppress(RuntimeError, LedgerUnavailable):
            account.run_later(minutes=23)
        meet(account, "well")
    for _ in range(80):
        account.run_later(minutes=23)
    # A day that has just begun has not had its turns yet.
    while account.clock.now().hour != NOON.hour:
        account.run_later(minutes=23)

    today = account.clock.now().astimezone(PLAN.time_zone).date()
    assert len(account.settled()) >= (today - begin).days + 1
    if today - (overlap + 1) * DAY >= begin:
        assert account.covered() == [f"{begin}/{today - (overlap + 1) * DAY}"]
    assert all(later - earlier >= PERIOD for earlier, later in pairwise(account.left_at()))
    assert all(len(days) <= 90 for days in account.outbound.windows())


def meet(account: Account, fate: str) -> None:
    account.outbound.breaks_off_after = 2 if fate == "broken" else None
    account.outbound.row_seconds = 200 if fate == "cut" else 0
    account.ledger.is_down = fate == "ledger"
    account.outbound.breaks_off_with = {
        "broken": BROKEN_OFF,
        "lost": AnswerLost("no answer in time"),
        "500": ProviderUnavailable("500"),
        "refused": ProviderRefused("the feed", "401"),
        "crash": RuntimeError("the process died"),
    }.get(fate)
