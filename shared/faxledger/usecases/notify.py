"""Tell whoever wants to know what became of a fax or a day: planned once, tried until taken or given up.

The table remembers every delivery and counts its attempts; queue messages only say which is due, and may come
twice, late or never. Waits that a queue can't hold, and messages that were lost, are found by a look at the
table every few minutes.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from faxledger.domain.deliveries import Channel, Delivery, DeliveryKey, RouteKey, Target
from faxledger.domain.events import EventType, FaxEvent, detail_of
from faxledger.domain.fax import FaxId
from faxledger.domain.report import Fax
from faxledger.domain.timestamps import timestamp
from faxledger.errors import DeliveryFailed, FaxledgerError, LedgerUnavailable, TargetGone
from faxledger.usecases.ports.ledger import FaxLedger
from faxledger.usecases.ports.notifying import Deliveries, DeliveryChannel, DeliveryQueue, DueDelivery, Routes
from faxledger.usecases.ports.sending import Orders, Submissions
from faxledger.usecases.ports.world import Clock, Count, Log
from faxledger.usecases.targets import own_targets, route_of, with_its_order

# The pauses before each further attempt. docs/notifications.md says the same to whoever writes a receiver.
RETRY_SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
MOST_ATTEMPTS: Final = len(RETRY_SCHEDULE) + 1
# Waits grow by up to this share, so that what failed together does not come back together.
_JITTER: Final = 0.2
# A receiver may ask for more patience than we have for all attempts together; it gets this much.
_LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
# A queue holds a message back for 15 minutes at most (SQS' developer guide).
_LONGEST_IN_QUEUE: Final = timedelta(minutes=15)
# An attempt takes 15 s; a process that has not said by now how it went does not say it any more.
_ATTEMPT_ENDS_WITHIN: Final = timedelta(minutes=2)
# A delivery that the queue was given is overdue when it is so late.
_QUEUE_IS_LATE_AFTER: Final = timedelta(minutes=10)
# Who takes so long to fail holds up others: a process gives such a target a quarter of its time at most.
_SLOW: Final = timedelta(seconds=5)
_REST: Final = 3
# More would take longer to send for than a run has; the next run takes the rest.
_MOST_SENT_FOR: Final = 2_000


class FirstAttempts(Protocol):
    """Makes attempts that were begun when their deliveries were planned."""

    def is_resting(self, target_id: str) -> bool:
        """Whether nothing is attempted here for now, because that target is slow to fail."""

    def first(self, delivery: Delivery) -> None:
        """Raises `LedgerUnavailable`."""


@dataclass(frozen=True, slots=True)
class PlanDeliveries:
    """Writes down who is to be told of an event; one delivery is attempted at once, the others are sent for.

    That one is planned as begun, which saves a write, a message and a run for each event that has one target,
    as most have. Where the process dies before its end, it is found as any attempt is that never came to one.
    """

    deliveries: Deliveries
    queue: DeliveryQueue
    attempts: FirstAttempts
    _: KW_ONLY
    ledger: FaxLedger
    orders: Orders
    submissions: Submissions
    routes: Routes
    clock: Clock
    count: Count
    log: Log

    def __call__(self, event: FaxEvent) -> None:
        """Whoever is known to be told of the event is not planned again. Raises `LedgerUnavailable`."""
        fax = with_its_order(event.fax, self.ledger.find(event.fax), self.orders)
        if fax is None:
            self.log.warning("nobody is told of a fax that is gone", extra={"fax_id": str(event.fax)})
            return
        own = [(None, target) for target in own_targets(fax, self.orders)]
        told = self._to_the_sender(event, fax) if own else event
        first: Delivery | None = None
        for route, target in own or self._by_route(fax):
            if not target.wants(event.type):
                continue
            key, now = DeliveryKey(event.fax, event.id, target.id), self.clock.now()
            delivery = Delivery(key, target, event.type, body_of(told), now, now, route)
            is_first = first is None and not self.attempts.is_resting(target.id)
            if is_first:
                delivery = replace(delivery, attempts=1, next_at=now + _ATTEMPT_ENDS_WITHIN)
            if not self.deliveries.plan(delivery):
                continue
            if is_first:
                first = delivery
            else:
                # What the queue does not take is found in the table.
                self.queue.send([DueDelivery(key)])
        if first is not None:
            # Last, so that a slow receiver keeps no other waiting.
            self.attempts.first(first)

    def _by_route(self, fax: Fax) -> Sequence[tuple[RouteKey | None, Target]]:
        route = route_of(fax, self.routes.find)
        if route is None:
            return []
        if not route.active:
            self.log.warning(
                "the route has no target left",
                extra={"fax_id": str(fax.id), "submission_id": fax.submission},
            )
            self.count("NobodyToTell", provider=fax.id.provider)
        return [(route.key, target) for target in route.active]

    def _to_the_sender(self, event: FaxEvent, fax: Fax) -> FaxEvent:
        """The event with the sender's own id of the fax, and whether that this is it was only guessed."""
        known = None if fax.submission is None else self.submissions.submission(fax.submission)
        return replace(event, submission=fax.submission, joined_by=known.joined_by if known else None)


