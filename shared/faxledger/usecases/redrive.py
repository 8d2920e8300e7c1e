"""Have deliveries made after all that were given up: paced, counted, and none twice.

Each that is reopened is due at a moment of its own, and the schedule that looks for what is due does the
rest: whoever has just come back is not flooded with what it has missed. A delivery that was made is never
reopened, and of two requests, or of a request and a dead letter that was put back, one reopens it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from faxledger.domain.deliveries import Channel, Delivery, DeliveryKey, Route, RouteKey
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.notifying import Deliveries, DeliveryFilter, DeliveryListing, Routes
from faxledger.usecases.ports.world import Clock, Count, Log

# Between two deliveries to one target: 120 a minute. A run of the schedule sends for 2,000 at most.
PACE: Final = timedelta(milliseconds=500)
_AT_ONCE: Final = 200
# At this pace ten million take less. A cursor that says more is none of ours.
_LONGEST_AHEAD: Final = timedelta(days=60)


class Pace:
    """When the next delivery to each target may be due.

    `cursor` is that of a listing for the page behind it, with how far the pages before have come.
    """

    def __init__(self, now: datetime, cursor: str | None) -> None:
        """Raises `MalformedInput` for a cursor that is not one of ours."""
        self._begins, self.cursor = now, cursor
        self._next: dict[str, datetime] = {}
        if cursor is None:
            return
        moment, _, self.cursor = cursor.partition("~")
        try:
            begins = moment_of(moment)
        except ValueError:
            begins = None
        if begins is None or not self.cursor or begins > now + _LONGEST_AHEAD:
            raise MalformedInput("cursor", "is not one of ours: give the cursor of the answer before")
        self._begins = max(now, begins)

    def next(self, target_id: str) -> datetime:
        moment = self._next.get(target_id, self._begins)
        self._next[target_id] = moment + PACE
        return moment

    def before(self, cursor: str | None) -> str | None:
        """The cursor to go on with: one target's backlog is paced as a whole, in whatever pages it comes."""
        if cursor is None:
            return None
        return f"{timestamp(max(self._next.values(), default=self._begins))}~{cursor}"


@dataclass(frozen=True, slots=True)
class Redriven:
    """A delivery that was asked for, and what became of that.

    `at` is when there was something to tell, `due_at` when it is due again, None where it is not. It is not
    `is_wanted` where its target is disabled, or is no longer among its route's.
    """

    key: DeliveryKey
    channel: Channel
    at: datetime
    is_wanted: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class RedrivenPage:
    """Some of those that were asked for. Without a `cursor` this was the end, with one there may be more."""

    deliveries: tuple[Redriven, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class RedriveDeliveries:
    """Reopens deliveries that were given up, the latest first."""

    listing: DeliveryListing
    deliveries: Deliveries
    routes: Routes
    _: KW_ONLY
    clock: Clock
    count: Count
    log: Log

    def __call__(self, which: DeliveryFilter, *, cursor: str | None, is_dry_run: bool) -> RedrivenPage:
        """Some of those that match; nothing is written in a dry run.

        Raises `MalformedInput` for a strange cursor, `LedgerUnavailable`, possibly after some.
        """
        pace = Pace(self.clock.now(), cursor)
        page = self.listing.page(which, limit=_AT_ONCE, cursor=pace.cursor)
        route_of = cache(self.routes.find)
        redriven = []
        for delivery in page.deliveries:
            is_wanted = _is_wanted(delivery, route_of)
            due_at = self._reopened(delivery, pace) if is_wanted and not is_dry_run else None
            channel = delivery.target.channel
            redriven.append(Redriven(delivery.key, channel, delivery.planned_at, is_wanted, due_at))
        note(redriven, self.count, self.log)
        return RedrivenPage(tuple(redriven), pace.before(page.cursor))

    def _reopened(self, delivery: Delivery, pace: Pace) -> datetime | None:
        """When it is due now; None if somebody else was first, or it was made meanwhile."""
        at = pace.next(delivery.key.target_id)
        return at if self.deliveries.reopen(delivery.key, round_=delivery.round, next_at=at) else None


def note(redriven: Sequence[Redriven], count: Count, log: Log) -> None:
    """Say how many are due now, and to whom they go."""
    due = Counter(one.key.target_id for one in redriven if one.due_at is not None)
    if due:
        count("DeliveriesRedriven", due.total())
        log.info("deliveries redriven", extra={"targets": dict(due)})


def _is_wanted(delivery: Delivery, route_of: Callable[[RouteKey], Route | None]) -> bool:
    """Whether its target is to be told at all, by now."""
    if delivery.route is None:
        return True
    route = route_of(delivery.route)
    return route is not None and delivery.key.target_id in {target.id for target in route.active}
