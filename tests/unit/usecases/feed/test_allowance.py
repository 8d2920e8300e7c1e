"""At most one request for each allowance, claimed before it is made and never given back."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faxledger.errors import (
    AskedTooSoon,
    LedgerUnavailable,
    ProviderUnavailable,
    SecretUnavailable,
)
from tests.fakes.clock import NOON
from tests.unit.usecases.feed.account import INBOUND, PERIOD, Account, row


def test_a_request_is_claimed_before_it_is_made(account: Account) -> None:
    claimed: list[bool] = []
    account.outbound.on_request = lambda: claimed.append("greenfax-feed" in account.claims.held)
    account.run()

    assert claimed == [True]


def test_where_the_claims_cannot_be_written_nothing_is_asked(account: Account) -> None:
    account.claims.is_down = True

    with pytest.raises(LedgerUnavailable):
        account.run()
    assert account.left_at() == []


@pytest.mark.parametrize("fault", [None, ProviderUnavailable("429"), RuntimeError("the process died")])
def test_no_second_request_within_the_period_whatever_became_of_the_first(
    account: Account, fault: Exception | None
) -> None:
    def fail() -> None:
        if fault:
            raise fault

    account.outbound.on_request = fail
    if isinstance(fault, RuntimeError):
        with pytest.raises(RuntimeError):
            account.run()
    else:
        account.run()
    account.outbound.on_request = lambda: None
    for _ in range(17):
        account.run_later(minutes=1)

    assert account.left_at() == [NOON]
    assert account.count["FeedNotYet"] == 17


def test_two_runs_at_once_make_one_request(account: Account) -> None:
    account.outbound.on_request = account.run
    account.run()

    assert account.left_at() == [NOON]


def test_a_run_that_comes_seconds_early_waits_for_its_claim(account: Account) -> None:
    account.run()
    account.run_later(minutes=21)

    first, second = account.left_at()
    assert timedelta(minutes=22, seconds=10) <= second - first < timedelta(minutes=22, seconds=11)


@pytest.mark.parametrize(("early", "is_asked"), [(119, True), (120, True), (121, False)])
def test_a_run_waits_two_minutes_at_most(account: Account, early: int, *, is_asked: bool) -> None:
    account.run()
    account.clock.advance(minutes=22, seconds=10 - early)
    start = account.clock.now()
    account.run()

    assert len(account.left_at()) == 1 + is_asked
    assert (account.clock.now() > start) == is_asked


def test_a_run_that_would_not_have_time_left_does_not_wait(account: Account) -> None:
    account.run()
    account.clock.advance(minutes=21)
    account.run(timedelta(seconds=75 + 70))

    assert account.clock.slept == []
    assert len(account.left_at()) == 1


def test_a_run_that_is_overtaken_while_it_waits_asks_nothing(account: Account) -> None:
    account.run()
    account.clock.advance(minutes=21)
    account.clock.while_asleep = lambda: account.claims.claim(
        "greenfax-feed", now=account.clock.now(), until=account.clock.now() + PERIOD
    )
    account.run()

    assert len(account.left_at()) == 1
    assert account.count["FeedNotYet"] == 1


@pytest.mark.parametrize(("seconds", "is_made"), [(5.0, True), (5.1, False)])
def test_a_request_that_cannot_leave_within_five_seconds_is_not_made(
    account: Account, seconds: float, *, is_made: bool
) -> None:
    account.outbound.connect_seconds = seconds
    account.run()

    assert bool(account.left_at()) == is_made
    assert account.count["FeedAbandoned"] == (not is_made)
    assert bool(account.covered()) == is_made


def test_an_abandoned_claim_is_not_given_back(account: Account) -> None:
    account.outbound.connect_seconds = 6
    account.run()
    account.outbound.connect_seconds = 0
    account.run_later(minutes=10)

    assert account.left_at() == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 45 * 60), min_size=1, max_size=40), st.integers(0, 600))
def test_no_two_requests_are_ever_closer_than_the_period(pauses: list[int], reading: int) -> None:
    account = Account()
    account.outbound.rows = account.inbound.rows = [row(1)]
    account.outbound.row_seconds = account.inbound.row_seconds = reading
    for seconds in pauses:
        account.run_later(seconds=seconds)

    assert all(later - earlier >= PERIOD for earlier, later in pairwise(account.left_at()))


def test_no_run_of_a_days_schedule_waits_or_is_lost_to_the_guard(account: Account) -> None:
    for _ in range(62):
        account.run_later(minutes=23)

    assert (len(account.left_at()), account.clock.slept) == (62, [])


# Of each run: the true time since the one before, how wrong its machine's clock is, and how long it takes to
# connect, in seconds.
on_some_machine = st.tuples(st.integers(0, 25 * 60), st.floats(-60, 60), st.floats(0, 6))


@settings(deadline=None)
@given(st.lists(on_some_machine, min_size=2, max_size=30))
@example([(0, -60.0, 5.0), (20 * 60 - 5, 60.0, 0.0)])
def test_no_two_requests_are_closer_than_the_period_whichever_clocks_are_wrong_by_a_minute(
    runs: list[tuple[int, float, float]],
) -> None:
    account, fast_before = Account(), 0.0
    left_at: list[datetime] = []
    for pause, fast, connecting in runs:
        account.outbound.connect_seconds = account.inbound.connect_seconds = connecting
        account.run_later(seconds=pause + fast - fast_before)
        fast_before = fast
        new = account.left_at()[len(left_at) :]
        left_at += [moment - timedelta(seconds=fast) for moment in new]

    assert all(later - earlier >= PERIOD for earlier, later in pairwise(left_at))


def test_outbound_comes_first_and_every_third_request_is_for_inbound(account: Account) -> None:
    for _ in range(9):
        account.run_later(minutes=23)

    asked = sorted(
        [(moment, "out") for moment, _, _ in account.outbound.requests]
        + [(moment, "in") for moment, _, _ in account.inbound.requests]
    )
    assert [direction for _, direction in asked] == ["out", *["in", "out", "out"] * 2, "in", "out"]


def test_an_inbound_feed_that_fails_does_not_starve_outbound(account: Account) -> None:
    account.inbound.breaks_off_with = ProviderUnavailable("500")
    for _ in range(9):
        account.run_later(minutes=23)

    assert len(account.outbound.requests) == 6
    assert account.covered(INBOUND) == []


def test_a_password_that_cannot_be_read_costs_no_turn(account: Account) -> None:
    account.outbound.has_password = False
    with pytest.raises(SecretUnavailable):
        account.run()
    assert account.claims.held == {}

    account.outbound.has_password = True
    account.run()
    assert account.left_at() == [NOON]


@pytest.mark.parametrize(
    ("asked_for", "minutes"), [(0, 40), (60, 40), (3600, 60), (10_000_000, 6 * 60)], ids=str
)
def test_asked_too_soon_means_left_alone_for_longer(account: Account, asked_for: float, minutes: int) -> None:
    account.outbound.breaks_off_with = AskedTooSoon("429", retry_after_seconds=asked_for)
    account.run()
    account.outbound.breaks_off_with = None
    while len(account.left_at()) == 1:
        account.run_later(minutes=1)

    first, second = account.left_at()
    assert second - first >= timedelta(minutes=minutes)
    assert second - first <= timedelta(minutes=minutes + 3)
    assert (account.count["FeedTooSoon"], account.count["FeedFailed"]) == (1, 0)


def test_directions_with_allowances_of_their_own_are_both_asked_in_each_run() -> None:
    account = Account(is_shared=False)
    for _ in range(6):
        account.run_later(minutes=23)

    assert len(account.outbound.requests) == len(account.inbound.requests) == 6
    for feed in (account.outbound, account.inbound):
        assert all(later - earlier >= PERIOD for earlier, later in pairwise(feed.left_at()))


@pytest.mark.parametrize("is_shared", [True, False], ids=["shared, then separate", "separate, then shared"])
def test_a_change_of_the_setting_makes_no_feed_be_asked_again_within_the_period(*, is_shared: bool) -> None:
    account = Account(is_shared=is_shared)
    account.run()
    asked = len(account.left_at())
    account.is_shared = not is_shared
    account.run_later(minutes=5)
    assert len(account.left_at()) == asked


def test_who_is_asked_too_soon_is_left_alone_whatever_the_setting_is_then() -> None:
    account = Account()
    account.outbound.breaks_off_with = AskedTooSoon("429", retry_after_seconds=3600)
    account.run()
    account.is_shared = False
    account.run_later(minutes=50)
    assert len(account.left_at()) == 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 45 * 60), st.booleans()), min_size=1, max_size=40))
def test_the_period_is_kept_however_often_the_setting_changes(runs: list[tuple[int, bool]]) -> None:
    account = Account()
    shared: dict[datetime, bool] = {}
    for seconds, is_shared in runs:
        account.is_shared = is_shared
        account.run_later(seconds=seconds)
        shared |= {moment: is_shared for moment in account.left_at() if moment not in shared}

    for feed in (account.outbound, account.inbound):
        assert all(later - earlier >= PERIOD for earlier, later in pairwise(feed.left_at()))
    # As long as both share it, the other feed counts as well.
    for earlier, later in pairwise(account.left_at()):
        assert later - earlier >= PERIOD or not (shared[earlier] or shared[later])


@pytest.mark.parametrize("pause", [1, 7, 23])
def test_after_a_change_of_the_setting_one_run_is_lost_at_most(pause: int) -> None:
    account = Account(is_shared=False)
    account.outbound.rows, account.outbound.row_seconds = [row(1)], 60
    account.run()
    account.is_shared = True
    account.run_later(minutes=pause)
    for _ in range(2):
        account.run_later(minutes=23)
    assert len(account.left_at()) >= 3


def test_a_direction_whose_answer_takes_all_the_time_does_not_starve_the_other() -> None:
    account = Account(is_shared=False)
    account.outbound.rows = [row(number) for number in range(100)]
    account.outbound.row_seconds = 60
    for _ in range(4):
        account.run_later(minutes=23)

    assert len(account.outbound.requests) == 4
    assert len(account.inbound.requests) >= 2
