"""Fresh processes of built functions: how long until they ask for work, how long until the first answer."""

import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.certificates import Authority
from bench.contestants import Contestant
from bench.runtime_api import FunctionFailed, RunningFunction, running

# The loop's own function that asks for work: counts are written whenever it is about to run.
_ASKS_FOR_WORK = "aws::lambda_runtime::runtime::get_next*"
_TOTALS = re.compile(r"^totals: (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a start costs: up to the first request for work, and the first answer after that.

    In milliseconds or in instructions; `answer` is None for a function that is not asked.
    """

    ready: float
    answer: float | None

    @property
    def total(self) -> float:
        return self.ready + (self.answer or 0)


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of one contestant; `instructions` is None without valgrind."""

    contestant: Contestant
    runs: Sequence[Cost]
    instructions: Cost | None

    @property
    def median(self) -> Cost:
        return self._over_runs(statistics.median)

    @property
    def least(self) -> Cost:
        return self._over_runs(min)

    def _over_runs(self, pick: Callable[[Sequence[float]], float]) -> Cost:
        answers = [run.answer for run in self.runs if run.answer is not None]
        return Cost(pick([run.ready for run in self.runs]), pick(answers) if answers else None)


def time_start(contestant: Contestant, python: Path, endpoint: str, authority: Authority) -> Cost:
    """One fresh process, in milliseconds by the wall clock."""
    with running(contestant, python, endpoint=endpoint, authority=authority) as function:
        ready = function.wait_until_ready() - function.started_at
        if not contestant.is_callback:
            return Cost(ready * 1000, None)
        asked_at = time.perf_counter()
        return Cost(ready * 1000, (_ask(function, contestant) - asked_at) * 1000)


def count_instructions(contestant: Contestant, python: Path, endpoint: str, authority: Authority) -> Cost:
    """One fresh process under callgrind; the kernel's own work is not counted."""
    with tempfile.TemporaryDirectory(prefix="faxledger-bench-") as folder:
        counts = Path(folder, "callgrind")
        valgrind = (
            "valgrind",
            "--tool=callgrind",
            f"--callgrind-out-file={counts}",
            f"--dump-before={_ASKS_FOR_WORK}",
        )
        with running(contestant, python, endpoint=endpoint, authority=authority, under=valgrind) as function:
            function.wait_until_ready()
            if contestant.is_callback:
                _ask(function, contestant)
                function.wait_until_ready()
        # callgrind numbers its dumps; each holds what was counted since the one before.
        ready = _total(Path(f"{counts}.1"))
        return Cost(ready, _total(Path(f"{counts}.2")) if contestant.is_callback else None)


def _total(path: Path) -> int:
    found = _TOTALS.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"callgrind wrote no total into {path}")
    return int(found[1])


def _ask(function: RunningFunction, contestant: Contestant) -> float:
    answered_at, answer = function.invoke(contestant.event)
    if answer["statusCode"] != 200:
        raise FunctionFailed(f"{contestant.name} answered {answer}")
    return answered_at


def has_valgrind() -> bool:
    return shutil.which("valgrind") is not None
