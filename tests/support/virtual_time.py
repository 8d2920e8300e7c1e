"""A clock that stands still until it is told to go on, and the schedule that goes with it."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

MONDAY_MORNING = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # 8:00 in New York


class VirtualTime:
    """Clock and schedule in one; actions run in the thread that moves the time."""

    def __init__(self, start: datetime = MONDAY_MORNING) -> None:
        self._now = start
        self._order = count()
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._now

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), action))

    def advance(self, **duration: float) -> None:
        """Go on by this much, as in `advance(minutes=20)`, doing on the way what falls due."""
        end = self._now + timedelta(**duration)
        while self._due and self._due[0][0] <= end:
            when, _, action = heapq.heappop(self._due)
            self._now = max(self._now, when)
            action()
        self._now = end
