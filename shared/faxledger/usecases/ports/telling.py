"""Who is told, and how far that has come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from faxledger.domain.fax import FaxId
from faxledger.domain.tellings import Route, RouteKey, Telling, TellingKey


class Tellings(Protocol):
    """Who is to be told what, and how far that has come. Every method raises `LedgerUnavailable`."""

    def plan(self, telling: Telling) -> bool:
        """Keep a telling that is due; False if it is known already, which changes nothing."""

    def begin(self, key: TellingKey, *, now: datetime, until: datetime) -> Telling | None:
        """Begin an attempt, counted, if one is due; until then nobody else may begin one."""

    def done(self, telling: Telling) -> None: ...

    def later(self, telling: Telling, problem: str, *, next_at: datetime, look_at: datetime) -> None:
        """The attempt failed; somebody has to look at `look_at`. Nothing if another was begun since."""

    def give_up(self, telling: Telling, problem: str) -> None: ...

    def reopen(self, key: TellingKey, *, round_: int, now: datetime) -> None:
        """Begin the round after one that was given up; nothing if that was done before."""

    def due(self, *, before: datetime) -> Iterator[TellingKey]:
        """The pending tellings that should have been looked at by then."""

    def put_off(self, key: TellingKey, *, look_at: datetime) -> None:
        """Say that a pending telling is looked after until then."""

    def of_fax(self, fax_id: FaxId) -> Sequence[Telling]:
        """Every telling about a fax."""


class Routes(Protocol):
    """Who is told of whose faxes. Every method raises `LedgerUnavailable`."""

    def find(self, key: RouteKey) -> Route | None: ...

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
class Errand:
    """A telling that somebody is to make. `after_round` is the round that was given up before, if any."""

    telling: TellingKey
    after_round: int | None = None


class ErrandQueue(Protocol):
    def send(self, errands: Sequence[Errand], *, delay: timedelta = timedelta(0)) -> frozenset[TellingKey]:
        """Have the errands done, after `delay`, which is 15 minutes at most; returns what was not taken."""


class Teller(Protocol):
    def tell(self, telling: Telling) -> None:
        """One attempt; returns when it was taken. Raises `TellingFailed` and other `FaxledgerError`s."""
