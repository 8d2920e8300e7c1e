"""Cold starts of the built bundle beside its peers, and a callback's AWS calls; exits with 1 over a limit.

A start is measured from the process's start to the Lambda runtime loop's first request for work, each time in
a fresh process; then the function is asked once, so that what was only put off shows as well. AWS is spoken
to over TLS, with as many roots to read as there would be. `make bench` runs it.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import report
from bench.aws_calls import count_calls
from bench.aws_stub import aws_stub
from bench.certificates import Authority
from bench.contestants import PEERS, ROOT, Build, Contestant, bundle, peer
from bench.loaded import loaded_by
from bench.measure import Cost, Result, count_instructions, has_valgrind, time_start


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start", description=__doc__)
    parser.add_argument("--runs", type=int, help="timed starts of each function (default: 15, quick: 5)")
    parser.add_argument("--quick", action="store_true", help="only the callbacks and their peers")
    arguments = parser.parse_args()
    python = _runtime_python()
    functions = bundle()
    callbacks = [function for function in functions if function.is_callback]
    peers = [peer(name, build, python, callbacks[0].event) for build in Build for name in PEERS]
    calls = [counted for function in callbacks for counted in count_calls(function, python)]
    results = measure(
        [*(callbacks if arguments.quick else functions), *peers],
        python,
        runs=arguments.runs or (5 if arguments.quick else 15),
    )
    print(report.table(results))
    print(report.loaded([loaded_by(function, python) for function in functions]))
    limits, are_limits_kept = report.limits(results)
    print(limits)
    counts, are_calls_few = report.calls(calls)
    print(counts)
    sys.exit(0 if are_limits_kept and are_calls_few else 1)


def measure(contestants: Sequence[Contestant], python: Path, *, runs: int) -> list[Result]:
    """Counts instructions, several processes at once, then times starts, one at a time."""
    # One secret for all of them, as a rotation has it: tokens separated by spaces.
    tokens = sorted({one.event["pathParameters"]["token"] for one in contestants if one.is_callback})
    authority = Authority()
    with aws_stub(" ".join(tokens), tls=authority.server_context()) as endpoint:
        counts = _instructions(contestants, python, endpoint, authority)
        walls: list[list[Cost]] = [[] for _ in contestants]
        # Round and round, so that a slow minute hits all alike; the first round warms the machine's caches.
        for turn in range(runs + 1):
            _tell(f"timing starts, round {turn} of {runs}")
            for wall, contestant in zip(walls, contestants, strict=True):
                wall.append(time_start(contestant, python, endpoint, authority))
    return [
        Result(contestant, wall[1:], count)
        for contestant, wall, count in zip(contestants, walls, counts, strict=True)
    ]


def _instructions(
    contestants: Sequence[Contestant], python: Path, endpoint: str, authority: Authority
) -> list[Cost | None]:
    if not has_valgrind():
        _tell("valgrind is not here (Debian: apt-get install valgrind): no instructions are counted")
        return [None] * len(contestants)

    def count(contestant: Contestant) -> Cost:
        _tell(f"counting instructions of {contestant.name}: {contestant.build}")
        return count_instructions(contestant, python, endpoint, authority)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(count, contestants))


def _runtime_python() -> Path:
    found = subprocess.run(
        [ROOT / "tools/python3.13", "--where"], stdout=subprocess.PIPE, text=True, check=False
    )
    if found.returncode:
        sys.exit(found.returncode)
    return Path(found.stdout.strip())


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
