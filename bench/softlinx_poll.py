"""A backlog at Softlinx worked off by the poll, beside the sequential zeep client; exits with 1 over a limit.

Every fax is settled and marked, at a simulated provider in a process of its own, over the loopback. Both work
off two backlogs, and are compared by what one more fax takes: a start counts for neither. Then a run that its
time cuts short is followed by a whole one. `make bench-poll` runs it.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.deployed import ROOT
from bench.slopes import Sized, seconds_each
from bench.softlinx_run import RUN_SECONDS
from bench.softlinx_world import SoftlinxWorld, Told, softlinx_world
from local.show.simulators.softlinx.options import SOFTLINX_CUSTOMER

# At 8 faxes at once; what is lost of the eightfold is reading, the ledger's other writes and Python itself.
LEAST_RATIO = 6.0
# Of the peak at the smaller backlog. The list of identifiers to be marked is all that grows.
MOST_GROWTH = 0.10
# A poll begins nothing in the last seconds of its time: of them a run has so many, and then the rest.
KEPT_BACK_SECONDS = 75


@dataclass(frozen=True, slots=True)
class Run:
    """One process's run over a backlog of so many faxes; `told` is what the provider saw until its end."""

    name: str
    faxes: int
    seconds: float
    peak_megabytes: float
    told: Told

    @property
    def sized(self) -> Sized:
        return Sized(self.faxes, self.seconds)

    @property
    def is_worked_off(self) -> bool:
        """All of it, in the time of one run."""
        return self.told.marked == self.told.marks == self.faxes and self.seconds <= RUN_SECONDS


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.softlinx_poll", description=__doc__)
    parser.add_argument("--faxes", type=int, default=10_000, help="our backlog (default: %(default)s)")
    parser.add_argument("--peer-faxes", type=int, default=400, help="the peer's (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds a call (default: %(default)s)")
    parser.add_argument(
        "--at-once", type=int, default=8, help="SoftlinxMarkConcurrency (default: %(default)s)"
    )
    parser.add_argument("--api", choices=["soap", "rest"], default="soap", help="SoftlinxApi")
    parser.add_argument(
        "--cut-after", type=float, default=15, help="seconds of the run cut short (default: %(default)s)"
    )
    arguments = parser.parse_args()
    parameters = {
        "SoftlinxRealm": SOFTLINX_CUSTOMER.realm,
        "SoftlinxApi": arguments.api,
        "SoftlinxMarkConcurrency": str(arguments.at_once),
    }
    latency = arguments.latency
    peers = [measure(faxes, latency) for faxes in sizes(arguments.peer_faxes)]
    ours = [measure(faxes, latency, parameters) for faxes in sizes(arguments.faxes)]
    cut, after = measure_cut_short(arguments.faxes // 4, latency, parameters, arguments.cut_after)
    print(table([*peers, *ours, cut, after]))
    sys.exit(0 if judge(peers, ours, [cut, after], arguments.at_once) else 1)


def sizes(faxes: int) -> tuple[int, int]:
    return faxes // 4, faxes


def measure(faxes: int, latency_seconds: float, parameters: Mapping[str, str] | None = None) -> Run:
    """Of ours with `parameters`, of the peer without."""
    name = "sequential zeep client" if parameters is None else "faxledger's poll"
    with softlinx_world(faxes, latency_seconds, is_ours=parameters is not None) as world:
        return run(world, name, faxes, parameters)


def measure_cut_short(
    faxes: int, latency_seconds: float, parameters: Mapping[str, str], seconds: float
) -> tuple[Run, Run]:
    """A run that has so many seconds for its work, and then one that has all."""
    with softlinx_world(faxes, latency_seconds, is_ours=True) as world:
        cut = run(world, "cut short", faxes, parameters, seconds + KEPT_BACK_SECONDS)
        return cut, run(world, "the run after it", faxes, parameters)


def run(
    world: SoftlinxWorld,
    name: str,
    faxes: int,
    parameters: Mapping[str, str] | None,
    seconds_left: float = RUN_SECONDS,
) -> Run:
    print(f"{name}: {faxes} faxes", file=sys.stderr, flush=True)
    what = (
        ["zeep"]
        if parameters is None
        else ["ours", json.dumps({**parameters, "SoftlinxUrl": world.softlinx_url}), str(seconds_left)]
    )
    finished = subprocess.run(
        [sys.executable, "-m", "bench.softlinx_run", *what],
        cwd=ROOT,
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": world.aws_url,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
            "SOFTLINX_URL": world.softlinx_url,
            "TABLE": "Table",
            "LOGIN": SOFTLINX_CUSTOMER.login,
            "PASSWORD": SOFTLINX_CUSTOMER.password,
            "REALM": SOFTLINX_CUSTOMER.realm,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(f"{name} failed:\n{finished.stderr}")
    return Run(name, faxes, **json.loads(finished.stderr.splitlines()[-1]), told=world.told())


def judge(peers: Sequence[Run], ours: Sequence[Run], in_turn: Sequence[Run], at_once: int) -> bool:
    """Prints each limit and whether it is kept; `in_turn` are the run cut short and the one after it."""
    peer, our = (seconds_each(small.sized, large.sized) for small, large in (peers, ours))
    small, large = ours
    growth = large.peak_megabytes / small.peak_megabytes - 1
    cut, after = in_turn
    limits = {
        f"{peer / our:.1f} times as fast: {our * 1000:.1f} ms for one more fax, where the peer takes "
        f"{peer * 1000:.1f} (at least {LEAST_RATIO:.0f} times at 8 at once)": (
            peer / our >= LEAST_RATIO or at_once < 8
        ),
        f"{growth:+.1%} memory at four times the backlog (at most {MOST_GROWTH:+.0%})": growth <= MOST_GROWTH,
        f"every fax marked once, by one run of at most {RUN_SECONDS // 60} minutes": all(
            run.is_worked_off for run in (*peers, *ours)
        ),
        "one login a run": all(run.told.logins <= 1 for run in ours) and after.told.logins <= 2,
        f"never more than {at_once} marks at once, nor two queries": all(
            run.told.most_marks_at_once <= at_once and run.told.most_queries_at_once == 1
            for run in (*ours, after)
        ),
        f"cut short at {cut.told.marked} of {cut.faxes}, the next run marked the rest, each once": (
            after.is_worked_off
        ),
    }
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    return all(limits.values())


def table(runs: Sequence[Run]) -> str:
    lines = [f"{'':24}{'faxes':>8}{'marked':>8}{'logins':>8}{'seconds':>10}{'peak MB':>9}"]
    lines += [
        f"{run.name:24}{run.faxes:>8}{run.told.marked:>8}{run.told.logins:>8}{run.seconds:>10.1f}"
        f"{run.peak_megabytes:>9.0f}"
        for run in runs
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
