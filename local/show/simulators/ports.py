"""What the simulators need of whoever runs them: the time, and a way to have things done later."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar


class SimulatorClock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Schedule(Protocol):
    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Have `action` run when the clock reaches `when`, or at once when that has passed.

        Actions make real HTTP calls and return when these are answered. They need not run in the caller's
        thread; those due at one moment run in the order in which they were handed in.
        """
        ...


Record = TypeVar("Record")


class Shelf(Protocol[Record]):
    """Where records of one kind outlive the simulator."""

    def put(self, key: str, record: Record) -> None:
        """In the place of the one of this key."""
        ...

    def all(self) -> Sequence[Record]:
        """What was put there, also before this simulator was, in the order in which the keys first came."""
        ...


class _NoShelf:
    def put(self, key: str, record: object) -> None:
        pass

    def all(self) -> Sequence[Any]:
        return ()


# On which nothing outlives anybody.
NO_SHELF: Final[Shelf[Any]] = _NoShelf()
