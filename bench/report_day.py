"""A day of many faxes reported, request by request as a caller does; exits with 1 over a limit.

The table is in a process of its own and makes the day up as it is asked. `make bench-report` runs it;
`--faxes 1000000` is the day that the design speaks of.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, process_time

from bench.deployed import ROOT
from bench.generated_day import DAY, Served, generated_day

# So many in a second of a processor at least: a million has to fit into a run of 15 minutes.
LEAST_A_SECOND = 1_500
# Of the peak at a quarter of the faxes.
MOST_GROWTH = 0.10
# Requests of a day that a table which is too busy may leave unanswered, before the report fails.
MOST_FAILURES = 20
# An item of up to 4 kB is one unit; the entries of the index come on top.
MOST_UNITS_A_FAX = 1.1


@dataclass(frozen=True, slots=True)
class Run:
    """One process that has read a whole day."""

    faxes: int
    seconds: float
    processor_seconds: float
    peak_megabytes: float
    kept_bytes: int
    served: Served

    @property
    def a_second(self) -> float:
        """By the processor's time: how long a busy machine takes says little."""
        return self.faxes / self.processor_seconds


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.report_day", description=__doc__)
    parser.add_argument("--faxes", type=int, default=100_000, help="of the day (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.005, help="seconds a call (default: %(default)s)")
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.url:
        _reconcile(arguments.url)
        return
    sizes = arguments.faxes // 4, arguments.faxes
    small, large = (measure(faxes, arguments.latency) for faxes in sizes)
    print(table([small, large]))
    growth = large.peak_megabytes / small.peak_megabytes - 1
    units = large.served.read_units / large.faxes
    limits = {
        f"{large.a_second:.0f} faxes in a second of a processor (at least {LEAST_A_SECOND})": large.a_second
        >= LEAST_A_SECOND,
        f"{growth:+.1%} memory at four times the faxes (at most {MOST_GROWTH:+.0%})": growth <= MOST_GROWTH,
        f"{units:.3f} read units a fax (at most {MOST_UNITS_A_FAX})": units <= MOST_UNITS_A_FAX,
        # The table may have served more: what it was too slow with is asked for again.
        "every fax counted once": (small.faxes, large.faxes) == sizes,
    }
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    sys.exit(0 if all(limits.values()) else 1)


def measure(faxes: int, latency_seconds: float) -> Run:
    print(f"a day of {faxes} faxes", file=sys.stderr, flush=True)
    with generated_day(faxes, latency_seconds) as (url, asks):
        finished = subprocess.run(
            [sys.executable, "-m", "bench.report_day", "--url", url],
            cwd=ROOT,
            env={
                **os.environ,
                "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode:
            sys.exit(f"the report failed:\n{finished.stderr}")
        asks.send(None)
        return Run(**json.loads(finished.stdout), served=asks.recv())


def _reconcile(_url: str) -> None:
    """In a process of its own, whose peak is that of the report alone; prints what a `Run` needs."""
    from faxledger.adapters.aws import patient_client  # noqa: PLC0415 - only this process needs them
    from faxledger.adapters.clock import SystemClock  # noqa: PLC0415
    from faxledger.adapters.json_records import to_json  # noqa: PLC0415
    from faxledger.adapters.plain_items import takes_items_plainly  # noqa: PLC0415
    from faxledger.domain.reconciliation import Evidence  # noqa: PLC0415
    from faxledger.domain.spans import Span  # noqa: PLC0415
    from faxledger.errors import LedgerUnavailable  # noqa: PLC0415
    from faxledger.ledger.spans import DynamoSpanReading  # noqa: PLC0415
    from faxledger.ledger.table import Table  # noqa: PLC0415
    from faxledger.usecases.reconcile import Reconcile  # noqa: PLC0415

    class NothingToProve:
        def of(self, span: Span, now: object) -> Evidence:  # noqa: ARG002
            return Evidence()

    clock = SystemClock()
    dynamodb = takes_items_plainly(patient_client("dynamodb"))
    reading = DynamoSpanReading(Table(dynamodb, "Table", 400, 24), clock)
    reconcile = Reconcile(reading, NothingToProve(), clock=clock)
    began, used = monotonic(), process_time()
    partial = reconcile.begin(Span(DAY, DAY + timedelta(days=1)))
    tries_left = MOST_FAILURES
    while not partial.is_finished:
        try:
            partial = reconcile.go_on(partial, clock.now() + timedelta(seconds=20))
        except LedgerUnavailable:
            # Whoever is answered 503 asks again, and nothing that was read is lost.
            tries_left -= 1
            if not tries_left:
                raise
    seconds, processor_seconds = monotonic() - began, process_time() - used
    measured: Mapping[str, float] = {
        "faxes": partial.faxes,
        "seconds": seconds,
        "processor_seconds": processor_seconds,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "kept_bytes": len(json.dumps(to_json(partial))),
    }
    print(json.dumps(measured))


def table(runs: Sequence[Run]) -> str:
    names = ("faxes", "seconds", "processor s", "read units", "calls", "peak MB", "kept kB")
    lines = ["".join(f"{name:>12}" for name in names)]
    lines += [
        f"{run.faxes:>12}{run.seconds:>12.1f}{run.processor_seconds:>12.1f}{run.served.read_units:>12.0f}"
        f"{run.served.queries + run.served.batches:>12}{run.peak_megabytes:>12.0f}"
        f"{run.kept_bytes / 1024:>12.0f}"
        for run in runs
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