def body_of(event: FaxEvent) -> str:
    """What a webhook is sent of a fax: ids and statuses."""
    return webhook_body(event.type, event.at, detail_of(event))


def webhook_body(event: EventType, at: datetime, detail: Mapping[str, Any]) -> str:
    """After the Standard Webhooks specification."""
    document = {"type": event.dotted, "timestamp": timestamp(at), "data": detail}
    return json.dumps(document, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class AttemptDelivery:
    """Makes one delivery's next attempt, if it is due; implements `FirstAttempts` as well.

    The attempt is counted in the table before it is made, so that no crash makes one that nobody knows of.
    `jitter` gives numbers from 0 to 1.
    """

    channels: Mapping[Channel, DeliveryChannel]
    deliveries: Deliveries
    queue: DeliveryQueue
    dead_letters: DeliveryQueue
    _: KW_ONLY
    routes: Routes
    clock: Clock
    jitter: Callable[[], float]
    count: Count
    log: Log
    _resting: dict[str, datetime] = field(default_factory=dict, init=False)

    def __call__(self, due: DueDelivery) -> None:
        """Raises `LedgerUnavailable`."""
        key, now = due.key, self.clock.now()
        if due.after_round is not None:
            self.deliveries.reopen(key, round_=due.after_round, next_at=now)
        if self.is_resting(key.target_id):
            self._put_off(key, self._resting[key.target_id] - now)
            return
        delivery = self.deliveries.begin(key, now=now, until=now + _ATTEMPT_ENDS_WITHIN)
        if delivery is None:
            # Told, given up, waiting for its time, or in another's hands.
            return
        if delivery.attempts > MOST_ATTEMPTS:
            self._give_up(delivery, "the last attempt never came to its end")
        elif self._is_disabled(delivery):
            self._give_up(delivery, "the target has asked not to be told any more")
        else:
            self._attempt(delivery)

    def is_resting(self, target_id: str) -> bool:
        now = self.clock.now()
        return self._resting.get(target_id, now) > now

    def first(self, delivery: Delivery) -> None:
        self._attempt(delivery)

    def _attempt(self, delivery: Delivery) -> None:
        began = self.clock.now()
        try:
            self.channels[delivery.target.channel].deliver(delivery)
        except LedgerUnavailable:
            raise
        except TargetGone as error:
            self._disable(delivery)
            self._failed(delivery, error)
            self._give_up(delivery, str(error))
        except FaxledgerError as error:
            self._rest(delivery.key.target_id, self.clock.now() - began)
            self._failed(delivery, error)
            self._later(delivery, error)
        else:
            self.deliveries.done(delivery)
            self.count("Delivered", channel=delivery.target.channel)
            self.log.info("delivered", extra=_about(delivery))

    def _failed(self, delivery: Delivery, error: FaxledgerError) -> None:
        self.count("DeliveryFailed", channel=delivery.target.channel)
        self.log.warning(
            "delivery failed",
            extra={**_about(delivery), "error": type(error).__name__, "reason": str(error)},
        )

    def _later(self, delivery: Delivery, error: FaxledgerError) -> None:
        if delivery.attempts >= MOST_ATTEMPTS:
            self._give_up(delivery, str(error))
            return
        wait = RETRY_SCHEDULE[delivery.attempts - 1] * (1 + _JITTER * self.jitter())
        if isinstance(error, DeliveryFailed):
            asked = min(timedelta(seconds=error.retry_after_seconds), _LONGEST_RETRY_AFTER)
            wait = max(wait, asked)
        next_at = self.clock.now() + wait
        fits = wait + timedelta(seconds=2) <= _LONGEST_IN_QUEUE
        look_at = next_at + _QUEUE_IS_LATE_AFTER if fits else next_at
        self.deliveries.later(delivery, str(error), next_at=next_at, look_at=look_at)
        if fits:
            # A second more than the wait, because the queue counts by another clock.
            held_back = timedelta(seconds=math.ceil(wait.total_seconds()) + 1)
            self.queue.send([DueDelivery(delivery.key)], delay=held_back)

    def _give_up(self, delivery: Delivery, problem: str) -> None:
        # The letter first: a crash in between leaves two of it, and not a delivery that nobody finds.
        due = DueDelivery(delivery.key, after_round=delivery.round)
        if self.dead_letters.send([due]):
            raise LedgerUnavailable("the dead-letter queue did not take what was given up")
        self.deliveries.give_up(delivery, problem)
        self.count("DeliveryGivenUp", channel=delivery.target.channel)
        self.log.error("delivery given up", extra={**_about(delivery), "reason": problem})

    def _disable(self, delivery: Delivery) -> None:
        if delivery.route is None:
            return
        if self.routes.disable(delivery.route, delivery.key.target_id, now=self.clock.now()):
            self.count("RouteDisabled", channel=delivery.target.channel)
            self.log.error("target of a route disabled", extra=_about(delivery))

    def _is_disabled(self, delivery: Delivery) -> bool:
        # Planned before it was; a first attempt is made seconds after.
        if delivery.route is None or delivery.attempts == 1:
            return False
        route = self.routes.find(delivery.route)
        return route is not None and delivery.key.target_id in route.disabled

    def _rest(self, target_id: str, took: timedelta) -> None:
        if took >= _SLOW:
            self._resting[target_id] = self.clock.now() + took * _REST

    def _put_off(self, key: DeliveryKey, rest: timedelta) -> None:
        """Not an attempt: nobody was asked.

        It waits in the table, however short the rest: Lambda stops what has come back to a function by its
        own queue 16 times, and this may come back more often.
        """
        wait = rest + timedelta(minutes=5) * self.jitter()
        now = self.clock.now()
        self.deliveries.put_off(key, now=now, look_at=now + wait)


@dataclass(frozen=True, slots=True)
class QueueDueDeliveries:
    """Looks into the table for deliveries whose time has come, and sends for them."""

    deliveries: Deliveries
    queue: DeliveryQueue
    _: KW_ONLY
    clock: Clock
    count: Count
    log: Log

    def __call__(self) -> None:
        """Raises `LedgerUnavailable`."""
        now = self.clock.now()
        due = self.deliveries.due_in_turn(before=now, most=_MOST_SENT_FOR)
        refused = self.queue.send([DueDelivery(key) for key in due])
        for key in due:
            if key in refused:
                self.log.error("the queue did not take a delivery", extra=_about_key(key))
            else:
                # Unless it was attempted meanwhile: then it waits for as long as its attempt has said.
                self.deliveries.put_off(key, now=now, look_at=now + _QUEUE_IS_LATE_AFTER)
        if due:
            self.count("DeliveriesDue", len(due))


def _about(delivery: Delivery) -> Mapping[str, object]:
    return {
        **_about_key(delivery.key),
        "channel": delivery.target.channel,
        "attempt": delivery.attempts,
    }


def _about_key(key: DeliveryKey) -> Mapping[str, object]:
    is_of_fax = isinstance(key.subject, FaxId)
    return {
        "fax_id": str(key.subject) if is_of_fax else None,
        "record": None if is_of_fax else str(key.subject),
        "event_id": key.event_id,
        "target_id": key.target_id,
    }
