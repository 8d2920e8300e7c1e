"""A feed of a million rows, parsed beside the standard library and lxml, then read into a ledger.

Each measurement is a fresh process over the same file; exits with 1 over a limit. `make bench-feed` runs
it, and `ARGS_BENCH="--rows 100000"` makes it short.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.greenfax_feed_run import CONTESTANTS, PIPELINES

ROOT = Path(__file__).parents[1]
# Of the standard library's iterparse over the same file; the best of all rounds of each.
LEAST_SPEED = 0.5
# Above a process that has imported the same and read nothing.
MOST_MEGABYTES = 60.0
# List prices of us-east-1, on demand, November 2026, in USD.
PRICE_OF_A_MILLION_READS = 0.125
PRICE_OF_A_MILLION_WRITES = 0.625
PRICE_OF_A_THOUSAND_PUTS = 0.005
PRICE_OF_A_THOUSAND_GETS = 0.0004
READINGS_A_DAY = 72
# "Cents", for the repeated reading of a million faxes on one day.
MOST_DOLLARS_A_DAY = 0.20

_ROW = """\
  <fax>
    <job_id>{number}</job_id>
    <fax_number>1202555{line:04d}</fax_number>
    <sender>frontdesk.{desk}@clinic.example</sender>
    <status>{status}</status>
    <pages>{pages}</pages>
    <duration>{duration}</duration>
    <cost>{cost}</cost>
    <fax_timestamp>2026-11-{day:02d} {hour:02d}:{minute:02d}:{second:02d}</fax_timestamp>
    <userjobcode>Order:{number}/{desk}, made up to be of the usual length of an order's own code</userjobcode>
  </fax>
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process said; `units` are those of the table, for a pipeline."""

    name: str
    rows: int
    seconds: float
    megabytes: float
    units: dict[str, float]


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.greenfax_feed", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of each parser (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faxledger-bench-") as folder:
        feed = Path(folder, "feed.xml")
        with feed.open("w", encoding="utf-8") as file:
            file.writelines(document(arguments.rows))
        size = feed.stat().st_size / 1e6
        print(f"{arguments.rows:,} rows, {size:,.0f} MB", flush=True)
        empty = measure("empty", feed)
        parsed = {name: best(name, feed, arguments.rounds) for name in CONTESTANTS}
        read = {name: measure(name, feed) for name in PIPELINES}
    print(f"{'':44}{'CPU s':>9}{'MB/s':>8}{'MB above empty':>16}")
    for one in (*parsed.values(), *read.values()):
        above = one.megabytes - empty.megabytes
        print(f"{one.name:44}{one.seconds:>9.1f}{size / one.seconds:>8.0f}{above:>16.1f}")
    sys.exit(0 if judge(arguments.rows, empty, parsed, read) else 1)


def document(rows: int) -> Iterator[str]:
    """Made up, and the same every time."""
    yield "<?xml version='1.0' encoding='utf-8'?>\n<outbound_faxes>\n"
    for number in range(rows):
        yield _ROW.format(
            number=8_591_334 + number,
            line=number % 10_000,
            desk=number % 977,
            status="success" if number % 9 else "busy",
            pages=number % 17 + 1,
            duration=30 + number % 300,
            cost=f"0.{number % 90 + 10}",
            day=number % 21 + 1,
            hour=number % 24,
            minute=number % 60,
            second=number % 59,
        )
    yield "</outbound_faxes>\n"


def measure(name: str, feed: Path) -> Measured:
    print(f"  {name}", file=sys.stderr, flush=True)
    finished = subprocess.run(
        [sys.executable, "-m", "bench.greenfax_feed_run", name, str(feed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(f"{name} failed:\n{finished.stderr}")
    return Measured(name, **json.loads(finished.stdout.splitlines()[-1]))


def best(name: str, feed: Path, rounds: int) -> Measured:
    return min((measure(name, feed) for _ in range(rounds)), key=lambda measured: measured.seconds)


def judge(rows: int, empty: Measured, parsed: dict[str, Measured], read: dict[str, Measured]) -> bool:
    ours, standard = parsed["faxledger: find rows"], parsed["standard library: iterparse"]
    again, full = read["faxledger: read again, nothing changed"], read["faxledger: read all, once a day"]
    dollars = cost_of_a_day(again, full) * 1e6 / rows
    speed = standard.seconds / ours.seconds
    above = {one.name: one.megabytes - empty.megabytes for one in (ours, *read.values())}
    largest = max(above, key=lambda name: above[name])
    limits = {
        f"rows are found at {speed:.2f} times iterparse's speed (at least {LEAST_SPEED})": speed
        >= LEAST_SPEED,
        f"at most {above[largest]:.0f} MB above the empty process (under {MOST_MEGABYTES:.0f}): {largest}": (
            above[largest] < MOST_MEGABYTES
        ),
        f"a day's repeated reading costs {dollars * 100:.1f} cents a million faxes (at most "
        f"{MOST_DOLLARS_A_DAY * 100:.0f}): {units(again)} each time, {units(full)} once": (
            dollars <= MOST_DOLLARS_A_DAY
        ),
        "every row was found": all(one.rows == rows for one in (*parsed.values(), *read.values())),
    }
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    return all(limits.values())


def cost_of_a_day(again: Measured, full: Measured) -> float:
    return (READINGS_A_DAY - 1) * cost_of(again) + cost_of(full)


def cost_of(reading: Measured) -> float:
    """In USD: the table's units, and one object read and written."""
    return (
        reading.units["reads"] * PRICE_OF_A_MILLION_READS / 1e6
        + reading.units["writes"] * PRICE_OF_A_MILLION_WRITES / 1e6
        + PRICE_OF_A_THOUSAND_PUTS / 1e3
        + PRICE_OF_A_THOUSAND_GETS / 1e3
    )


def units(reading: Measured) -> str:
    return f"{reading.units['reads']:,.0f} read units and {reading.units['writes']:,.0f} write units"


if __name__ == "__main__":
    main()
