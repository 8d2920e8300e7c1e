"""A backlog at Softlinx worked off by the poll, beside the sequential zeep client; exits with 1 over a limit.

Every fax is settled and marked, at a simulated provider in a process of its own, over the loopback. The zeep
client gets a smaller backlog in the same run and is compared by the time per fax. `make bench-poll` runs it.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.softlinx_run import ROOT
from bench.softlinx_world import Told, softlinx_world
from local.show.simulators.softlinx.options import SOFTLINX_CUSTOMER

# At 8 faxes at once; what is lost of the eightfold is reading, the ledger's other writes and Python itself.
LEAST_RATIO = 6.0
# Of the peak at the smaller backlog. The list of identifiers to be marked is all that grows.
MOST_GROWTH = 0.10


@dataclass(frozen=True, slots=True)
class Run:
    """One process's run over a backlog of so many faxes."""

    name: str
    faxes: int
    seconds: float
    peak_megabytes: float
    told: Told

    @property
    def milliseconds_each(self) -> float:
        return self.seconds * 1000 / self.faxes

    @property
    def faxes_each_second(self) -> float:
        return self.faxes / self.seconds


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.softlinx_poll", description=__doc__)
    parser.add_argument("--faxes", type=int, default=4000, help="our backlog (default: %(default)s)")
    parser.add_argument("--peer-faxes", type=int, default=200, help="the peer's (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds a call (default: %(default)s)")
    parser.add_argument(
        "--at-once", type=int, default=8, help="SoftlinxMarkConcurrency (default: %(default)s)"
    )
    parser.add_argument("--api", choices=["soap", "rest"], default="soap", help="SoftlinxApi")
    arguments = parser.parse_args()
    parameters = {
        "SoftlinxRealm": SOFTLINX_CUSTOMER.realm,
        "SoftlinxApi": arguments.api,
        "SoftlinxMarkConcurrency": str(arguments.at_once),
    }
    peer = measure("sequential zeep client", arguments.peer_faxes, arguments.latency, None)
    small = measure("faxledger's poll", arguments.faxes // 4, arguments.latency, parameters)
    large = measure("faxledger's poll", arguments.faxes, arguments.latency, parameters)
    print(table([peer, small, large]))
    ratio = peer.milliseconds_each / large.milliseconds_each
    growth = large.peak_megabytes / small.peak_megabytes - 1
    limits = {
        f"{ratio:.1f} times as fast per fax (at least {LEAST_RATIO:.0f} at 8 at once)": (
            ratio >= LEAST_RATIO or arguments.at_once < 8
        ),
        f"{growth:+.1%} memory at four times the backlog (at most {MOST_GROWTH:+.0%})": growth <= MOST_GROWTH,
        "every fax marked, by one run of at most 15 minutes": all(
            run.told.marked == run.faxes for run in (peer, small, large)
        ),
        f"never more than {arguments.at_once} marks at once, nor two queries": all(
            run.told.most_marks_at_once <= arguments.at_once and run.told.most_queries_at_once == 1
            for run in (small, large)
        ),
    }
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    sys.exit(0 if all(limits.values()) else 1)


def measure(name: str, faxes: int, latency_seconds: float, parameters: Mapping[str, str] | None) -> Run:
    """Of ours with `parameters`, of the peer without."""
    print(f"{name}: {faxes} faxes", file=sys.stderr, flush=True)
    with softlinx_world(faxes, latency_seconds, is_ours=parameters is not None) as world:
        what = (
            ["zeep"]
            if parameters is None
            else ["ours", json.dumps({**parameters, "SoftlinxUrl": world.softlinx_url})]
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


def table(runs: Sequence[Run]) -> str:
    lines = [f"{'':24}{'faxes':>8}{'seconds':>10}{'faxes/s':>9}{'ms a fax':>10}{'peak MB':>9}"]
    lines += [
        f"{run.name:24}{run.faxes:>8}{run.seconds:>10.1f}{run.faxes_each_second:>9.1f}"
        f"{run.milliseconds_each:>10.1f}{run.peak_megabytes:>9.0f}"
        for run in runs
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
