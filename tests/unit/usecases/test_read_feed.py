"""One run over a provider's history feed: at most one request, and no progress past what is durable."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faxledger.domain.coverage import Days
from faxledger.domain.fax import Direction, Source, Status
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import (
    AnswerLost,
    AskedTooSoon,
    LedgerUnavailable,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    SecretUnavailable,
)
from faxledger.providers.greenfax.allowance import ALLOWANCE, MOST_DAYS
from faxledger.usecases.feed_windows import FeedPlan
from faxledger.usecases.read_feed import ReadFeed
from faxledger.usecases.read_window import WindowReader
from faxledger.usecases.record import Recorder
from tests.fakes.claims import InMemoryClaims, InMemoryFeedProgresses
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import greenfax, report, unreadable
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import InMemoryFeed, InMemoryFeedMemory

QUARTER_HOUR = timedelta(minutes=15)
PERIOD = timedelta(minutes=20)
DAY = timedelta(days=1)
PLAN = FeedPlan(
    time_zone=ZoneInfo("America/New_York"), overlap_days=2, first_days=7, inbound_every=3, most_days=MOST_DAYS
)
TODAY = date(2026, 3, 10)
# Today and the two days before are read again and again: a job may be completed late.
READ_UP_TO = TODAY - 3 * DAY
OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND


class Account:
    """Both feeds of an account with everything around them; `run` is one run."""

    def __init__(self, plan: FeedPlan = PLAN, *, is_shared: bool = True, has_inbound: bool = True) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.claims = InMemoryClaims()
        self.progresses = InMemoryFeedProgresses()
        self.memory = InMemoryFeedMemory()
        self.outbound = InMemoryFeed(self.clock)
        self.inbound = InMemoryFeed(self.clock)
        self.count = Counts()
        self.log = LogLines()
        self.way = "this way"
        self.is_shared = is_shared
        self.has_inbound = has_inbound
        self.plan = plan

    def run(self, time_left: timedelta = QUARTER_HOUR) -> None:
        read = ReadFeed(
            "greenfax",
            {OUTBOUND: self.outbound, INBOUND: self.inbound}
            if self.has_inbound
            else {OUTBOUND: self.outbound},
            allowance=replace(ALLOWANCE, is_shared=self.is_shared),
            plan=self.plan,
            claims=self.claims,
            progresses=self.progresses,
            reader=WindowReader(
                way=self.way,
                memory=self.memory,
                recorder=Recorder(self.ledger, self.unreadables, self.count, self.log),
                clock=self.clock,
                count=self.count,
                log=self.log,
            ),
            clock=self.clock,
            count=self.count,
            log=self.log,
        )
        read(time_left)

    def run_later(self, **later: float) -> None:
        self.clock.advance(**later)
        self.run()

    def left_at(self) -> list[datetime]:
        return sorted(self.outbound.left_at() + self.inbound.left_at())

    def covered(self, direction: Direction = OUTBOUND) -> list[str]:
        progress = self.progresses.read(f"greenfax-{direction}")
        return [str(span) for span in progress.covered.spans] if progress else []

    def settled(self) -> set[str]:
        return {fax_id.job_id for fax_id, fax in self.ledger.faxes.items() if fax.is_settled}


@pytest.fixture
def account() -> Account:
    return Account()


def row(number: int, status: Status | None = Status.SENT) -> Report:
    return report(greenfax(number), status, source=Source.FEED)


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
    account.run_later(minutes=20)

    first, second = account.left_at()
    assert timedelta(minutes=20, seconds=10) <= second - first < timedelta(minutes=20, seconds=11)


@pytest.mark.parametrize(("early", "is_asked"), [(119, True), (120, True), (121, False)])
def test_a_run_waits_two_minutes_at_most(account: Account, early: int, *, is_asked: bool) -> None:
    account.run()
    account.clock.advance(minutes=20, seconds=10 - early)
    start = account.clock.now()
    account.run()

    assert len(account.left_at()) == 1 + is_asked
    assert (account.clock.now() > start) == is_asked


def test_a_run_that_would_not_have_time_left_does_not_wait(account: Account) -> None:
    account.run()
    account.clock.advance(minutes=19)
    account.run(timedelta(seconds=75 + 70))

    assert account.clock.slept == []
    assert len(account.left_at()) == 1


def test_a_run_that_is_overtaken_while_it_waits_asks_nothing(account: Account) -> None:
    account.run()
    account.clock.advance(minutes=20)
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


def test_a_days_schedule_loses_few_of_its_requests_to_the_guard(account: Account) -> None:
    for number in range(3 * 24):
        due = NOON + number * PERIOD
        account.clock.advance(seconds=max(0.0, (due - account.clock.now()).total_seconds()))
        account.run()

    # Each run waits ten seconds longer than the one before, and one that would wait over two minutes is lost.
    assert len(account.left_at()) >= 66
    assert all(later - earlier >= PERIOD for earlier, later in pairwise(account.left_at()))


def test_outbound_comes_first_and_every_third_request_is_for_inbound(account: Account) -> None:
    for _ in range(9):
        account.run_later(minutes=21)

    asked = sorted(
        [(moment, "out") for moment, _, _ in account.outbound.requests]
        + [(moment, "in") for moment, _, _ in account.inbound.requests]
    )
    assert [direction for _, direction in asked] == ["out", *["in", "out", "out"] * 2, "in", "out"]


def test_an_inbound_feed_that_fails_does_not_starve_outbound(account: Account) -> None:
    account.inbound.breaks_off_with = ProviderUnavailable("500")
    for _ in range(9):
        account.run_later(minutes=21)

    assert len(account.outbound.requests) == 6
    assert account.covered(INBOUND) == []


BROKEN_OFF = ProviderAnswerUnreadable("the feed is not XML as agreed: ParseError")


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
    account.run_later(minutes=21)
    account.run_later(minutes=21)

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
    account.run_later(minutes=21)
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
    account.run_later(minutes=21)
    account.run_later(minutes=21)

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


# --- the secret, and who else uses the allowance ------------------------------------------------------


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
    assert second - first <= timedelta(minutes=minutes + 1)
    assert (account.count["FeedTooSoon"], account.count["FeedFailed"]) == (1, 0)


def test_directions_with_allowances_of_their_own_are_both_asked_in_each_run() -> None:
    account = Account(is_shared=False)
    for _ in range(6):
        account.run_later(minutes=21)

    assert len(account.outbound.requests) == len(account.inbound.requests) == 6
    for feed in (account.outbound, account.inbound):
        assert all(later - earlier >= PERIOD for earlier, later in pairwise(feed.left_at()))


def test_a_direction_whose_answer_takes_all_the_time_does_not_starve_the_other() -> None:
    account = Account(is_shared=False)
    account.outbound.rows = [row(number) for number in range(100)]
    account.outbound.row_seconds = 60
    for _ in range(4):
        account.run_later(minutes=21)

    assert len(account.outbound.requests) == 4
    assert len(account.inbound.requests) >= 2


# --- windows that are too much ------------------------------------------------------------------------

LONG_AGO = replace(PLAN, first_days=90)


def test_a_window_that_could_not_be_finished_is_asked_for_in_halves_until_it_can() -> None:
    account = Account(LONG_AGO, has_inbound=False)
    account.outbound.days = {TODAY - day * DAY: [row(day)] for day in range(90)}
    account.outbound.row_seconds = 60
    for _ in range(30):
        account.run_later(minutes=21)

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
        account.run_later(minutes=21)

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
        account.run_later(minutes=21)
    # Rows that were seen before pass by quickly at a real provider as well: nothing is looked up for them.
    account.outbound.row_seconds = 1
    account.run_later(minutes=21)

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
        account.run_later(minutes=21)
    assert account.covered() == [f"{begin}/{bad - DAY}", f"{bad + DAY}/{READ_UP_TO}"]

    account.outbound.on_request = lambda: None
    account.outbound.breaks_off_with = None
    for _ in range(2):
        account.run_later(minutes=21)
    assert account.covered() == [f"{begin}/{READ_UP_TO}"]


# --- history ------------------------------------------------------------------------------------------


def test_a_back_fill_of_400_days_is_worked_off_oldest_first_beside_the_present() -> None:
    begin = TODAY - 400 * DAY
    account = Account(replace(PLAN, history_from=begin))
    for feed in (account.outbound, account.inbound):
        feed.days = {begin + day * DAY: [row(day)] for day in range(401)}
    for _ in range(40):
        account.run_later(minutes=21)

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
        account.run_later(minutes=21)

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
        account.run_later(minutes=21)

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
        account.run_later(minutes=21)
    account.plan = PLAN
    asked = len(account.outbound.requests)
    for _ in range(4):
        account.run_later(minutes=21)

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
            account.run_later(minutes=21)
        meet(account, "well")
    for _ in range(80):
        account.run_later(minutes=21)
    # A day that has just begun has not had its turns yet.
    while account.clock.now().hour != NOON.hour:
        account.run_later(minutes=21)

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


# --- what was seen before -----------------------------------------------------------------------------


def test_rows_of_the_last_reading_are_skipped(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(300)]
    account.run()
    account.run_later(minutes=41)
    looked_at = account.outbound.looked_at
    for _ in range(5):
        account.run_later(minutes=21)

    assert looked_at == account.outbound.looked_at == 300
    assert account.ledger.looked_up == 300


def test_a_row_that_has_changed_is_looked_at(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1), row(2, None), unreadable(b"<row/>")]
    account.run()
    account.run_later(minutes=41)
    account.outbound.rows = [row(1, Status.FAILED), row(2), unreadable(b"<row> </row>")]
    account.run_later(minutes=21)

    assert account.settled() == {"1", "2"}
    fax = account.ledger.find(greenfax(1))
    assert fax is not None
    assert fax.conflict is not None
    assert len(account.unreadables.kept) == 2


def test_a_word_that_is_not_final_is_looked_at_each_time_and_written_once(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1, None)]
    for _ in range(4):
        account.run_later(minutes=41)

    assert account.outbound.looked_at == len(account.outbound.requests) == 4
    assert account.ledger.writes == 1


def test_a_row_that_goes_and_comes_back_is_looked_at(account: Account) -> None:
    account.has_inbound = False
    for rows in ([row(1)], [], [row(1)]):
        account.outbound.rows = list(rows)
        account.run_later(minutes=41)
        account.run_later(minutes=41)

    assert account.outbound.looked_at == 2


def test_once_a_day_everything_is_looked_at(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1)]
    for _ in range(3 * 72):
        account.run_later(minutes=20)

    assert 3 <= account.outbound.looked_at <= 4


def test_another_way_of_reading_makes_every_row_be_looked_at(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1)]
    account.run()
    account.run_later(minutes=41)
    account.way = "another way"
    account.run_later(minutes=41)

    assert account.outbound.looked_at == 2


def test_a_row_that_the_ledger_did_not_take_is_not_remembered(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(130)]
    account.ledger.unwritable = {greenfax(120)}
    with pytest.raises(LedgerUnavailable):
        account.run()
    account.ledger.unwritable = set()
    account.run_later(minutes=41)
    account.run_later(minutes=41)

    assert len(account.settled()) == 130
    assert account.outbound.looked_at == 130 + 30


@pytest.mark.parametrize(
    "garbage", [b"", b"\n", b"{}\n", b"[]\n12345678", b'{"since": "x", "reading": 1}\n', b"\x00"]
)
def test_a_memory_that_makes_no_sense_is_none(account: Account, garbage: bytes) -> None:
    account.memory.kept["greenfax-outbound"] = garbage
    account.outbound.rows = [row(1)]
    account.run()

    assert account.settled() == {"1"}


def test_without_its_memory_a_feed_is_read_all_the_same(account: Account) -> None:
    account.memory.is_down = True
    account.outbound.rows = [row(1)]
    account.run()

    assert account.settled() == {"1"}
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]
    assert account.count["FeedMemoryLost"] == 2
