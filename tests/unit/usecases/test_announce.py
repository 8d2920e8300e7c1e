"""Changes of faxes, told to the bus."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from faxledger.domain.deliveries import DEFAULT_ROUTE, Route, RouteKey
from faxledger.domain.events import EventType, events_between
from faxledger.domain.fax import Provider, Source, Status
from faxledger.domain.report import Conflict, Facts, Fax, Sighting
from faxledger.errors import LedgerUnavailable
from faxledger.providers.softlinx.transmissions import transmission_of
from faxledger.usecases.announce import AnnounceChanges, Change
from faxledger.usecases.cases import Cases
from tests.fakes.bus import InMemoryBus
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.deliveries import InMemoryRoutes
from tests.fakes.events import HOOK
from tests.fakes.faxes import inbound, outbound
from tests.fakes.observe import Counts, LogLines
from tests.fakes.timeless import InMemoryTimelessFaxes
from tests.fakes.transmissions import InMemoryTransmissions

RETENTION = timedelta(days=400)
CONFLICT = Conflict(Status.FAILED, Source.POLL, NOON, {})


def sent(number: int = 33, *, completed_at: datetime | None = NOON, settled_at: datetime = NOON) -> Fax:
    return Fax(
        outbound(number),
        first_status=Status.SENT,
        settled_at=settled_at,
        settled_by=Source.CALLBACK,
        completed_at=completed_at,
        is_timeless=completed_at is None,
    )


class Office:
    def __init__(self, tell_from: datetime = NOON - timedelta(days=1000)) -> None:
        self.bus = InMemoryBus()
        self.count = Counts()
        self.log = LogLines()
        self.transmissions = InMemoryTransmissions()
        self.timeless = InMemoryTimelessFaxes()
        self.senders = InMemoryBus()
        self.routes = InMemoryRoutes()
        self.announce = AnnounceChanges(
            self.bus,
            senders=self.senders,
            cases=Cases(self.transmissions, transmission_of),
            timeless=self.timeless,
            routes=self.routes.known,
            clock=StoppedClock(),
            tell_from=lambda: tell_from,
            retention=RETENTION,
            count=self.count,
            log=self.log,
        )


@pytest.fixture
def office() -> Office:
    return Office()


def test_each_newly_settled_fax_is_announced_once(office: Office) -> None:
    changes = [Change(str(number), None, sent(number)) for number in range(3)]

    assert office.announce(changes) == frozenset()
    assert [event.fax for event in office.bus.taken] == [change.new.id for change in changes]
    assert office.count["Announced"] == 3


def test_what_is_not_new_is_not_announced(office: Office) -> None:
    assert office.announce([Change("1", sent(), sent()), Change("2", None, Fax(outbound()))]) == frozenset()
    assert office.bus.taken == []


def test_a_conflict_is_announced_beside_the_status(office: Office) -> None:
    office.announce([Change("1", None, sent()), Change("2", sent(), replace(sent(), conflict=CONFLICT))])

    assert [event.type for event in office.bus.taken] == [EventType.FAX_SENT, EventType.FAX_STATUS_CONFLICT]


def test_an_announcement_made_twice_carries_the_same_id(office: Office) -> None:
    for _ in range(2):
        office.announce([Change("1", None, sent())])

    first, again = office.bus.taken
    assert first.id == again.id


SUBMISSION = f"{'a' * 32}-1"


def test_an_event_for_which_there_is_no_route_says_that_it_is_for_nobody(office: Office) -> None:
    office.announce([Change("1", None, sent())])

    assert [event.is_for_nobody for event in office.bus.taken] == [True]


@pytest.mark.parametrize("key", [DEFAULT_ROUTE, RouteKey.of(Provider.SOFTLINX, "Jane")])
def test_one_whose_fax_has_a_route_is_left_to_whoever_notifies(office: Office, key: RouteKey) -> None:
    office.routes.put(Route(key, (HOOK,)))
    office.announce(
        [Change("1", None, replace(sent(1), facts=Facts(user="jane"))), Change("2", None, sent(2))]
    )

    assert [event.is_for_nobody for event in office.bus.taken] == [False, not key.is_default]


@pytest.mark.parametrize(
    "fax",
    [replace(sent(), submission=SUBMISSION), replace(sent(), facts=Facts(reference=SUBMISSION.upper()))],
    ids=["joined", "to be joined"],
)
def test_one_whose_sender_may_have_named_somebody_is_as_well(office: Office, fax: Fax) -> None:
    office.announce([Change("1", None, fax)])

    assert [event.is_for_nobody for event in office.bus.taken] == [False]


def test_one_whose_routes_are_out_of_reach_is_as_well(office: Office) -> None:
    def out_of_reach(_: object) -> frozenset[RouteKey]:
        raise LedgerUnavailable("DynamoDB")

    announce = replace(office.announce, routes=out_of_reach)
    assert announce([Change("1", None, sent())]) == frozenset()

    assert [event.is_for_nobody for event in office.bus.taken] == [False]


@pytest.mark.parametrize("off", [timedelta(milliseconds=-1), timedelta(), timedelta(days=1)])
def test_what_was_completed_before_tell_from_is_no_news(off: timedelta) -> None:
    office = Office(tell_from=NOON - timedelta(days=10))

    office.announce([Change("1", None, sent(completed_at=NOON - timedelta(days=10) + off))])

    assert bool(office.bus.taken) == (off >= timedelta())


@pytest.mark.parametrize("off", [timedelta(milliseconds=-1), timedelta()])
def test_what_may_have_expired_by_any_clock_is_no_news(office: Office, off: timedelta) -> None:
    # Its provider's clock, the one by which it was settled, DynamoDB's and this one may each be a minute off.
    ends = NOON - RETENTION + timedelta(minutes=4)
    office.announce([Change("1", None, sent(completed_at=ends + off))])

    assert bool(office.bus.taken) == (off == timedelta())


def test_without_a_time_of_completion_the_time_of_settling_counts() -> None:
    office = Office(tell_from=NOON)

    office.announce([Change("1", None, sent(1, completed_at=None))])
    office.announce([Change("2", None, sent(2, completed_at=None, settled_at=NOON - timedelta(seconds=1)))])

    assert [event.fax for event in office.bus.taken] == [outbound(1)]


def test_a_repeat_without_a_time_is_no_news_after_the_retention_took_its_fax(office: Office) -> None:
    first = sent(completed_at=None)
    for change in (Change("1", None, first), Change("2", None, first)):
        assert office.announce([change]) == frozenset()
    # Also where the stream gives the same change twice.
    assert len(office.bus.taken) == 2

    again = replace(first, settled_at=NOON + timedelta(minutes=1))
    other = sent(34, completed_at=None, settled_at=NOON + timedelta(minutes=1))
    assert office.announce([Change("3", None, again), Change("4", None, other)]) == frozenset()
    assert [event.fax for event in office.bus.taken[2:]] == [other.id]
    assert office.count["AnnouncedBefore"] == 1


def test_a_repeat_about_a_later_attempt_is_no_news_either_once_all_of_them_are_gone(office: Office) -> None:
    failed = replace(sent(), first_status=Status.FAILED)
    second = replace(sent(completed_at=None), id=outbound("33~2"))
    office.announce([Change("1", None, failed), Change("2", None, second)])
    office.bus.taken.clear()

    # The provider knows no attempts, and the ledger none any more.
    again = sent(completed_at=None, settled_at=NOON + timedelta(minutes=1))
    assert office.announce([Change("3", None, again)]) == frozenset()
    assert office.bus.taken == []


def test_what_is_said_of_such_a_repeat_afterwards_is_news(office: Office) -> None:
    first = sent(completed_at=None, settled_at=NOON - timedelta(days=1))
    again = replace(first, settled_at=NOON)
    office.announce([Change("1", None, first), Change("2", None, again)])
    office.bus.taken.clear()
    office.announce([Change("3", again, replace(again, conflict=CONFLICT))])
    assert [event.type for event in office.bus.taken] == [EventType.FAX_STATUS_CONFLICT]


def test_of_a_fax_with_a_time_nothing_is_remembered(office: Office) -> None:
    office.announce([Change("1", None, sent())])
    assert office.timeless.settled == {}


def test_what_one_source_said_without_a_time_is_no_news_after_the_retention_either(office: Office) -> None:
    # Settled with a time; then another source has said the same without one, and that comes again.
    office.announce([Change("1", None, sent()), Change("2", sent(), replace(sent(), is_timeless=True))])
    assert len(office.bus.taken) == 1

    again = sent(completed_at=None, settled_at=NOON + timedelta(minutes=1))
    assert office.announce([Change("3", None, again)]) == frozenset()
    assert len(office.bus.taken) == 1


def test_what_comes_again_with_a_time_is_news_by_its_time(office: Office) -> None:
    office.announce([Change("1", None, sent(completed_at=None))])
    late = replace(sent(), settled_at=NOON + timedelta(minutes=1), is_timeless=True)
    office.announce([Change("2", None, late)])
    assert len(office.bus.taken) == 2


def test_a_fax_without_a_time_comes_again_while_nobody_can_say_whether_it_is_news(office: Office) -> None:
    office.timeless.is_down = True
    changes = [Change("1", None, sent(1, completed_at=None)), Change("2", None, sent(2))]
    assert office.announce(changes) == {"1"}
    assert [event.fax for event in office.bus.taken] == [outbound(2)]


def test_a_conflict_over_an_old_fax_is_no_news_either() -> None:
    office = Office(tell_from=NOON + timedelta(seconds=1))

    office.announce([Change("1", sent(), replace(sent(), conflict=CONFLICT))])

    assert office.bus.taken == []


def test_what_the_bus_refuses_comes_again(office: Office) -> None:
    office.bus.refused = {events_between(None, sent(2))[0].id}

    failed = office.announce([Change(str(number), None, sent(number)) for number in (1, 2, 3)])

    assert failed == {"2"}
    assert office.count["Announced"] == 2
    assert [level for level, _, _ in office.log.lines].count("error") == 1


def test_a_change_comes_again_when_one_of_its_two_events_is_refused(office: Office) -> None:
    both = replace(sent(), conflict=CONFLICT)
    office.bus.refused = {events_between(None, both)[1].id}

    assert office.announce([Change("1", None, both)]) == {"1"}


def received(number: int, status: Status, minute: int) -> Fax:
    at = NOON - timedelta(minutes=60 - minute)
    given = {"TSI": "Clinic 7", "DestFaxNumber": "12125550191"}
    said = Sighting(Source.CALLBACK, "recv", at, given, status)
    return Fax(
        inbound(number),
        first_status=status,
        settled_at=at,
        settled_by=Source.CALLBACK,
        completed_at=at,
        sightings=(said,),
    )


BROKEN, WHOLE = received(1, Status.RECEIVED_PARTIAL, 0), received(2, Status.RECEIVED, 5)


@pytest.mark.parametrize("order", [(BROKEN, WHOLE), (WHOLE, BROKEN)])
def test_whichever_fax_of_a_case_is_told_of_last_names_the_case(
    office: Office, order: tuple[Fax, Fax]
) -> None:
    for fax in order:
        office.announce([Change(fax.id.job_id, None, fax)])

    assert [event.case for event in office.bus.taken] == [None, WHOLE.id]


def test_a_fax_that_is_no_news_is_entered_for_its_case_all_the_same() -> None:
    office = Office(tell_from=NOON - timedelta(minutes=56))
    office.announce([Change("1", None, BROKEN), Change("2", None, WHOLE)])

    assert [(event.fax, event.case) for event in office.bus.taken] == [(WHOLE.id, WHOLE.id)]


def test_what_could_not_be_entered_comes_again_and_holds_no_other(office: Office) -> None:
    office.transmissions.is_down = True
    assert office.announce([Change("1", None, BROKEN), Change("2", None, sent())]) == {"1"}
    assert [event.fax for event in office.bus.taken] == [outbound(33)]

    office.transmissions.is_down = False
    assert office.announce([Change("1", None, BROKEN)]) == frozenset()


def test_a_difference_in_cost_is_counted_once_and_announced_to_nobody(office: Office) -> None:
    differing = replace(sent(), costs_differ=True)

    assert office.announce([Change("1", sent(), differing), Change("2", differing, differing)]) == frozenset()
    assert office.count["CostDifference"] == 1
    assert office.bus.taken == []


def test_a_fax_that_was_not_sent_as_a_whole_is_counted_once(office: Office) -> None:
    incomplete = replace(sent(), is_incomplete=True)
    changes = [Change("1", None, incomplete), Change("2", incomplete, replace(incomplete, costs_differ=True))]
    assert office.announce(changes) == frozenset()
    assert office.count["SentIncomplete"] == 1


def test_a_difference_that_comes_again_after_a_failure_is_counted_then(office: Office) -> None:
    changes = [
        Change("1", sent(1), replace(sent(1), costs_differ=True)),
        Change("2", None, sent(2)),
        Change("3", sent(3), replace(sent(3), costs_differ=True)),
    ]
    (event,) = events_between(None, sent(2))
    office.bus.refused = {event.id}

    assert office.announce(changes) == {"2"}
    assert office.count["CostDifference"] == 1
    office.bus.refused.clear()
    office.announce(changes[1:])
    assert office.count["CostDifference"] == 2


def test_what_was_announced_before_a_fax_is_joined_goes_to_its_sender_and_not_to_the_bus_again(
    office: Office,
) -> None:
    settled = replace(sent(), conflict=CONFLICT)
    joined = replace(settled, submission="0123456789abcdef-1")
    assert office.announce([Change("1", settled, joined)]) == frozenset()
    assert office.bus.taken == []
    assert [event.id for event in office.senders.taken] == [
        event.id for event in events_between(None, settled)
    ]
    # A fax that is opened with its submission, and one that stays joined, have missed nothing.
    office.senders.taken.clear()
    office.announce([Change("2", None, joined), Change("3", joined, replace(joined, costs_differ=True))])
    assert office.senders.taken == []


def test_a_sender_is_not_told_of_what_is_no_news() -> None:
    office = Office(tell_from=NOON + timedelta(days=1))
    office.announce([Change("1", sent(), replace(sent(), submission="0123456789abcdef-1"))])
    assert office.senders.taken == []


def test_when_either_refuses_an_event_the_change_comes_again_that_it_belongs_to(office: Office) -> None:
    settled, joined = sent(), replace(sent(), submission="0123456789abcdef-1")
    changes = [Change("1", None, settled), Change("2", settled, joined)]
    (event,) = events_between(None, settled)
    office.senders.refused = {event.id}
    assert office.announce(changes) == {"2"}
    office.senders.refused, office.bus.refused = set(), {event.id}
    assert office.announce(changes) == {"1"}
