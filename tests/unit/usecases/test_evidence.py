"""Complete is what was proven: every query begun, and every day read, after the span was over."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.coverage import Coverage, Days, FeedProgress, LastReading
from faxledger.domain.fax import Direction, Provider, Source
from faxledger.domain.reconciliation import Evidence, FeedEvidence, QueryEvidence, ReasonCode
from faxledger.domain.spans import Span
from faxledger.usecases.evidence import ReadingsOfProviders
from faxledger.usecases.feed_plan import FeedPlan
from faxledger.usecases.ports.heard import WatchedProvider, query, whole
from tests.fakes.claims import InMemoryFeedProgresses
from tests.fakes.clock import NOON
from tests.fakes.heard import InMemoryHeard

HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=1)
# In New York it is 8 in the morning.
SPAN = Span(NOON - 2 * HOUR, NOON)
DAY = date(2026, 3, 10)
PLAN = FeedPlan(ZoneInfo("America/New_York"), overlap_days=2, first_days=7, inbound_every=3, most_days=90)
SOFTLINX = WatchedProvider(
    Provider.SOFTLINX,
    "acme",
    (Source.CALLBACK,),
    queries=("sent", "inbound", "any"),
    proving=("sent", "inbound"),
)
GREENFAX = WatchedProvider(Provider.GREENFAX, "12345", (Source.NOTIFY,))


class Desk:
    """Both providers, whose queries and feeds were all read a quarter of an hour after the span."""

    def __init__(self) -> None:
        self.heard = InMemoryHeard()
        self.progresses = InMemoryFeedProgresses()
        self.watched = [SOFTLINX, GREENFAX]
        self.now = NOON + HOUR
        self.read_at = NOON + 15 * MINUTES
        for name in ("sent", "inbound"):
            self.heard.note("softlinx", whole(name), self.read_at)
        for direction in Direction:
            self.read_feed(direction, LastReading(Days(DAY - timedelta(days=2), DAY), self.read_at))

    def read_feed(self, direction: Direction, *last: LastReading, covered: Coverage = Coverage()) -> None:  # noqa: B008
        progress = FeedProgress(DAY, 90, 90, covered=covered, last_readings=last)
        self.progresses.progresses[f"greenfax-{direction}"] = progress

    def evidence(self, span: Span = SPAN) -> Evidence:
        plans = {Provider.GREENFAX: PLAN}
        look = ReadingsOfProviders(self.watched, plans, self.heard, self.progresses, timedelta(days=400))
        return look.of(span, self.now)

    def missing(self, span: Span = SPAN) -> list[tuple[ReasonCode, str | None, int]]:
        return [(reason.code, reason.what, reason.count) for reason in self.evidence(span).missing]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_where_all_was_read_after_the_span_nothing_is_missing(desk: Desk) -> None:
    days = Days(DAY - timedelta(days=2), DAY)
    assert desk.evidence() == Evidence(
        queries=tuple(QueryEvidence(Provider.SOFTLINX, name, desk.read_at) for name in ("sent", "inbound")),
        feeds=tuple(
            FeedEvidence(Provider.GREENFAX, direction, days, desk.read_at) for direction in Direction
        ),
    )


@pytest.mark.parametrize("span", [Span(NOON, NOON + 2 * HOUR), Span(NOON - HOUR, NOON + HOUR + MINUTES)])
def test_a_span_that_is_not_over_is_not_complete_and_that_is_all_there_is_to_say(
    desk: Desk, span: Span
) -> None:
    assert desk.missing(span) == [(ReasonCode.NOT_OVER, None, 1)]


def test_of_a_span_that_is_as_old_as_faxes_become_some_may_have_expired(desk: Desk) -> None:
    desk.now = SPAN.since + timedelta(days=400, seconds=1)
    assert (ReasonCode.BEYOND_RETENTION, None, 1) in desk.missing()


@pytest.mark.parametrize("read_at", [None, NOON - HOUR, NOON, NOON + 2 * MINUTES - timedelta(seconds=1)])
def test_a_query_that_was_not_begun_after_the_span_is_missing(desk: Desk, read_at: datetime | None) -> None:
    desk.heard = InMemoryHeard()
    desk.heard.note("softlinx", whole("inbound"), desk.read_at)
    # To its end it was read afterwards.
    desk.heard.note("softlinx", query("sent"), desk.read_at)
    if read_at:
        desk.heard.note("softlinx", whole("sent"), read_at)
    assert desk.missing() == [(ReasonCode.QUERY_NOT_READ, "sent", 1)]


def test_a_query_proves_from_when_the_providers_clock_has_passed_the_end_for_sure(desk: Desk) -> None:
    desk.heard = InMemoryHeard()
    for name in ("sent", "inbound"):
        desk.heard.note("softlinx", whole(name), NOON + 2 * MINUTES)
    assert desk.missing() == []


@pytest.mark.parametrize("direction", Direction)
def test_a_feed_that_was_never_read_is_missing(desk: Desk, direction: Direction) -> None:
    del desk.progresses.progresses[f"greenfax-{direction}"]
    assert desk.missing() == [(ReasonCode.FEED_NOT_READ, direction, 3)]


def test_each_day_of_a_feed_that_was_not_read_since_is_missing(desk: Desk) -> None:
    early = LastReading(Days(DAY - timedelta(days=2), DAY - timedelta(days=1)), NOON - HOUR)
    desk.read_feed(Direction.INBOUND, early, LastReading(Days(DAY, DAY), desk.read_at))
    assert desk.missing() == [(ReasonCode.FEED_NOT_READ, "inbound", 2)]
    (reason,) = desk.evidence().missing
    assert reason.text == (
        "greenfax: 2 days of the inbound feed, from 2026-03-08 to 2026-03-09, were not read since "
        "2026-03-10 12:02:00 UTC"
    )


def test_days_that_count_as_read_were_read_after_their_end(desk: Desk) -> None:
    for direction in Direction:
        desk.read_feed(direction, covered=Coverage((Days(DAY - timedelta(days=9), DAY),)))
    assert desk.missing() == []
    assert {feed.read_at for feed in desk.evidence().feeds} == {None}


def test_a_feed_is_asked_for_the_days_of_its_own_zone(desk: Desk) -> None:
    # 22 to 24 o'clock of the day before in New York.
    span = Span(datetime(2026, 3, 10, 2, tzinfo=NOON.tzinfo), datetime(2026, 3, 10, 4, tzinfo=NOON.tzinfo))
    assert {str(feed.days) for feed in desk.evidence(span).feeds} == {"2026-03-07/2026-03-09"}


def test_a_provider_without_an_account_has_nothing_to_prove(desk: Desk) -> None:
    desk.heard, desk.progresses = InMemoryHeard(), InMemoryFeedProgresses()
    desk.watched = []
    assert desk.evidence() == Evidence()
