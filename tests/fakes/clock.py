"""A clock that stands still until somebody sleeps by it or moves it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
RETENTION = timedelta(days=400)


class StoppedClock:
    """Implements `Clock`; `slept` holds the seconds of every sleep, `while_asleep` happens at its end."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self.slept: list[float] = []
        self.while_asleep: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
        self.while_asleep()

    def advance(self, **by: float) -> None:
        """Move on, as `advance(minutes=20)`."""
        self._now += timedelta(**by)
