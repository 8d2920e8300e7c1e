"""Whatever was handed over and is not heard of is announced once, and stays in sight until it is."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from faxledger.domain.events import EventType
from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.submission import HandedOver, Handover, Order, Recipient, SubmissionState, unnamed
from faxledger.usecases.overdue import AnnounceOverdue
from tests.fakes.bus import InMemoryBus
from tests.fakes.clock import StoppedClock
from tests.fakes.due import InMemoryDue
from tests.fakes.faxes import outbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import InMemoryOrders

ACCOUNTS = {Provider.SOFTLINX: "acme"}
ORDER_ID = "0123456789abcdef" * 2
SUBMISSION = f"{ORDER_ID}-1"


class Desk:
    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.orders = InMemoryOrders(self.clock)
        self.due = InMemoryDue(self.ledger, self.orders, self.clock)
        self.bus = InMemoryBus()
        self.count, self.log = Counts(), LogLines()

    @property
    def later(self) -> datetime:
        return self.clock.now() + timedelta(minutes=5)

    def announce_overdue(self) -> list[FaxId]:
        """The faxes that the bus was told of in this run."""
        self.bus.taken.clear()
        AnnounceOverdue(
            self.due, self.bus, accounts=ACCOUNTS, clock=self.clock, count=self.count, log=self.log
        )(self.later)
        assert {event.type for event in self.bus.taken} <= {EventType.FAX_OVERDUE}
        return [event.fax for event in self.bus.taken]

    def hand_over(self, fax: FaxId) -> None:
        self.ledger.open(HandedOver(fax, self.clock.now()))

    def accept(self) -> FaxId:
        """What a submission that is accepted now is called until it has a name."""
        self.orders.accept(
            Order(ORDER_ID, Provider.SOFTLINX, (SUBMISSION,), (Recipient("1"),), self.clock.now(), "f")
        )
        return unnamed(self.orders.submissions[SUBMISSION], ACCOUNTS)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_fax_nobody_has_told_of_is_announced_as_overdue_once(desk: Desk) -> None:
    desk.hand_over(outbound(1))
    desk.clock.advance(hours=23)
    assert desk.announce_overdue() == []
    desk.clock.advance(hours=1, minutes=1)
    assert desk.announce_overdue() == [outbound(1)]
    for _ in range(30):
        desk.clock.advance(hours=12)
        assert desk.announce_overdue() == []
    assert desk.count["Overdue"] == 1
    # It stays among what is not finished, and is looked at again within a week.
    assert timedelta(0) < desk.ledger.due_at[outbound(1)] - desk.clock.now() <= timedelta(days=7)


def test_a_submission_nobody_has_told_of_is_announced_as_overdue_once(desk: Desk) -> None:
    name = desk.accept()
    desk.orders.record(SUBMISSION, Handover(SubmissionState.UNKNOWN))
    desk.clock.advance(hours=25)
    assert desk.announce_overdue() == [name]
    for _ in range(30):
        desk.clock.advance(hours=12)
        assert desk.announce_overdue() == []
    assert desk.count["Overdue"] == 1
    assert desk.orders.submissions[SUBMISSION].announced_at is not None


@pytest.mark.parametrize(
    "handover",
    [Handover(SubmissionState.REFUSED), Handover(SubmissionState.HANDED_OVER, outbound(1))],
    ids=["refused", "named"],
)
def test_a_submission_that_was_heard_of_is_not_overdue(desk: Desk, handover: Handover) -> None:
    desk.accept()
    desk.orders.record(SUBMISSION, handover)
    desk.clock.advance(hours=25)
    assert desk.announce_overdue() == []


def test_of_many_none_is_left_out_and_none_told_twice(desk: Desk) -> None:
    told = []
    for number in range(250):
        desk.hand_over(outbound(number))
        desk.clock.advance(minutes=7)
        told += desk.announce_overdue()
    desk.clock.advance(hours=30)
    told += desk.announce_overdue()
    assert sorted(told) == sorted(outbound(number) for number in range(250))


def test_a_run_that_is_cut_short_has_told_of_the_earliest_and_the_next_one_of_the_rest(desk: Desk) -> None:
    for number in range(450):
        desk.hand_over(outbound(number))
        desk.clock.advance(minutes=1)
    desk.clock.advance(hours=24)

    class Slow(InMemoryBus):
        def publish(self, events: Any) -> frozenset[str]:
            desk.clock.advance(minutes=3)
            return super().publish(events)

    desk.bus = Slow()
    told = [desk.announce_overdue() for _ in range(3)]
    assert [len(run) for run in told] == [200, 200, 50]
    assert [fax for run in told for fax in run] == [outbound(number) for number in range(450)]


def test_what_has_ended_and_what_we_did_not_hand_over_is_not_overdue(desk: Desk) -> None:
    desk.hand_over(outbound(1))
    desk.ledger.settle(report(outbound(1)))
    desk.ledger.note(report(outbound(2), None))
    desk.clock.advance(hours=30)
    assert desk.announce_overdue() == []


def test_what_is_handed_over_late_is_overdue_all_the_same(desk: Desk) -> None:
    handed_over_at = desk.clock.now()
    desk.clock.advance(days=3)
    desk.ledger.open(HandedOver(outbound(1), handed_over_at))
    desk.clock.advance(hours=1)
    assert desk.announce_overdue() == [outbound(1)]


def test_a_hint_that_the_provider_never_confirmed_is_counted_once(desk: Desk) -> None:
    desk.ledger.note(report(outbound(1)))
    desk.ledger.note(report(outbound(2), None))
    for _ in range(300):
        desk.clock.advance(hours=1)
        assert desk.announce_overdue() == []
    assert desk.count["Unconfirmed"] == 1


def test_what_the_bus_did_not_take_is_told_again_under_the_same_id(desk: Desk) -> None:
    desk.hand_over(outbound(1))
    desk.clock.advance(hours=25)
    refused: list[str] = []

    class Refusing(InMemoryBus):
        def publish(self, events: Any) -> frozenset[str]:
            refused.extend(event.id for event in events)
            return frozenset(refused)

    desk.bus, bus = Refusing(), desk.bus
    assert desk.announce_overdue() == []
    desk.bus = bus
    desk.clock.advance(hours=1)
    assert desk.announce_overdue() == [outbound(1)]
    assert [event.id for event in desk.bus.taken] == refused
