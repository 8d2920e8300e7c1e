"""One due_delivery at a time: what is asked of whom, and how long is waited."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from faxledger.domain.deliveries import DEFAULT_ROUTE, Channel, Delivery, DeliveryKey, Route
from faxledger.domain.report import DutyState
from faxledger.errors import (
    AddressRefused,
    DeliveryFailed,
    FaxledgerError,
    LedgerUnavailable,
    SecretUnavailable,
    TargetGone,
)
from faxledger.usecases.notify import MOST_ATTEMPTS, RETRY_SCHEDULE, AttemptDelivery, QueueDueDeliveries
from faxledger.usecases.ports.notifying import DueDelivery
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries, InMemoryDeliveryQueue, InMemoryRoutes, Receiver
from tests.fakes.events import HOOK, OTHER_HOOK, delivery_of, sent_event
from tests.fakes.faxes import outbound
from tests.fakes.observe import Counts, LogLines


class Office:
    """One delivery is planned; `jitter` is what chance gives."""

    def __init__(self, *planned: Exception | None, jitter: float = 0.0, takes: float = 0.0) -> None:
        self.clock = StoppedClock()
        self.deliveries = InMemoryDeliveries(self.clock)
        self.routes = InMemoryRoutes()
        self.queue, self.dead_letters = InMemoryDeliveryQueue(), InMemoryDeliveryQueue()
        self.receiver = SlowReceiver(self.clock, takes, *planned)
        self.count, self.log = Counts(), LogLines()
        self.delivery = delivery_of(next_at=self.clock.now())
        self.deliveries.plan(self.delivery)
        self.run = AttemptDelivery(
            {Channel.WEBHOOK: self.receiver},
            self.deliveries,
            self.queue,
            self.dead_letters,
            routes=self.routes,
            clock=self.clock,
            jitter=lambda: jitter,
            count=self.count,
            log=self.log,
        )

    def due_delivery(self) -> None:
        self.run(DueDelivery(self.delivery.key))

    @property
    def kept(self) -> Delivery:
        (delivery,) = self.deliveries.about(outbound())
        return delivery


class SlowReceiver(Receiver):
    def __init__(self, clock: StoppedClock, takes: float, *planned: Exception | None) -> None:
        super().__init__(*planned)
        self._clock = clock
        self._takes = takes

    def deliver(self, delivery: Delivery) -> None:
        self._clock.advance(seconds=self._takes)
        super().deliver(delivery)


def test_what_is_taken_is_done_and_never_told_again() -> None:
    office = Office()
    office.due_delivery()
    office.clock.advance(hours=100)
    office.due_delivery()
    assert len(office.receiver.heard) == 1
    assert office.kept.state is DutyState.DONE
    assert office.count["Delivered"] == 1


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_the_waits_grow_and_chance_adds_a_fifth_at_most(jitter: float) -> None:
    office = Office(*[DeliveryFailed("answered 500")] * MOST_ATTEMPTS, jitter=jitter)
    for wait in RETRY_SCHEDULE:
        office.due_delivery()
        assert office.kept.next_at - office.clock.now() == wait * (1 + 0.2 * jitter)
        office.clock.advance(seconds=(office.kept.next_at - office.clock.now()).total_seconds())
    office.due_delivery()
    assert office.kept.state is DutyState.GIVEN_UP
    assert office.dead_letters.sent == [(DueDelivery(office.delivery.key, after_round=1), timedelta(0))]


def test_only_waits_of_15_minutes_at_most_are_in_the_queue() -> None:
    office = Office(*[DeliveryFailed("answered 500")] * MOST_ATTEMPTS)
    for _ in RETRY_SCHEDULE:
        office.due_delivery()
        office.clock.advance(hours=12)
    delays = [delay for _, delay in office.queue.sent]
    assert delays == [timedelta(seconds=6), timedelta(seconds=301)]


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(0, 5), (4, 5), (60, 60), (897, 897), (3600, 3600), (86_400, 86_400), (10**9, 86_400)],
)
def test_a_receiver_gets_the_patience_it_asks_for_up_to_a_day(asked: float, waited: float) -> None:
    office = Office(DeliveryFailed("answered 429", retry_after_seconds=asked))
    office.due_delivery()
    assert (office.kept.next_at - office.clock.now()).total_seconds() == waited
    assert bool(office.queue.sent) == (waited < 900)


@pytest.mark.parametrize("error", [AddressRefused("x"), SecretUnavailable("x"), DeliveryFailed("x")])
def test_whatever_goes_wrong_outside_is_tried_again(error: FaxledgerError) -> None:
    office = Office(error)
    office.due_delivery()
    assert (office.kept.state, office.kept.problem) == (DutyState.PENDING, "x")


def test_when_the_table_is_lost_the_message_comes_again() -> None:
    office = Office(LedgerUnavailable("the table did not answer"))
    with pytest.raises(LedgerUnavailable):
        office.due_delivery()


def test_who_is_gone_is_given_up_and_disabled_in_its_route() -> None:
    office = Office(TargetGone("answered 410"))
    office.routes.put(Route(DEFAULT_ROUTE, (HOOK, OTHER_HOOK)))
    office.due_delivery()
    assert office.kept.state is DutyState.GIVEN_UP
    route = office.routes.find(DEFAULT_ROUTE)
    assert route is not None
    assert route.active == (OTHER_HOOK,)
    assert (office.count["RouteDisabled"], office.count["DeliveryGivenUp"]) == (1, 1)


def test_attempts_that_never_end_are_counted_and_end_in_the_dead_letters() -> None:
    office = Office()
    for _ in range(MOST_ATTEMPTS):
        now = office.clock.now()
        office.deliveries.begin(office.delivery.key, now=now, until=now + timedelta(minutes=2))
        office.clock.advance(minutes=2)
    office.due_delivery()
    assert office.receiver.heard == []
    assert office.kept.state is DutyState.GIVEN_UP


def test_a_receiver_that_was_slow_to_fail_rests_three_times_as_long_and_is_not_charged_for_it() -> None:
    office = Office(DeliveryFailed("no answer in time"), takes=15)
    office.due_delivery()
    office.queue.sent.clear()
    other = delivery_of(sent_event(outbound(34)), next_at=office.clock.now())
    office.deliveries.plan(other)
    office.run(DueDelivery(other.key))
    assert len(office.receiver.heard) == 1
    assert office.queue.sent == []
    assert list(office.deliveries.due(before=office.clock.now() + timedelta(seconds=44))) == []
    assert other.key in set(office.deliveries.due(before=office.clock.now() + timedelta(seconds=45)))
    (waiting,) = office.deliveries.about(outbound(34))
    assert waiting.attempts == 0
    office.clock.advance(seconds=45)
    office.run(DueDelivery(other.key))
    assert len(office.receiver.heard) == 2


def test_a_delivery_comes_back_by_the_function_s_own_queue_a_few_times_at_most() -> None:
    """Lambda stops what a function has sent itself 16 times over; a look at the table begins anew."""
    office = Office(*[DeliveryFailed("no answer in time")] * MOST_ATTEMPTS, takes=15)
    by_itself = most_by_itself = 0
    while office.kept.state is DutyState.PENDING:
        office.queue.sent.clear()
        office.due_delivery()
        by_itself = by_itself + 1 if office.queue.sent else 0
        most_by_itself = max(most_by_itself, by_itself)
        office.clock.advance(seconds=30)
    assert len(office.receiver.heard) == MOST_ATTEMPTS
    assert most_by_itself <= 2


def test_others_are_told_while_one_rests() -> None:
    office = Office(DeliveryFailed("no answer in time"), takes=15)
    office.due_delivery()
    other = delivery_of(target=OTHER_HOOK, next_at=office.clock.now())
    office.deliveries.plan(other)
    office.run(DueDelivery(other.key))
    assert [delivery.target for delivery in office.receiver.heard] == [HOOK, OTHER_HOOK]


def test_a_receiver_that_fails_quickly_needs_no_rest() -> None:
    office = Office(DeliveryFailed("the connection failed"), takes=4.9)
    office.due_delivery()
    office.clock.advance(seconds=5)
    office.due_delivery()
    assert len(office.receiver.heard) == 2


def test_what_is_due_is_sent_for_once_in_ten_minutes() -> None:
    office = Office()
    look = QueueDueDeliveries(
        office.deliveries, office.queue, clock=office.clock, count=office.count, log=office.log
    )
    look()
    look()
    assert office.queue.sent == [(DueDelivery(office.delivery.key), timedelta(0))]
    office.clock.advance(minutes=10)
    look()
    assert len(office.queue.sent) == 2


def test_a_dead_receiver_s_20_000_deliveries_keep_no_other_waiting() -> None:
    office = Office()
    backlog = [delivery_of(sent_event(outbound(n)), next_at=NOON) for n in range(1, 20_001)]
    other = delivery_of(sent_event(outbound(7)), OTHER_HOOK, next_at=NOON + timedelta(minutes=5))
    for delivery in (*backlog, other):
        office.deliveries.plan(delivery)
    look = QueueDueDeliveries(
        office.deliveries, office.queue, clock=office.clock, count=office.count, log=office.log
    )
    office.clock.advance(minutes=5)
    look()
    assert other.key in {due.key for due, _ in office.queue.sent}
    # And what room it leaves is the backlog's.
    assert len(office.queue.sent) == office.count["DeliveriesDue"] == 2_000


def test_a_look_leaves_alone_what_an_attempt_that_was_quicker_has_put_off() -> None:
    office = Office(*[DeliveryFailed("answered 500")] * MOST_ATTEMPTS)

    class QuickQueue(InMemoryDeliveryQueue):
        """Has everything attempted before the look can write that it was sent for."""

        def send(
            self, due_deliveries: Sequence[DueDelivery], *, delay: timedelta = timedelta(0)
        ) -> frozenset[DeliveryKey]:
            for due_delivery in due_deliveries:
                office.run(due_delivery)
            return super().send(due_deliveries, delay=delay)

    queue = QuickQueue()
    look = QueueDueDeliveries(
        office.deliveries, queue, clock=office.clock, count=office.count, log=office.log
    )
    while office.kept.state is DutyState.PENDING:
        look()
        office.clock.advance(minutes=5)
    assert len(queue.sent) == len(office.receiver.heard) == MOST_ATTEMPTS


def test_what_the_queue_does_not_take_is_sent_for_at_the_next_look() -> None:
    office = Office()
    look = QueueDueDeliveries(
        office.deliveries, office.queue, clock=office.clock, count=office.count, log=office.log
    )
    office.queue.is_closed = True
    look()
    office.queue.is_closed = False
    look()
    assert len(office.queue.sent) == 1
