"""Who is told, and how far that has come."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from faxledger.domain.deliveries import Delivery, DeliveryKey, DeliverySubject, Route, RouteKey
from faxledger.domain.report import DutyState


class Deliveries(Protocol):
    """Who is to be told what, and how far that has come. Every method raises `LedgerUnavailable`."""

    def plan(self, delivery: Delivery) -> bool:
        """Keep a delivery that is due; False if it is known already, which changes nothing."""

    def known(self, keys: Sequence[DeliveryKey]) -> frozenset[DeliveryKey]:
        """Those of them under which a delivery was planned, whatever has become of it."""

    def begin(self, key: DeliveryKey, *, now: datetime, until: datetime) -> Delivery | None:
        """Begin an attempt, counted, if one is due; until then nobody else may begin one."""

    def done(self, delivery: Delivery) -> None: ...

    def later(self, delivery: Delivery, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        """The attempt failed; somebody has to look at `look_at`. Nothing if another was begun since."""

    def give_up(self, delivery: Delivery, problem: str) -> None: ...

    def reopen(self, key: DeliveryKey, *, round_: int, next_at: datetime) -> bool:
        """Begin the round after one that was given up: its first attempt may begin at `next_at`.

        False, and nothing, if that was done before, or if the delivery was made after all.
        """

    def due(self, *, before: datetime) -> Iterator[DeliveryKey]:
        """The pending deliveries that should have been looked at by then."""

    def due_in_turn(self, *, before: datetime, most: int) -> Sequence[DeliveryKey]:
        """Up to so many of those, of each target in turn: the backlog of one keeps no other waiting."""

    def put_off(self, key: DeliveryKey, *, now: datetime, look_at: datetime) -> None:
        """Say that a delivery which may be attempted now is looked after until then.

        Nothing if an attempt is under way or was put off for later: whoever did that knows better.
        """

    def about(self, subject: DeliverySubject) -> Sequence[Delivery]: ...


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are meant: those in one state that were planned in [since, until); None means any.

    `state` is pending or given up: those that were made stand with their faxes alone.
    """

    state: DutyState
    target_id: str | None = None
    route: RouteKey | None = None
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, delivery: Delivery) -> bool:
        return (
            delivery.state is self.state
            and self.target_id in (None, delivery.key.target_id)
            and self.route in (None, delivery.route)
            and (self.since is None or self.since <= delivery.planned_at)
            and (self.until is None or delivery.planned_at < self.until)
        )


@dataclass(frozen=True, slots=True)
class ListedDeliveries:
    """Some of them. Without a `cursor` this was the end, with one there may be more."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class DeliveryListing(Protocol):
    def page(self, which: DeliveryFilter, *, limit: int, cursor: str | None) -> ListedDeliveries:
        """Those that were given up, the latest first, or pending ones, the last due first.

        At most `limit`; fewer, or none, with a cursor where looking further would take too long. Raises
        `MalformedInput` for a strange cursor, and `LedgerUnavailable`.
        """


class Routes(Protocol):
    """Who is told of whose faxes. Every method raises `LedgerUnavailable`."""

    def find(self, key: RouteKey) -> Route | None: ...

    def known(self, keys: Collection[RouteKey]) -> Collection[RouteKey]:
        """Those of them for which there is a route, also one without a target that may be told.

        Not one whose targets ask for closed days alone: of a fax it tells nobody.
        """

    def put(self, route: Route) -> None:
        """Keep the route in the place of the one before, with every target enabled."""

    def delete(self, key: RouteKey) -> None: ...

    def page(self, *, cursor: str | None) -> "ListedRoutes":
        """Some of the routes, in the order of their keys. Raises `MalformedInput` for a strange cursor."""

    def disable(self, key: RouteKey, target_id: str, *, now: datetime) -> bool:
        """Tell this target no more; False if it was disabled before, or is no more among the route's."""


@dataclass(frozen=True, slots=True)
class ListedRoutes:
    routes: tuple[Route, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that somebody is to make. `after_round` is the round that was given up before, if any."""

    key: DeliveryKey
    after_round: int | None = None


class DeliveryQueue(Protocol):
    def send(self, due: Sequence[DueDelivery], *, delay: timedelta = timedelta(0)) -> frozenset[DeliveryKey]:
        """Have them attempted, after `delay`, which is 15 minutes at most; returns what was not taken."""


class DeliveryChannel(Protocol):
    def deliver(self, delivery: Delivery) -> None:
        """One attempt; returns when it was taken. Raises `DeliveryFailed` and other `FaxledgerError`s."""
