"""A feed of a million rows, parsed beside the standard library and lxml, then read into a ledger.

Each measurement is two fresh processes, over the whole file and over its first quarter, and speeds are of
what lies between: a start counts for nobody. A first reading, of which every row is news, is of a smaller
file. Exits with 1 over a limit. `make bench-feed` runs it; `ARGS_BENCH="--rows 100000"` makes it short.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.greenfax_feed_run import CONTESTANTS, FIRST, PIPELINES
from bench.slopes import Sized, seconds_each

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


@dataclass(frozen=True, slots=True)
class Reading:
    """The same over a quarter of the rows and over all; `bytes_each` is how long a row is."""

    small: Measured
    large: Measured
    bytes_each: float

    @property
    def microseconds_each(self) -> float:
        """Of the processor, for one more row."""
        small, large = (Sized(one.rows, one.seconds) for one in (self.small, self.large))
        return seconds_each(small, large) * 1e6

    @property
    def megabytes_each_second(self) -> float:
        return self.bytes_each / self.microseconds_each

    def units_each(self, kind: str) -> float:
        """Of the table, for one row."""
        return self.large.units[kind] / self.large.rows


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.greenfax_feed", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="(default: %(default)s)")
    parser.add_argument("--first-rows", type=int, default=100_000, help="all news (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of each parser (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faxledger-bench-") as folder:
        feeds = written(Path(folder, "feed"), arguments.rows)
        news = written(Path(folder, "news"), arguments.first_rows)
        print(f"{arguments.rows:,} rows, {feeds[1].stat().st_size / 1e6:,.0f} MB", flush=True)
        empty = measure("empty", feeds[1])
        parsed = {name: measure_both(name, feeds, arguments.rounds) for name in CONTESTANTS}
        read = {FIRST: measure_both(FIRST, news)} | {name: measure_both(name, feeds) for name in PIPELINES}
    print(table([*parsed.values(), *read.values()], empty))
    rows = dict.fromkeys((*CONTESTANTS, *PIPELINES), arguments.rows) | {FIRST: arguments.first_rows}
    sys.exit(0 if judge(rows, empty, parsed, read) else 1)


def written(folder: Path, rows: int) -> tuple[Path, Path]:
    """A quarter of so many rows, and all of them, each in a file."""
    folder.mkdir()
    paths = folder / "quarter.xml", folder / "whole.xml"
    for path, some in zip(paths, (rows // 4, rows), strict=True):
        with path.open("w", encoding="utf-8") as file:
            file.writelines(document(some))
    return paths


def table(everything: Sequence[Reading], empty: Measured) -> str:
    titles = ("rows", "CPU s", "us a row", "MB/s", "MB above", "read units", "write units", "writes")
    lines = [" " * 46 + "".join(f"{title:>12}" for title in titles)]
    for one in everything:
        large = one.large
        cells = [
            f"{large.rows:,}",
            f"{large.seconds:.1f}",
            f"{one.microseconds_each:.1f}",
            f"{one.megabytes_each_second:.0f}",
            f"{large.megabytes - empty.megabytes:.1f}",
            *(f"{count:,.0f}" for count in large.units.values()),
        ]
        lines.append(f"{large.name:46}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines)


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


def measure_both(name: str, feeds: tuple[Path, Path], rounds: int = 1) -> Reading:
    """The best of so many rounds of each size."""
    small, large = (
        min((measure(name, feed) for _ in range(rounds)), key=lambda measured: measured.seconds)
        for feed in feeds
    )
    size = feeds[1].stat().st_size - feeds[0].stat().st_size
    return Reading(small, large, size / (large.rows - small.rows))


def judge(
    rows: Mapping[str, int], empty: Measured, parsed: Mapping[str, Reading], read: Mapping[str, Reading]
) -> bool:
    """Prints each limit and whether it is kept; `rows` are those that each should have found."""
    ours, standard = parsed["faxledger: find rows"], parsed["standard library: iterparse"]
    again, full = (read[name].large for name in reversed(PIPELINES))
    first = read[FIRST]
    dollars = cost_of_a_day(again, full) * 1e6 / full.rows
    speed = standard.microseconds_each / ours.microseconds_each
    above = {one.large.name: one.large.megabytes - empty.megabytes for one in (ours, *read.values())}
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
        f"a first reading looks up each fax in a batch and settles it by one write: "
        f"{first.units_each('reads'):.2f} read units and {first.units_each('updates'):.2f} writes a row": (
            first.units_each("updates") == 1
        ),
        "every row was found": all(
            one.large.rows == rows[name] for name, one in (*parsed.items(), *read.items())
        ),
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
