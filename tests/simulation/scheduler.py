"""Actors that take turns: one virtual clock, one seed, and a switch at every call that leaves a process.

A turn of an actor is a step: it goes on until its next call leaves the process, or until it waits. What is to
be checked at each step is checked behind it. A call takes three on average: its effect and its answer are
turns of their own, since others may have theirs in between, and whoever works for others waits for them.

Nothing here is by chance that the seed does not decide, so the same seed gives the same history.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Self, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

Result = TypeVar("Result")

# A Friday, in winter.
BEGINNING = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone: no line of it runs any more, whatever it would have tidied up."""


@dataclass(slots=True)
class Process:
    """One run of a function, or somebody outside. All its threads die together."""

    name: str
    is_dead: bool = False


@dataclass(slots=True, eq=False)
class Outcome:
    """What became of a call that ran beside its caller; either may be there first."""

    value: Any = None
    error: BaseException | None = None
    is_there: bool = False
    then: list[Callable[[], None]] = field(default_factory=list)

    def result(self) -> Any:
        """Raises what the call raised."""
        if self.error is not None:
            raise self.error
        return self.value


class Scheduler:
    """`now` is in seconds since the beginning, `steps` counts turns of actors."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable
        self.now = 0.0
        self.steps = 0
        self.failures: list[BaseException] = []
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._serials = count()
        self._processes: dict[greenlet, Process] = {}
        self._begun: dict[greenlet, tuple[Callable[[], Any], Outcome]] = {}
        self._idle: list[greenlet] = []
        self._is_over = False
        self._hub = getcurrent()

    @property
    def time(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.now)

    @property
    def process(self) -> Process:
        return self._processes[getcurrent()]

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Have it called by the scheduler itself; it must not wait."""
        heapq.heappush(self._waiting, (self.now + seconds, next(self._serials), call))

    def begin(self, process: Process, call: Callable[[], Any], *, seconds: float = 0.0) -> Outcome:
        """Have it run beside the caller from then on."""
        outcome = Outcome()
        actor = self._idle.pop() if self._idle else greenlet(self._act, self._hub)
        self._processes[actor] = process
        self._begun[actor] = call, outcome
        self.after(seconds, actor.switch)
        return outcome

    def _act(self) -> None:
        """An actor's life: one run after the other, since to make an actor takes longer than most of them."""
        actor = getcurrent()
        while True:
            call, outcome = self._begun.pop(actor)
            self.steps += 1
            try:
                outcome.value = call()
            except GreenletExit:
                return
            except BaseException as error:  # noqa: BLE001 - whoever waits for the outcome gets it
                outcome.error = error
            finally:
                self._processes.pop(actor, None)
            self.arrive(outcome)
            if self._is_over:
                return
            # Nothing of what it did lives on while it waits.
            del call, outcome
            self._idle.append(actor)
            self._hub.switch()

    def arrive(self, outcome: Outcome) -> None:
        """It is there now: whoever waits for it goes on."""
        outcome.is_there = True
        for call in outcome.then:
            self.after(0, call)

    def wait(self, outcome: Outcome) -> None:
        """Return when it is there."""
        if not outcome.is_there:
            outcome.then.append(getcurrent().switch)
            self._give_way()

    def wait_for_any(self, outcomes: Sequence[Outcome]) -> None:
        """Return when one of them is there. Raises `Killed` where the process died meanwhile."""
        if any(one.is_there for one in outcomes):
            return
        first = Outcome()

        def arrive() -> None:
            if not first.is_there:
                self.arrive(first)

        for one in outcomes:
            one.then.append(arrive)
        self.wait(first)
        if self.process.is_dead:
            raise Killed

    def pause(self, seconds: float) -> None:
        """Let others go on for so long. Raises `Killed` where the process died meanwhile."""
        actor = getcurrent()
        self.after(seconds, actor.switch)
        self._give_way()
        if self._processes[actor].is_dead:
            raise Killed

    def _give_way(self) -> None:
        """Let others have their turns until it is the caller's again."""
        if self._is_over:
            raise GreenletExit
        self._hub.switch()
        self.steps += 1

    def kill(self) -> Killed:
        self.process.is_dead = True
        return Killed()

    def run(self, until: float, after_each: Callable[[], None] = lambda: None) -> None:
        """Go on until nothing more is to be done before then."""
        while self._waiting and self._waiting[0][0] <= until:
            self.now, _, call = heapq.heappop(self._waiting)
            call()
            after_each()
        self.now = max(self.now, until)

    def end(self) -> None:
        """Nobody has a turn any more; an actor that waits for one is never garbage, nor is its town."""
        self._is_over = True
        for actor in [*self._processes, *self._idle]:
            actor.throw(GreenletExit)

    def leap(self, seconds: float) -> None:
        """Let so much time go by in which nothing happens at all."""
        self.now += seconds
        self._waiting = [(at + seconds, serial, call) for at, serial, call in self._waiting]


class Bell:
    """What somebody waits for who has nothing to do."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: list[Outcome] = []

    def ring(self, seconds: float = 0.0) -> None:
        self._scheduler.after(seconds, self._wake)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self._scheduler.arrive(one)

    def wait(self) -> None:
        outcome = Outcome()
        self._waiting.append(outcome)
        self._scheduler.wait(outcome)


@dataclass(frozen=True, slots=True)
class HostClock:
    """Implements `Clock`: a host's own, which is a little wrong."""

    scheduler: Scheduler
    ahead: float = 0.0

    def now(self) -> datetime:
        return self.scheduler.time + timedelta(seconds=self.ahead)

    def sleep(self, seconds: float) -> None:
        self.scheduler.pause(seconds)


class Lanes:
    """In the place of a pool of threads: as much of `ThreadPoolExecutor` as the use cases call."""

    scheduler: Scheduler

    def __init__(self, *_: object, **__: object) -> None:
        self._begun: list[Outcome] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for outcome in self._begun:
            self.scheduler.wait(outcome)

    def submit(self, work: Callable[..., Any], *given: Any) -> Outcome:
        outcome = self.scheduler.begin(self.scheduler.process, lambda: work(*given))
        self._begun.append(outcome)
        return outcome

    def map(self, work: Callable[[Any], Any], items: Any) -> list[Any]:
        begun = [self.submit(work, item) for item in items]
        for outcome in begun:
            self.scheduler.wait(outcome)
        return [outcome.result() for outcome in begun]


@dataclass(frozen=True, slots=True)
class Done:
    done: list[Outcome]


def wait_for_first(outcomes: Any, **_: object) -> Done:
    """In the place of `concurrent.futures.wait`, in an order that the seed decides."""
    begun = list(outcomes)
    Lanes.scheduler.wait_for_any(begun)
    return Done([one for one in begun if one.is_there])
