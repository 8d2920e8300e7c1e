"""A clock that its owner can let run faster than the wall, and that has things done when their time comes.

Everything that happens on this machine is an *activity*: an action that fell due, a request that came in. In
a simulated world time stands still while any activity runs, and moves on when all of them are over or asleep.
What falls due runs one after the other in a fixed order, so that the same seed gives the same day.
"""

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

_PATIENCE_AT_THE_END_SECONDS = 10
# A wait does not count the time for which the machine is suspended, a moment does: look again now and then.
_LONGEST_WAIT_SECONDS = 5


class ClockStopped(BaseException):
    """The clock was stopped while somebody slept by it."""


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    when: datetime
    serial: int
    begin: Callable[[], None] = field(compare=False)


class _Sleeper:
    def __init__(self, is_activity: bool) -> None:  # noqa: FBT001 - private, and its one fact
        self.is_activity = is_activity
        self.is_awake = threading.Event()


class VirtualClock:
    """Runs at `speed` virtual seconds a second of the wall; `math.inf` jumps from one due thing to the next.

    With `stands_still` the world is simulated: nobody outside notices when time waits for an activity, or
    when it catches up afterwards. Without it the clock never stops, because servers that know only the wall's
    time are asked: what falls due then starts at its moment, whatever else is running.

    It stands at `start` until `start()`, so that everything can be put on the schedule first. `wall` tells
    the wall's time, in seconds. Implements
    `faxledger`'s `Clock` and the simulators' `Clock` and `Schedule`.
    """

    def __init__(
        self,
        start: datetime,
        *,
        speed: float = 1.0,
        stands_still: bool = True,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._changed = threading.Condition()
        self._due: list[_Due] = []
        self._serials = count()
        self._busy = 0
        self._sleepers: set[_Sleeper] = set()
        self._is_stopped = False
        self._stands_still = stands_still
        self._speed = speed
        self._moment = start
        self._anchor = start, wall()
        self._here = threading.local()
        self._has_started = False
        self._pump = threading.Thread(target=self._run, name="clock", daemon=True)

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        with self._changed:
            self._anchor = self._advance(), self._wall()
            self._speed = speed
            self._changed.notify_all()

    def catch_up(self) -> None:
        """Go with the wall from now on, and from its time where that is ahead; what is due by then comes
        first, in its order."""
        with self._changed:
            wall = self._wall()
            self._anchor = max(self._advance(), datetime.fromtimestamp(wall, UTC)), wall
            self._speed = 1.0
            self._changed.notify_all()

    def now(self) -> datetime:
        with self._changed:
            return self._advance()

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Have `action` run, in a thread of its own, at `when`, or at once when that has passed."""
        with self._changed:
            self._put(
                when, lambda: threading.Thread(target=self._perform, args=(action,), daemon=True).start()
            )

    def sleep(self, seconds: float) -> None:
        """Return when the clock has gone on by `seconds`; other activities go on meanwhile.

        Raises `ClockStopped` when the clock is stopped before.
        """
        sleeper = _Sleeper(self._is_activity)
        with self._changed:
            if self._is_stopped:
                raise ClockStopped
            self._sleepers.add(sleeper)
            self._put(self._advance() + timedelta(seconds=seconds), lambda: self._wake(sleeper))
            self._busy -= sleeper.is_activity
            self._changed.notify_all()
        sleeper.is_awake.wait()
        if self._is_stopped:
            raise ClockStopped

    @contextmanager
    def activity(self) -> Iterator[None]:
        """While the block runs, simulated time stands still."""
        if self._is_activity:
            yield
            return
        with self._changed:
            self._advance()
            self._busy += 1
        self._here.is_activity = True
        try:
            yield
        finally:
            self._here.is_activity = False
            self._leave()

    def start(self) -> None:
        with self._changed:
            self._has_started = True
            self._anchor = self._moment, self._wall()
        self._pump.start()

    def stop(self) -> None:
        """Begin nothing more, wake who sleeps, and wait some seconds for what is running; for good."""
        with self._changed:
            self._is_stopped = True
            while self._sleepers:
                sleeper = self._sleepers.pop()
                self._busy += sleeper.is_activity
                sleeper.is_awake.set()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._busy, _PATIENCE_AT_THE_END_SECONDS)
        if self._pump.is_alive():
            self._pump.join()

    @property
    def _is_activity(self) -> bool:
        return getattr(self._here, "is_activity", False)

    def _put(self, when: datetime, begin: Callable[[], None]) -> None:
        heapq.heappush(self._due, _Due(max(when, self._moment), next(self._serials), begin))
        self._changed.notify_all()

    def _advance(self) -> datetime:
        """The present moment; it never goes back, and in a simulated world never past what is due."""
        if self._has_started and not (self._stands_still and self._busy):
            moment = self._target()
            if self._stands_still and self._due:
                moment = min(moment, self._due[0].when)
            self._moment = max(self._moment, moment)
        return self._moment

    def _target(self) -> datetime:
        """Where the clock would be if nothing had ever held it up."""
        moment, begun = self._anchor
        if math.isinf(self._speed):
            return self._due[0].when if self._due else self._moment
        return moment + timedelta(seconds=(self._wall() - begun) * self._speed)

    def _run(self) -> None:
        while (due := self._wait_for_due()) is not None:
            due.begin()

    def _wait_for_due(self) -> _Due | None:
        with self._changed:
            while not self._is_stopped:
                if not self._due or (self._stands_still and self._busy):
                    self._changed.wait()
                    continue
                ahead = (self._due[0].when - self._target()).total_seconds()
                if ahead > 0:
                    self._changed.wait(min(ahead / self._speed, _LONGEST_WAIT_SECONDS))
                    continue
                due = heapq.heappop(self._due)
                self._moment = max(self._moment, due.when)
                self._busy += 1
                return due
            return None

    def _perform(self, action: Callable[[], None]) -> None:
        self._here.is_activity = True
        try:
            action()
        except ClockStopped:
            return
        finally:
            self._leave()

    def _wake(self, sleeper: _Sleeper) -> None:
        with self._changed:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)
                sleeper.is_awake.set()
            if not sleeper.is_activity:
                self._busy -= 1  # who merely waits for a moment doesn't hold the clock there
                self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()
