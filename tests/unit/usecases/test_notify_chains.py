"""How often a delivery comes back to the function by its own queue, while its receiver is slow and down.

Lambda stops what has come back so 16 times, and leaves the message to the dead letters.
"""

import heapq
from datetime import datetime, timedelta
from itertools import count
from random import Random

from faxledger.domain.deliveries import Channel, Delivery
from faxledger.errors import DeliveryFailed
from faxledger.usecases.notify import MOST_ATTEMPTS, AttemptDelivery, QueueDueDeliveries
from faxledger.usecases.ports.notifying import DueDelivery
from tests.fakes.clock import StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries, InMemoryDeliveryQueue, InMemoryRoutes, Receiver
from tests.fakes.events import delivery_of, sent_event
from tests.fakes.faxes import outbound
from tests.fakes.observe import Counts, LogLines

DELIVERIES, PROCESSES = 200, 2
LOOK_EVERY = timedelta(minutes=5)
MOST_BACK_BY_ITSELF = 16


class DeadReceiver(Receiver):
    """Lets everybody wait for as long as a webhook may, and answers nothing."""

    def __init__(self, clock: StoppedClock) -> None:
        super().__init__()
        self._clock = clock

    def deliver(self, delivery: Delivery) -> None:
        self._clock.advance(seconds=15)
        self.heard.append(delivery)
        raise DeliveryFailed("no answer in time")


class Days:
    """Processes that take one message after the other, and a look at the table every five minutes."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.deliveries = InMemoryDeliveries(self.clock)
        self.queue, self.dead_letters = InMemoryDeliveryQueue(), InMemoryDeliveryQueue()
        self.receiver = DeadReceiver(self.clock)
        self.longest_chain = 0
        self._log, self._count, chance = LogLines(), Counts(), Random(1)  # noqa: S311
        self._processes = [self._process(chance) for _ in range(PROCESSES)]
        self._look = QueueDueDeliveries(
            self.deliveries, self.queue, clock=self.clock, count=self._count, log=self._log
        )
        self._held: list[tuple[datetime, int, int, DueDelivery]] = []
        self._serials = count()

    def pass_until_nothing_is_due(self) -> None:
        look_at = self.clock.now()
        while self._held or any(self.deliveries.due(before=self.clock.now() + timedelta(days=2))):
            if self._held and self._held[0][0] <= max(look_at, self.clock.now()):
                when, serial, chain, due = heapq.heappop(self._held)
                self._wait_until(when)
                self.longest_chain = max(self.longest_chain, chain)
                self._processes[serial % PROCESSES](due)
                self._hold(chain + 1)
            else:
                self._wait_until(look_at)
                look_at = self.clock.now() + LOOK_EVERY
                self._look()
                self._hold(1)

    def _hold(self, chain: int) -> None:
        for due, delay in self.queue.sent:
            heapq.heappush(self._held, (self.clock.now() + delay, next(self._serials), chain, due))
        self.queue.sent.clear()

    def _wait_until(self, when: datetime) -> None:
        self.clock.advance(seconds=max(0.0, (when - self.clock.now()).total_seconds()))

    def _process(self, chance: Random) -> AttemptDelivery:
        return AttemptDelivery(
            {Channel.WEBHOOK: self.receiver},
            self.deliveries,
            self.queue,
            self.dead_letters,
            routes=InMemoryRoutes(),
            clock=self.clock,
            jitter=chance.random,
            count=self._count,
            log=self._log,
        )


def test_whoever_is_told_in_vain_loses_nothing_and_trips_no_stop() -> None:
    days = Days()
    for number in range(DELIVERIES):
        days.deliveries.plan(delivery_of(sent_event(outbound(number + 1)), next_at=days.clock.now()))
    days.pass_until_nothing_is_due()
    assert len(days.receiver.heard) == DELIVERIES * MOST_ATTEMPTS
    assert len(days.dead_letters.sent) == DELIVERIES
    assert days.longest_chain <= MOST_BACK_BY_ITSELF / 4
