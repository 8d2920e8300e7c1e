"""One run over a provider's history feed: at most one request, and no progress past what is durable."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.fax import Direction, Source, Status
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import LedgerUnavailable, ProviderAnswerUnreadable, ProviderError, ProviderUnavailable
from faxledger.providers.greenfax.feed import ALLOWANCE
from faxledger.usecases.read_feed import FeedPlan, ReadFeed
from faxledger.usecases.record import Recorder
from tests.fakes.claims import InMemoryClaims, InMemoryCursors
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import greenfax, report, unreadable
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import InMemoryFeed

QUARTER_HOUR = timedelta(minutes=15)
PERIOD = timedelta(minutes=20)
PLAN = FeedPlan(time_zone=ZoneInfo("America/New_York"), overlap_days=2, first_days=7, inbound_every=3)
TODAY = date(2026, 3, 10)


class Account:
    """Both feeds of an account with everything around them; `run` is one run."""

    def __init__(self, plan: FeedPlan = PLAN) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.claims = InMemoryClaims()
        self.cursors = InMemoryCursors()
        self.outbound = InMemoryFeed(self.clock)
        self.inbound = InMemoryFeed(self.clock)
        self.count = Counts()
        self.log = LogLines()
        self._read = ReadFeed(
            "greenfax",
            {Direction.OUTBOUND: self.outbound, Direction.INBOUND: self.inbound},
            allowance=ALLOWANCE,
            plan=plan,
            claims=self.claims,
            cursors=self.cursors,
            recorder=Recorder(self.ledger, self.unreadables, self.count, self.log),
            clock=self.clock,
            count=self.count,
            log=self.log,
        )

    def run(self, time_left: timedelta = QUARTER_HOUR) -> None:
        self._read(time_left)

    def run_later(self, **later: float) -> None:
        self.clock.advance(**later)
        self.run()

    def left_at(self) -> list[datetime]:
        return sorted(moment for moment, _, _ in self.outbound.requests + self.inbound.requests)

    def watermark(self) -> str | None:
        return self.cursors.read("greenfax-outbound")

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
    assert account.watermark() == "2026-03-10"


def test_today_is_the_feeds_own(account: Account) -> None:
    # In New York the day before lasts until five in the morning, UTC.
    account.clock.advance(hours=-9)
    account.run()

    assert account.outbound.requests[0][2] == TODAY - timedelta(days=1)


def test_every_row_is_settled_and_then_the_watermark_moves(account: Account) -> None:
    account.outbound.rows = [row(number) for number in range(250)]
    account.run()

    assert account.settled() == {str(number) for number in range(250)}
    assert account.watermark() == "2026-03-10"


def test_the_next_window_overlaps(account: Account) -> None:
    account.cursors.advance("greenfax-outbound", "2026-03-09")
    account.cursors.advance("greenfax-inbound-asked", NOON.isoformat())
    account.run()

    assert account.outbound.requests == [(NOON, date(2026, 3, 7), TODAY)]


def test_after_a_long_pause_the_oldest_days_come_first_in_windows_that_the_provider_allows() -> None:
    account = Account(FeedPlan(PLAN.time_zone, overlap_days=2, first_days=7, inbound_every=72))
    account.cursors.advance("greenfax-outbound", "2025-06-01")
    account.cursors.advance("greenfax-inbound-asked", NOON.isoformat())
    for _ in range(5):
        account.run_later(minutes=21)

    windows = [(first, last) for _, first, last in account.outbound.requests]
    assert windows[0][0] == date(2025, 5, 30)
    assert all((last - first).days + 1 <= 90 for first, last in windows)
    assert all(following[0] == before[1] - timedelta(days=2) for before, following in pairwise(windows))
    assert windows[3][1] == windows[4][1] == TODAY


@given(
    pause=st.integers(0, 2_000),
    overlap=st.integers(1, 30),
    first_days=st.integers(1, 90),
    known=st.booleans(),
)
def test_no_window_is_longer_than_the_provider_allows_nor_leaves_a_day_out(
    pause: int, overlap: int, first_days: int, *, known: bool
) -> None:
    account = Account(FeedPlan(PLAN.time_zone, overlap, first_days, inbound_every=72))
    account.cursors.advance("greenfax-inbound-asked", (NOON + timedelta(days=1)).isoformat())
    watermark = TODAY - timedelta(days=pause)
    if known:
        account.cursors.advance("greenfax-outbound", watermark.isoformat())
    account.run()

    ((_, first, last),) = account.outbound.requests
    assert 1 <= (last - first).days + 1 <= 90
    assert last <= TODAY
    assert not known or first < watermark
    assert not known or last > watermark or watermark == TODAY


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
    assert (account.watermark() is not None) == is_made


def test_an_abandoned_claim_is_not_given_back(account: Account) -> None:
    account.outbound.connect_seconds = 6
    account.run()
    account.outbound.connect_seconds = 0
    account.run_later(minutes=10)

    assert account.left_at() == []


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
    assert account.cursors.read("greenfax-inbound") is None


BROKEN_OFF = ProviderAnswerUnreadable("the feed is not XML as agreed: ParseError")


@pytest.mark.parametrize("error", [BROKEN_OFF, ProviderUnavailable("the feed did not answer in time")])
@pytest.mark.parametrize("rows", [0, 3, 100, 130])
def test_rows_before_an_answer_broke_off_are_settled_and_the_watermark_stays(
    account: Account, rows: int, error: ProviderError
) -> None:
    account.outbound.rows = [row(number) for number in range(rows)]
    account.outbound.breaks_off_with = error
    account.run()

    assert len(account.settled()) == rows
    assert account.watermark() is None
    assert account.count["FeedFailed"] == 1


def test_a_window_that_broke_off_is_read_again(account: Account) -> None:
    account.outbound.breaks_off_with = BROKEN_OFF
    account.run()
    account.outbound.breaks_off_with = None
    account.run_later(minutes=21)

    assert account.outbound.requests[0][1:] == account.outbound.requests[1][1:]
    assert account.watermark() == "2026-03-10"


@pytest.mark.parametrize("unwritable", [0, 99, 100, 129])
def test_the_watermark_stays_when_the_ledger_could_not_take_a_row(account: Account, unwritable: int) -> None:
    account.outbound.rows = [row(number) for number in range(130)]
    account.ledger.unwritable = {greenfax(unwritable)}

    with pytest.raises(LedgerUnavailable):
        account.run()
    assert account.watermark() is None

    account.ledger.unwritable = set()
    account.run_later(minutes=21)
    assert len(account.settled()) == 130
    assert account.watermark() == "2026-03-10"


def test_the_watermark_stays_when_a_bad_row_could_not_be_set_aside(account: Account) -> None:
    account.outbound.rows = [unreadable(), row(1)]
    account.unreadables.is_down = True

    with pytest.raises(LedgerUnavailable):
        account.run()
    assert account.watermark() is None


def test_a_bad_row_is_set_aside_and_the_others_count(account: Account) -> None:
    account.outbound.rows = [row(1), unreadable(b"<row/>"), row(2), row(3, None)]
    account.run()

    assert account.settled() == {"1", "2"}
    assert len(account.unreadables.kept) == 1
    assert account.count["UnknownStatusWord"] == 1
    assert account.watermark() == "2026-03-10"


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
    assert account.watermark() is None


def test_what_was_cut_short_is_resumed_without_writing_anything_twice(account: Account) -> None:
    account.outbound.rows = [row(number) for number in range(400)]
    account.outbound.row_seconds = 4
    account.run()
    written = account.ledger.writes
    assert 0 < written < 400
    account.outbound.row_seconds = 1
    account.run_later(minutes=21)

    assert account.ledger.writes == 400
    assert len(account.settled()) == 400
    assert account.watermark() == "2026-03-10"


def test_the_watermark_never_moves_back(account: Account) -> None:
    account.run()
    account.clock.advance(days=-3)
    account.claims.held.clear()
    account.run()

    assert account.watermark() == "2026-03-10"
