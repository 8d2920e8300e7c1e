"""Tellings, routes, queues and receivers in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from faxledger.domain.fax import FaxId
from faxledger.domain.report import DutyState
from faxledger.domain.tellings import Route, RouteKey, Telling, TellingKey
from faxledger.usecases.ports.telling import Errand, ListedRoutes
from faxledger.usecases.ports.world import Clock


@dataclass
class _Kept:
    telling: Telling
    look_at: datetime


class InMemoryTellings:
    """Implements `Tellings`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[TellingKey, _Kept] = {}

    def plan(self, telling: Telling) -> bool:
        if telling.key in self._kept:
            return False
        self._kept[telling.key] = _Kept(telling, telling.next_at)
        return True

    def begin(self, key: TellingKey, *, now: datetime, until: datetime) -> Telling | None:
        kept = self._kept.get(key)
        if kept is None or kept.telling.state is not DutyState.PENDING or kept.telling.next_at > now:
            return None
        kept.telling = replace(kept.telling, next_at=until, attempts=kept.telling.attempts + 1)
        kept.look_at = until
        return kept.telling

    def done(self, telling: Telling) -> None:
        if kept := self._kept.get(telling.key):
            kept.telling = replace(
                kept.telling, state=DutyState.DONE, told_at=self._clock.now(), problem=None
            )

    def later(self, telling: Telling, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        if kept := self._of_this_attempt(telling):
            kept.telling = replace(kept.telling, problem=problem, next_at=next_at)
            kept.look_at = look_at

    def give_up(self, telling: Telling, problem: str) -> None:
        if kept := self._of_this_attempt(telling):
            kept.telling = replace(kept.telling, problem=problem, state=DutyState.GIVEN_UP)

    def reopen(self, key: TellingKey, *, round_: int, now: datetime) -> None:
        kept = self._kept.get(key)
        if kept and (kept.telling.state, kept.telling.round) == (DutyState.GIVEN_UP, round_):
            kept.telling = replace(
                kept.telling, state=DutyState.PENDING, round=round_ + 1, attempts=0, next_at=now
            )
            kept.look_at = now

    def due(self, *, before: datetime) -> Iterator[TellingKey]:
        for key, kept in list(self._kept.items()):
            if kept.telling.state is DutyState.PENDING and kept.look_at <= before:
                yield key

    def put_off(self, key: TellingKey, *, look_at: datetime) -> None:
        kept = self._kept.get(key)
        if kept and kept.telling.state is DutyState.PENDING:
            kept.look_at = look_at

    def of_fax(self, fax_id: FaxId) -> Sequence[Telling]:
        return [kept.telling for key, kept in self._kept.items() if key.fax == fax_id]

    def _of_this_attempt(self, telling: Telling) -> _Kept | None:
        kept = self._kept.get(telling.key)
        if kept is None or kept.telling.state is not DutyState.PENDING:
            return None
        is_this = (kept.telling.round, kept.telling.attempts) == (telling.round, telling.attempts)
        return kept if is_this else None


class InMemoryRoutes:
    """Implements `Routes`."""

    def __init__(self) -> None:
        self._routes: dict[RouteKey, Route] = {}

    def find(self, key: RouteKey) -> Route | None:
        return self._routes.get(key)

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


def _text(key: RouteKey) -> str:
    return "default" if key.provider is None else f"{key.provider}#{key.name}"


@dataclass
class InMemoryErrands:
    """Implements `ErrandQueue`; takes nothing while it is `closed`."""

    sent: list[tuple[Errand, timedelta]] = field(default_factory=list)
    is_closed: bool = False

    def send(self, errands: Sequence[Errand], *, delay: timedelta = timedelta(0)) -> frozenset[TellingKey]:
        if self.is_closed:
            return frozenset(errand.telling for errand in errands)
        self.sent += [(errand, delay) for errand in errands]
        return frozenset()


class Receiver:
    """Implements `Teller`: raises what is `planned` for each attempt, and then takes everything."""

    def __init__(self, *planned: Exception | None) -> None:
        self.planned = list(planned)
        self.heard: list[Telling] = []

    def tell(self, telling: Telling) -> None:
        self.heard.append(telling)
        if self.planned and (problem := self.planned.pop(0)) is not None:
            raise problem
