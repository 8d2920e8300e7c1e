"""`make simulate`: histories one after the other, each from its own seed, until the time is up.

A step is a turn of one actor, behind which the invariants are checked (`tests/simulation/scheduler.py`). A
call is one that leaves a process, and takes three steps on average. With a number of steps, each profile
lives through so many, one profile after the other or, with jobs, so many of them at a time.

A violation is shown with its seed, the fewest faults that still lead to it, and what became of the item. It
ends everything.
"""

import argparse
import gc
import math
import secrets
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pool

from tests.simulation.faults import PROFILES
from tests.simulation.invariants import CHECKERS
from tests.simulation.world import SAME_HISTORY, History, live, live_twice

_NAMES = {SAME_HISTORY, *(kind.name for kind in CHECKERS)}
_SECONDS = 30.0
_SHRINKING_SECONDS = 60.0
# Between two lines of progress: of one that is written over, and of one that a log keeps.
_SECONDS_ON_A_TERMINAL, _SECONDS_IN_A_LOG = 1.0, 30.0
_COLUMNS = 80


@dataclass(frozen=True, slots=True)
class Run:
    """Histories of these profiles in turn, from `seed` on, until one of the limits is reached."""

    profiles: Sequence[str]
    seed: int
    seconds: float = math.inf
    steps: float = math.inf
    only: str | None = None
    is_shrunk: bool = True
    is_on_a_terminal: bool = False

    @property
    def name(self) -> str:
        return self.profiles[0] if len(self.profiles) == 1 else "all"

    def live(self, number: int) -> History:
        profile, seed = self.profiles[number % len(self.profiles)], self.seed + number
        try:
            if self.only == SAME_HISTORY:
                return live_twice(profile, seed)
            return live(profile, seed, only=self.only)
        except Exception as error:
            error.add_note(_again_with(profile, seed))
            raise


@dataclass(slots=True)
class Progress:
    """What was lived through so far in a run of that name."""

    name: str
    began: float = field(default_factory=time.monotonic)
    histories: int = 0
    steps: int = 0
    calls: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    covered: set[str] = field(default_factory=set)
    shown_at: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self.began, 0.001)

    def add(self, history: History) -> None:
        self.histories += 1
        self.steps += history.steps
        self.calls += history.calls
        self.faults.update(history.faults.counts)
        self.covered |= history.covered

    def show(self, *, is_on_a_terminal: bool) -> None:
        """In a line, if it is time for one."""
        pause, end = (_SECONDS_ON_A_TERMINAL, "") if is_on_a_terminal else (_SECONDS_IN_A_LOG, "\n")
        if time.monotonic() - self.shown_at >= pause:
            self.shown_at = time.monotonic()
            line = str(self)
            # Over the one before, which may have been longer.
            print(f"\r{line:<{_COLUMNS - 1}}\r" if is_on_a_terminal else line, end=end, flush=True)

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.steps:,} steps {self.steps / self.seconds:,.0f}/s {self.calls:,} calls "
            f"{self.faults.total():,} faults {len(self.covered)} states"
        )

    def account(self, seed: int) -> str:
        """Of everything, faults by their kinds."""
        seeds = f"seeds {seed} to {seed + self.histories - 1}"
        return "\n".join(
            [
                str(self),
                f"  {self.histories:,} histories, {seeds}, {self.seconds:,.0f} s",
                *(f"  {times:10,}  {fault}" for fault, times in sorted(self.faults.items())),
            ]
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seconds", type=float, help=f"how long; {_SECONDS:.0f} without a number of steps")
    parser.add_argument("--steps", type=int, help="how many steps of each profile")
    parser.add_argument("--seed", type=int, help="the first seed; by chance, if none is given")
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--jobs", type=int, default=1, help="how many profiles at a time")
    parser.add_argument("--no-shrinking", action="store_true", help="show a violation as it was found")
    parser.add_argument("--only", choices=sorted(_NAMES), help="an invariant, if the others don't matter")
    given = parser.parse_args(arguments)
    profiles = list(PROFILES) if given.profile == "all" else [given.profile]
    # Without a number of steps a history of each profile comes after one of another.
    groups = [profiles] if given.steps is None else [[profile] for profile in profiles]
    runs = [
        Run(
            group,
            secrets.randbelow(10**9) if given.seed is None else given.seed,
            given.seconds or (_SECONDS if given.steps is None else math.inf),
            given.steps or math.inf,
            given.only,
            is_shrunk=not given.no_shrinking,
            is_on_a_terminal=given.jobs == 1 and sys.stdout.isatty(),
        )
        for group in groups
    ]
    if given.jobs == 1:
        return 0 if all(map(holds, runs)) else 1
    with Pool(given.jobs) as pool:
        # The first violation ends the other processes as well.
        return 0 if all(pool.imap_unordered(holds, runs)) else 1


def holds(run: Run) -> bool:
    """Whether every history of a run holds; it is told of meanwhile, and at the end."""
    progress = Progress(run.name)
    # What is there before the first history is garbage behind none of them.
    gc.freeze()
    print(f"{run.name}: seed {run.seed}", flush=True)
    while progress.seconds < run.seconds and progress.steps < run.steps:
        history = run.live(progress.histories)
        progress.add(history)
        if history.violation is not None:
            print(progress, flush=True)
            show(shrunk(history) if run.is_shrunk else history, history)
            return False
        progress.show(is_on_a_terminal=run.is_on_a_terminal)
    print(progress.account(run.seed), flush=True)
    return True


def show(least: History, history: History) -> None:
    """A violation, in the history with the fewest faults; `history` is as it was found."""
    violation = least.violation
    if violation is None:
        return
    print(f"VIOLATION  {violation}")
    print(_again_with(history.profile, history.seed))
    print(f"{len(least.faults.happened)} faults of {len(history.faults.happened)} lead to it:")
    for number, fault in sorted(least.faults.happened.items()):
        print(f"  at question {number}: {fault}")
    print("the item:")
    for line in violation.item:
        print(f"  {line[:400]}")


def _again_with(profile: str, seed: int) -> str:
    return f"again with  make simulate PROFILE={profile} SEED={seed}"


def shrunk(history: History) -> History:
    """The history with as few faults as still violate the same invariant, as far as time allows."""
    began = time.monotonic()
    least, size = history, max(1, len(history.faults.happened) // 2)
    while size and time.monotonic() - began < _SHRINKING_SECONDS:
        left = sorted(least.faults.happened)
        for start in range(0, len(left), size):
            kept = {n: least.faults.happened[n] for n in left if n not in left[start : start + size]}
            tried = _again(history, kept)
            if tried is not None:
                least = tried
                break
        else:
            size //= 2
    return least


def _again(history: History, planned: Mapping[int, str]) -> History | None:
    tried = live(history.profile, history.seed, planned)
    return tried if tried.broken == history.broken else None


if __name__ == "__main__":
    sys.exit(main())
