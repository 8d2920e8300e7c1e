"""Deliveries, routes, queues and receivers in memory."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from faxledger.domain.deliveries import Delivery, DeliveryKey, DeliverySubject, Route, RouteKey, in_turn
from faxledger.domain.events import EventType
from faxledger.domain.report import DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.usecases.ports.notifying import DeliveryFilter, DueDelivery, ListedDeliveries, ListedRoutes
from faxledger.usecases.ports.world import Clock


@dataclass
class _Kept:
    delivery: Delivery
    look_at: datetime


class InMemoryDeliveries:
    """Implements `Deliveries` and `DeliveryListing`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[DeliveryKey, _Kept] = {}

    def plan(self, delivery: Delivery) -> bool:
        if delivery.key in self._kept:
            return False
        self._kept[delivery.key] = _Kept(delivery, delivery.next_at)
        return True

    def known(self, keys: Sequence[DeliveryKey]) -> frozenset[DeliveryKey]:
        return frozenset(self._kept.keys() & set(keys))

    def begin(self, key: DeliveryKey, *, now: datetime, until: datetime) -> Delivery | None:
        kept = self._kept.get(key)
        if kept is None or kept.delivery.state is not DutyState.PENDING or kept.delivery.next_at > now:
            return None
        kept.delivery = replace(kept.delivery, next_at=until, attempts=kept.delivery.attempts + 1)
        kept.look_at = until
        return kept.delivery

    def done(self, delivery: Delivery) -> None:
        if kept := self._kept.get(delivery.key):
            kept.delivery = replace(
                kept.delivery, state=DutyState.DONE, delivered_at=self._clock.now(), problem=None
            )

    def later(self, delivery: Delivery, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        if kept := self._of_this_attempt(delivery):
            kept.delivery = replace(kept.delivery, problem=problem, next_at=next_at)
            kept.look_at = look_at

    def give_up(self, delivery: Delivery, problem: str) -> None:
        if kept := self._of_this_attempt(delivery):
            kept.delivery = replace(kept.delivery, problem=problem, state=DutyState.GIVEN_UP)
            kept.look_at = self._clock.now()

    def reopen(self, key: DeliveryKey, *, round_: int, next_at: datetime) -> bool:
        kept = self._kept.get(key)
        if kept is None or (kept.delivery.state, kept.delivery.round) != (DutyState.GIVEN_UP, round_):
            return False
        kept.delivery = replace(
            kept.delivery, state=DutyState.PENDING, round=round_ + 1, attempts=0, next_at=next_at
        )
        kept.look_at = next_at
        return True

    def due(self, *, before: datetime) -> Iterator[DeliveryKey]:
        for key, kept in list(self._kept.items()):
            if kept.delivery.state is DutyState.PENDING and kept.look_at <= before:
                yield key

    def due_in_turn(self, *, before: datetime, most: int) -> Sequence[DeliveryKey]:
        found = sorted(self.due(before=before), key=lambda key: self._kept[key].look_at)
        return list(in_turn(found, lambda key: key.target_id, most=most))

    def put_off(self, key: DeliveryKey, *, now: datetime, look_at: datetime) -> None:
        kept = self._kept.get(key)
        if kept and kept.delivery.state is DutyState.PENDING and kept.delivery.next_at <= now:
            kept.look_at = look_at

    def about(self, subject: DeliverySubject) -> Sequence[Delivery]:
        return [kept.delivery for key, kept in self._kept.items() if key.subject == subject]

    def page(self, which: DeliveryFilter, *, limit: int, cursor: str | None) -> ListedDeliveries:
        found = [kept for kept in self._kept.values() if which.matches(kept.delivery)]
        left = {_position(kept): kept.delivery for kept in found}
        positions = [one for one in sorted(left, reverse=True) if cursor is None or one < cursor]
        page = positions[:limit]
        more = page[-1] if len(positions) > limit else None
        return ListedDeliveries(tuple(left[position] for position in page), more)

    def _of_this_attempt(self, delivery: Delivery) -> _Kept | None:
        kept = self._kept.get(delivery.key)
        if kept is None or kept.delivery.state is not DutyState.PENDING:
            return None
        is_this = (kept.delivery.round, kept.delivery.attempts) == (delivery.round, delivery.attempts)
        return kept if is_this else None


def _position(kept: _Kept) -> str:
    key = kept.delivery.key
    return f"{timestamp(kept.look_at)}#{key.subject}#{key.event_id}#{key.target_id}"


class InMemoryRoutes:
    """Implements `Routes`."""

    def __init__(self) -> None:
        self._routes: dict[RouteKey, Route] = {}

    def find(self, key: RouteKey) -> Route | None:
        return self._routes.get(key)

    def known(self, keys: Collection[RouteKey]) -> frozenset[RouteKey]:
        found = (route for key in keys if (route := self._routes.get(key)) is not None)
        return frozenset(route.key for route in found if not _is_of_days_alone(route))

    def put(self, route: Route) -> None:
        self._routes[route.key] = replace(
            route, targets=tuple(sorted(route.targets, key=lambda target: target.id)), disabled={}
        )

    def delete(self, key: RouteKey) -> None:
        self._routes.pop(key, None)

    def page(self, *, cursor: str | None) -> ListedRoutes:
        after = cursor or ""
        routes = {_text(key): route for key, route in self._routes.items() if _text(key) > after}
        return ListedRoutes(tuple(routes[text] for text in sorted(routes)), None)

    def disable(self, key: RouteKey, target_id: str, *, now: datetime) -> bool:
        route = self._routes.get(key)
        if route is None or target_id not in {target.id for target in route.active}:
            return False
        self._routes[key] = replace(route, disabled={**route.disabled, target_id: now})
        return True


def _is_of_days_alone(route: Route) -> bool:
    return bool(route.targets) and all(target.events == {EventType.DAY_CLOSED} for target in route.targets)


def _text(key: RouteKey) -> str:
    return "default" if key.provider is None else f"{key.provider}#{key.name}"


@dataclass
class InMemoryDeliveryQueue:
    """Implements `DeliveryQueue`; takes nothing while it is `closed`."""

    sent: list[tuple[DueDelivery, timedelta]] = field(default_factory=list)
    is_closed: bool = False

    def send(
        self, due_deliveries: Sequence[DueDelivery], *, delay: timedelta = timedelta(0)
    ) -> frozenset[DeliveryKey]:
        if self.is_closed:
            return frozenset(due_delivery.key for due_delivery in due_deliveries)
        self.sent += [(due_delivery, delay) for due_delivery in due_deliveries]
        return frozenset()


class Receiver:
    """Implements `DeliveryChannel`: raises what is `planned` for each attempt, and then takes everything."""

    def __init__(self, *planned: Exception | None) -> None:
        self.planned = list(planned)
        self.heard: list[Delivery] = []

    def deliver(self, delivery: Delivery) -> None:
        self.heard.append(delivery)
        if self.planned and (problem := self.planned.pop(0)) is not None:
            raise problem
