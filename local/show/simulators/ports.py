"""What the simulators need of whoever runs them: the time, and a way to have things done later."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


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
