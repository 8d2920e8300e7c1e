"""`make simulate`: histories one after the other, each from its own seed, until the time is up.

A violation is shown with its seed, the fewest faults that still lead to it, and what became of the item.
"""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.faults import PROFILES
from tests.simulation.invariants import CHECKERS
from tests.simulation.world import SAME_HISTORY, History, live, live_twice

_NAMES = {SAME_HISTORY, *(kind.name for kind in CHECKERS)}
_SHRINKING_SECONDS = 60.0


@dataclass(slots=True)
class Progress:
    """What was lived through so far."""

    began: float = field(default_factory=time.monotonic)
    histories: int = 0
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    covered: set[str] = field(default_factory=set)

    def add(self, history: History) -> None:
        self.histories += 1
        self.steps += history.steps
        self.faults.update(history.faults.counts)
        self.covered |= history.covered

    def __str__(self) -> str:
        seconds = max(time.monotonic() - self.began, 0.001)
        return (
            f"{self.histories} histories, {self.steps:,} steps ({self.steps / seconds:,.0f}/s), "
            f"{self.faults.total():,} faults, {len(self.covered)} states"
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long")
    parser.add_argument("--steps", type=int, default=0, help="how many steps at most; 0 is no limit")
    parser.add_argument("--seed", type=int, default=None, help="the first seed; by chance, if none is given")
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--no-shrinking", action="store_true", help="show a violation as it was found")
    parser.add_argument("--only", choices=sorted(_NAMES), help="an invariant, if the others don't matter")
    given = parser.parse_args()
    seed = secrets.randbelow(10**9) if given.seed is None else given.seed
    profiles = list(PROFILES) if given.profile == "all" else [given.profile]
    print(f"seed {seed}, profiles {', '.join(profiles)}")
    progress = Progress()
    shown = 0.0
    while time.monotonic() - progress.began < given.seconds and not 0 < given.steps <= progress.steps:
        profile = profiles[progress.histories % len(profiles)]
        if given.only == SAME_HISTORY:
            history = live_twice(profile, seed + progress.histories)
        else:
            history = live(profile, seed + progress.histories, only=given.only)
        progress.add(history)
        if history.violation is not None:
            print(f"\n{progress}", flush=True)
            show(history if given.no_shrinking else shrunk(history), history)
            return 1
        if time.monotonic() - shown > 1:
            shown = time.monotonic()
            print(f"\r{progress}", end="", flush=True)
    print(f"\r{progress}")
    for fault, times in sorted(progress.faults.items()):
        print(f"  {times:8,}  {fault}")
    return 0


def show(least: History, history: History) -> None:
    violation = least.violation
    if violation is None:
        return
    print(f"VIOLATION  {violation}")
    print(f"again with  make simulate PROFILE={history.profile} SEED={history.seed}")
    print(f"{len(least.faults.happened)} faults of {len(history.faults.happened)} lead to it:")
    for number, fault in sorted(least.faults.happened.items()):
        print(f"  at question {number}: {fault}")
    print("the item:")
    for line in violation.item:
        print(f"  {line[:400]}")


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
