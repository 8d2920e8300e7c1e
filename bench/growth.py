"""What grows with an account: a listing and a sweep over many faxes; exits with 1 over a limit.

The faxes lie in the tables in memory (`local/dynamodb`), filled by the ledger directly, in a process of its
own that answers after 5 ms as a table in the same region does. `make bench-growth` runs it, and the burst.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.deployed import ROOT
from bench.filled_table import Asked, filled_table
from bench.growth_run import Listed
from bench.slopes import Sized, seconds_each
from faxledger.ledger.index_pages import MOST_EXAMINED
from local.runtime.template import read_template

# The four indexes' shards of both providers in both directions are asked at once, and mostly once more.
MOST_QUERIES: Final = 64
# Of a page of 50, and of one that goes through 2,000 items of which few are meant, at 5 ms a call.
ITEMS_OF_A_PAGE: Final = 51
MOST_MILLISECONDS: Final = 500
MOST_MILLISECONDS_OF_A_SEARCH: Final = 5_000
# Of a run's time and of its function's memory: the tables here answer sooner than some do.
MOST_SHARE_OF_TIME: Final = 0.5
MOST_SHARE_OF_MEMORY: Final = 0.5


@dataclass(frozen=True, slots=True)
class Swept:
    """One run of the sweep, in a process of its own; `asked` is what it asked of AWS."""

    name: str
    debts: int
    seconds: float
    processor_seconds: float
    peak_megabytes: float
    asked: Asked


def main() -> None:
    """Measures, prints and judges."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--faxes", type=int, default=100_000, help="(default: %(default)s)")
    faxes = parser.parse_args().faxes
    sweep = read_template(ROOT / "template.yaml").resources["Sweep"].properties
    time, memory = float(sweep["Timeout"]), float(sweep["MemorySize"])
    with filled_table(faxes // 4) as (url, asks):
        fewer = listed(url, faxes // 4)
        small = swept("a quarter", url, asks, faxes // 4, time)
    with filled_table(faxes) as (url, asks):
        pages = listed(url, faxes)
        large = swept("all that is owed", url, asks, faxes, time)
        again = swept("an hour's next run", url, asks, faxes, time)
    print(table_of_pages(pages))
    print(table_of_sweeps([small, large, again]))
    kept = judge_pages(fewer, pages, faxes) & judge_sweeps(small, large, again, time, memory)
    sys.exit(0 if kept else 1)


def listed(url: str, faxes: int) -> list[Listed]:
    print(f"listings of {faxes:,} faxes", file=sys.stderr, flush=True)
    return [Listed(**page) for page in _run(url, "listing", str(faxes))]


def swept(name: str, url: str, asks: Any, debts: int, seconds_left: float) -> Swept:
    print(f"a sweep over {debts:,} debts: {name}", file=sys.stderr, flush=True)
    asks.send(None)
    asks.recv()
    measured = _run(url, "sweep", str(seconds_left))
    asks.send(None)
    return Swept(name, debts, **measured, asked=asks.recv())


def _run(url: str, *arguments: str) -> Any:
    finished = subprocess.run(
        [sys.executable, "-m", "bench.growth_run", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if finished.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{finished.stderr}")
    return json.loads(finished.stderr.splitlines()[-1])


def table_of_pages(pages: Sequence[Listed]) -> str:
    titles = ("page", "faxes", "queries", "entries", "items", "ms")
    lines = [f"{'GET /faxes?':34}" + "".join(f"{title:>9}" for title in titles)]
    for one in pages:
        cells = (one.page, one.faxes, one.queries, f"{one.entries:,}", one.items, f"{one.milliseconds:.0f}")
        lines.append(f"{one.listing:34}" + "".join(f"{cell:>9}" for cell in cells))
    return "\n".join(lines)


def table_of_sweeps(runs: Sequence[Swept]) -> str:
    titles = ("debts", "sent for", "batches", "queries", "reads", "writes", "seconds", "CPU s", "peak MB")
    lines = ["", f"{'sweep':20}" + "".join(f"{title:>10}" for title in titles)]
    for run in runs:
        calls = run.asked.calls
        cells = (
            f"{run.debts:,}",
            f"{run.asked.messages:,}",
            f"{calls['SendMessageBatch']:,}",
            f"{calls['Query']:,}",
            f"{calls['BatchGetItem']:,}",
            f"{calls['UpdateItem']:,}",
            f"{run.seconds:.1f}",
            f"{run.processor_seconds:.1f}",
            f"{run.peak_megabytes:.0f}",
        )
        lines.append(f"{run.name:20}" + "".join(f"{cell:>10}" for cell in cells))
    return "\n".join(lines)


def judge_pages(fewer: Sequence[Listed], pages: Sequence[Listed], faxes: int) -> bool:
    entries, queries = (max(getattr(one, what) for one in pages) for what in ("entries", "queries"))
    of_page, of_search = (
        max((one.milliseconds for one in pages if (one.items > ITEMS_OF_A_PAGE) is is_search), default=0)
        for is_search in (False, True)
    )
    return _judge(
        {
            f"no page examines more than {entries:,} entries (at most {MOST_EXAMINED:,})": entries
            <= MOST_EXAMINED,
            f"no page takes more than {queries} queries (at most {MOST_QUERIES})": queries <= MOST_QUERIES,
            f"a page takes {of_page:.0f} ms at most (under {MOST_MILLISECONDS:,}), one that searches "
            f"{of_search:.0f} ms (under {MOST_MILLISECONDS_OF_A_SEARCH:,})": (
                of_page < MOST_MILLISECONDS and of_search < MOST_MILLISECONDS_OF_A_SEARCH
            ),
            f"a first page of {faxes:,} asks no more than one of a quarter": all(
                large.queries <= small.queries and large.entries <= small.entries
                for small, large in zip(fewer, pages, strict=True)
                if small.page == "first"
            ),
        }
    )


def judge_sweeps(small: Swept, large: Swept, again: Swept, time: float, memory: float) -> bool:
    each, of_processor = (
        seconds_each(*(Sized(run.debts, getattr(run, what)) for run in (small, large)))
        for what in ("seconds", "processor_seconds")
    )
    return _judge(
        {
            f"{large.asked.faxes:,} of {large.debts:,} debts were sent for within one run, each once": (
                large.asked.faxes == large.asked.messages == large.debts
            ),
            f"it took {large.seconds:.0f} s of a run's {time:.0f} (at most {MOST_SHARE_OF_TIME:.0%}): one "
            f"more debt takes {each * 1000:.2f} ms, and {of_processor * 1000:.2f} ms of the processor": (
                large.seconds <= time * MOST_SHARE_OF_TIME
            ),
            f"it took {large.peak_megabytes:.0f} MB of {memory:.0f} (at most {MOST_SHARE_OF_MEMORY:.0%})": (
                large.peak_megabytes <= memory * MOST_SHARE_OF_MEMORY
            ),
            f"the next run sends for none of them ({again.asked.messages})": again.asked.messages == 0,
        }
    )


def _judge(limits: Mapping[str, bool]) -> bool:
    """Prints each limit and whether it is kept."""
    for said, is_kept in limits.items():
        print(f"{'kept  ' if is_kept else 'BROKEN'}  {said}")
    return all(limits.values())


if __name__ == "__main__":
    main()
