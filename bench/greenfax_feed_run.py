"""One measurement over one feed's file, in a process of its own, for `bench.greenfax_feed`.

Prints, as the last line, the rows found, the seconds of the processor they took, which others on the machine
hardly change, the process's peak memory in MB and, for the pipelines, the request units that the table would
have charged.
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from threading import Lock
from time import process_time
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import iterparse
from zoneinfo import ZoneInfo

import httpx
from lxml import etree

from faxledger.adapters.clock import SystemClock
from faxledger.domain.coverage import Days
from faxledger.domain.fax import Direction
from faxledger.domain.report import Report
from faxledger.ledger import keys
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.table import Table
from faxledger.ledger.unreadable import DynamoUnreadables
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.feed import FeedAddress, FeedWords, GreenFaxFeed
from faxledger.providers.greenfax.feed_xml import xml_rows
from faxledger.providers.greenfax.rows import row_report
from faxledger.providers.greenfax.status import StatusWords
from faxledger.providers.greenfax.xml_row import XmlRow
from faxledger.usecases.feed_plan import Window
from faxledger.usecases.feed_reading import Reading, WindowReader
from faxledger.usecases.record import Recorder

ACCOUNT = GreenFaxAccount("12345", ZoneInfo("America/New_York"))
WORDS = StatusWords(frozenset({"success"}), frozenset({"busy"}))
_PIECE = 65_536
_INDEXES = (keys.BY_TIME, keys.BY_STATUS, keys.BY_REFERENCE, keys.BY_NUMBER, keys.DUE)
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


def pieces(feed: Path) -> Iterator[bytes]:
    with feed.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def standard(feed: Path) -> int:
    found = 0
    with feed.open("rb") as file:
        events = iterparse(file, events=("start", "end"))  # noqa: S314 - the bench wrote the file # nosec B314
        _, root = next(events)
        for event, element in events:
            if event == "end" and element.tag == "fax":
                found += 1
                root.clear()
    return found


def by_lxml(feed: Path) -> int:
    found = 0
    for _, element in etree.iterparse(str(feed), tag="fax"):
        found += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return found


def matched(row: XmlRow) -> Report:
    return row_report(ACCOUNT, WORDS, Direction.OUTBOUND, row.given)


CONTESTANTS: Mapping[str, Callable[[Path], int]] = MappingProxyType(
    {
        "standard library: iterparse": standard,
        "lxml: iterparse": by_lxml,
        "faxledger: find rows": lambda feed: sum(1 for _ in xml_rows(pieces(feed))),
        "faxledger: find rows, their digests": lambda feed: sum(
            row.digest >= 0 for row in xml_rows(pieces(feed))
        ),
        "faxledger: find rows, match and build reports": lambda feed: sum(
            matched(row).status is not None for row in xml_rows(pieces(feed))
        ),
    }
)
# Nothing is known of any fax, nor remembered of any reading.
FIRST = "faxledger: the first reading, all is news"
# In this order: the first leaves behind what the second remembers.
PIPELINES = ("faxledger: read all, once a day", "faxledger: read again, nothing changed")


class CountingTable:
    """A DynamoDB client to which no fax is known, or every one as the feed settled it; counts request units.

    Items are those that the ledger itself writes: a sent and a failed one, under each fax's key.
    """

    def __init__(self) -> None:
        self.read_units = 0
        self.write_units = 0
        self.updates = 0
        self._settled: dict[bool, dict[str, Any]] = {}
        self._first = 0
        self._knows_every_fax = False
        # Faxes are settled in several threads.
        self._lock = Lock()

    def learn(self, reports: Iterator[Report]) -> None:
        ledger = DynamoFaxLedger(Table(self, "faxes", 400, 24), SystemClock())
        for report in reports:
            self._first = self._first or int(report.fax.job_id)
            ledger.settle(report)
        self.write_units = self.updates = 0
        self._knows_every_fax = True

    def update_item(self, **request: Any) -> dict[str, Any]:
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        item = {name: values[f":{short[1:]}"] for short, name in names.items() if f":{short[1:]}" in values}
        with self._lock:
            self.updates += 1
            # An entry of an index is written too, and is never larger than a unit.
            self.write_units += ceil(_size(item) / 1024) + sum(index.partition in item for index in _INDEXES)
        self._settled[item["final_status"]["S"] == "sent"] = item
        return {}

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803 - botocore's
        ((table, asked),) = RequestItems.items()
        # A consistent read takes one unit for each 4 kB begun, and one where there is nothing.
        if not self._knows_every_fax:
            self.read_units += len(asked["Keys"])
            return {"Responses": {table: []}}
        items = [self._item(key) for key in asked["Keys"]]
        self.read_units += sum(ceil(_size(item) / 4096) for item in items)
        return {"Responses": {table: items}}

    def _item(self, key: Mapping[str, Any]) -> dict[str, Any]:
        number = int(key["pk"]["S"].rpartition("#")[2])
        return {**self._settled[(number - self._first) % 9 != 0], **key}


def _size(value: Any) -> int:
    """Bytes of an attribute map: names and texts (DynamoDB's developer guide)."""
    if isinstance(value, Mapping):
        return sum(len(name) + _size(part) for name, part in value.items()) + 3
    return len(str(value).encode())


class FileMemory:
    """Implements `FeedMemory`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, feed: str) -> bytes | None:
        return self._path.read_bytes() if feed and self._path.exists() else None

    def keep(self, feed: str, content: bytes) -> None:
        if feed:
            self._path.write_bytes(content)


class Silent:
    """Implements `Log` and `Count`."""

    def __call__(self, _: str, _value: int = 1, /, **_labels: str) -> None:
        return

    def info(self, _: str, /, *, extra: Mapping[str, object]) -> None:
        del extra

    warning = error = info


def read(feed: Path, *, is_first: bool) -> tuple[int, CountingTable]:
    """The reading of a window as the function does it, but for the network."""
    clock, silent, table = SystemClock(), Silent(), CountingTable()
    if not is_first:
        rows = xml_rows(pieces(feed))
        table.learn(matched(row) for row in (next(rows), next(rows)))
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=pieces(feed))))
    ready = GreenFaxFeed(
        FeedAddress("https://feed.example", "accountid", "password", "startdate", "enddate"),
        ACCOUNT,
        lambda: "none",
        FeedWords(WORDS, frozenset()),
        Direction.OUTBOUND,
        http,
        clock,
        most_seconds=timedelta(days=1).total_seconds(),
    ).ready()
    known = Table(table, "faxes", 400, 24)
    memory = FileMemory(feed.with_suffix(".seen"))
    reader = WindowReader(
        way="bench",
        memory=memory,
        recorder=Recorder(
            DynamoFaxLedger(known, clock),
            DynamoUnreadables(known, clock),
            silent,
            silent,
            clock=clock,
            retention=timedelta(days=known.retention_days),
        ),
        clock=clock,
        count=silent,
        log=silent,
    )
    reading = Reading()
    days = Window(Days(date(2026, 11, 1), date(2026, 11, 22)))
    reader.read("greenfax-outbound", days, ready, clock.now() + timedelta(minutes=1), _FAR, reading)
    content = memory.recall("greenfax-outbound") or b""
    return len(content.partition(b"\n")[2]) // 8 if reading.is_whole else 0, table


def measured(name: str, feed: Path) -> dict[str, Any]:
    """`empty`, or a contestant, or a pipeline, over a file: what `bench.greenfax_feed` has of it."""
    units: dict[str, float] = {}
    began = process_time()
    if name in (FIRST, *PIPELINES):
        rows, table = read(feed, is_first=name == FIRST)
        units = {"reads": table.read_units, "writes": table.write_units, "updates": table.updates}
    else:
        rows = CONTESTANTS[name](feed) if name in CONTESTANTS else 0
    seconds = process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": rows, "seconds": seconds, "megabytes": peak, "units": units}


def main() -> None:
    """Of the name and the file that are given."""
    print(json.dumps(measured(sys.argv[1], Path(sys.argv[2]))))


if __name__ == "__main__":
    main()
