"""Whatever was handed over and is not heard of is announced once, and stays in sight until it is."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from faxledger.domain.events import EventType
from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.submission import (
    HandedOver,
    Handover,
    KeptOrder,
    Order,
    Recipient,
    SubmissionState,
    unnamed,
)
from faxledger.errors import ItemUnreadable
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
REFUSED = Handover(SubmissionState.REFUSED)


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
            self.due,
            self.orders,
            self.bus,
            accounts=ACCOUNTS,
            clock=self.clock,
            count=self.count,
            log=self.log,
        )(self.later)
        assert {event.type for event in self.bus.taken} <= {EventType.FAX_OVERDUE}
        return [event.fax for event in self.bus.taken]

    def hand_over(self, fax: FaxId) -> None:
        self.ledger.open(HandedOver(fax, self.clock.now()))

    def accept(self, provider: Provider = Provider.SOFTLINX) -> FaxId:
        """What a submission that is accepted now is called until it has a name."""
        self.orders.accept(Order(ORDER_ID, provider, (SUBMISSION,), (Recipient("1"),), self.clock.now(), "f"))
        return unnamed(self.orders.submissions[SUBMISSION], ACCOUNTS)

    def begin(self) -> None:
        """Somebody begins to send it, who is at it for six minutes at most."""
        assert self.orders.begin(ORDER_ID, until=self.clock.now() + timedelta(minutes=6))

    def state(self) -> SubmissionState:
        return self.orders.submissions[SUBMISSION].state


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


# --- left in doubt -------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize(
    "answer",
    [
        None,
        REFUSED,
        Handover(SubmissionState.HANDED_OVER),
        Handover(SubmissionState.HANDED_OVER, outbound(1)),
    ],
)
def test_a_submission_whose_order_was_left_without_a_word_is_unknown(
    desk: Desk, provider: Provider, answer: Handover | None
) -> None:
    name = desk.accept(provider)
    desk.begin()
    if answer is not None:
        desk.orders.answered(ORDER_ID, (answer,))
    desk.clock.advance(hours=25)
    assert desk.announce_overdue() == [name]
    assert desk.state() is SubmissionState.UNKNOWN
    assert desk.orders.submissions[SUBMISSION].state_at == desk.clock.now()
    desk.clock.advance(days=8)
    assert desk.announce_overdue() == []
    assert (desk.count["SubmissionUnknown"], desk.count["Overdue"]) == (1, 1)


def test_a_submission_whose_order_was_given_up_without_a_word_of_that_is_given_up(desk: Desk) -> None:
    name = desk.accept()
    desk.orders.give_up(desk.orders.kept[ORDER_ID].order)
    # Whoever gave it up died between the two writes.
    desk.orders.submissions[SUBMISSION] = replace(
        desk.orders.submissions[SUBMISSION], state=SubmissionState.ACCEPTED
    )
    desk.clock.advance(hours=25)
    said_at = desk.clock.now()
    assert desk.announce_overdue() == [name]
    desk.clock.advance(days=8)
    desk.announce_overdue()
    assert (desk.state(), desk.orders.submissions[SUBMISSION].state_at) == (
        SubmissionState.GIVEN_UP,
        said_at,
    )
    # Nobody doubts it: its provider was never asked.
    assert (desk.count["SubmissionUnknown"], desk.count["Overdue"]) == (0, 1)


def test_one_that_was_given_up_before_a_person_had_it_tried_again_is_unknown_too(desk: Desk) -> None:
    desk.accept()
    desk.orders.give_up(desk.orders.kept[ORDER_ID].order)
    desk.begin()
    desk.clock.advance(hours=25)
    desk.announce_overdue()
    assert desk.state() is SubmissionState.UNKNOWN


def test_a_submission_is_not_in_doubt_while_nobody_was_asked_or_somebody_is_at_it(desk: Desk) -> None:
    desk.accept()
    desk.clock.advance(hours=25)
    desk.announce_overdue()
    assert desk.state() is SubmissionState.ACCEPTED
    desk.clock.advance(hours=25)
    desk.begin()
    desk.announce_overdue()
    assert desk.state() is SubmissionState.ACCEPTED
    # It is left then; and what was still to be handed over is looked at again within a day.
    desk.clock.advance(hours=25)
    desk.announce_overdue()
    assert desk.state() is SubmissionState.UNKNOWN


@pytest.mark.parametrize("handover", [REFUSED, Handover(SubmissionState.HANDED_OVER)])
def test_what_is_said_of_a_submission_while_it_is_found_in_doubt_stands(
    desk: Desk, handover: Handover
) -> None:
    desk.accept()
    desk.begin()
    desk.clock.advance(hours=25)

    class Racing(InMemoryOrders):
        def find(self, order_id: str) -> KeptOrder | None:
            found = super().find(order_id)
            self.answered(order_id, (handover,))
            self.record(SUBMISSION, handover)
            return found

    racing = Racing(desk.clock)
    racing.kept, racing.submissions = desk.orders.kept, desk.orders.submissions
    desk.orders = racing
    desk.announce_overdue()
    assert desk.state() is handover.state


def test_what_is_looked_for_later_and_found_is_not_unknown_any_more(desk: Desk) -> None:
    desk.accept()
    desk.begin()
    desk.clock.advance(hours=25)
    desk.announce_overdue()
    desk.orders.record(SUBMISSION, Handover(SubmissionState.HANDED_OVER, outbound(1)))
    assert desk.orders.submissions[SUBMISSION].fax == outbound(1)


def test_an_order_that_cant_be_read_holds_up_no_other_fax(desk: Desk) -> None:
    name = desk.accept()
    desk.clock.advance(minutes=1)
    desk.hand_over(outbound(1))
    desk.clock.advance(hours=25)

    class Odd(InMemoryOrders):
        def find(self, order_id: str) -> KeptOrder | None:
            raise ItemUnreadable(f"ORDER#{order_id}", "KeyError")

    odd = Odd(desk.clock)
    odd.submissions = desk.orders.submissions
    desk.orders = odd
    assert desk.announce_overdue() == [name, outbound(1)]
    assert desk.announce_overdue() == []
    assert desk.state() is SubmissionState.ACCEPTED
