"""The listing or the sweep over a filled table, in a process of its own, for `bench.growth`.

Prints, as the last line on stderr, what `bench.growth` has of it.
"""

import json
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from threading import Lock
from time import monotonic, process_time
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bench import deployed
from bench.filled_table import RARE_USER, TABLE, case_of, fax_id
from faxledger.adapters.aws import client
from faxledger.adapters.clock import SystemClock
from faxledger.adapters.observe import logger
from faxledger.ledger import keys
from faxledger.ledger.index_pages import write_cursor
from faxledger.ledger.listing import DynamoFaxListing
from faxledger.ledger.table import Table
from faxledger.web.fax_listings import FaxListings
from faxledger.web.request import Request

# A page is asked for so often, and the least time counts.
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a listing: of its range the newest faxes, or the oldest."""

    listing: str
    page: str
    faxes: int
    queries: int
    entries: int
    items: int
    milliseconds: float


class Counted:
    """A client of the table that counts what one page asks of it."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb
        self._lock = Lock()
        self.clear()

    def clear(self) -> None:
        self.queries = self.entries = self.items = 0

    def query(self, **request: Any) -> Any:
        answer = self._dynamodb.query(**request)
        with self._lock:
            self.queries += 1
            self.entries += answer["ScannedCount"]
        return answer

    def batch_get_item(self, **request: Any) -> Any:
        with self._lock:
            self.items += sum(len(asked["Keys"]) for asked in request["RequestItems"].values())
        return self._dynamodb.batch_get_item(**request)


def listed(faxes: int) -> Iterator[Listed]:
    """The first and the last page of every listing."""
    dynamodb = client("dynamodb")
    counted = Counted(dynamodb)
    listing = DynamoFaxListing(Table(counted, TABLE, 400, 24), SystemClock())
    answer = FaxListings(listing, {}, ZoneInfo("UTC"), logger("bench")).routes["GET /faxes"]

    def positions(number: int) -> dict[str, Any]:
        found: dict[str, Any] = dynamodb.get_item(TableName=TABLE, Key=keys.of_fax(fax_id(number)))["Item"]
        return found

    def page(name: str, which: str, query: Mapping[str, str]) -> Listed:
        request = Request("GET /faxes", {}, "", "", {}, urlencode(query), "", is_base64=False)
        least = inf
        shown: list[Any] = []
        for _ in range(_ROUNDS):
            counted.clear()
            began = monotonic()
            shown = json.loads(answer(request)["body"])["faxes"]
            least = min(least, (monotonic() - began) * 1000)
        return Listed(name, which, len(shown), counted.queries, counted.entries, counted.items, least)

    # The last page begins behind the fax that is a thousand from the end, of which all kinds have some left.
    before_the_end = positions(min(faxes, 1_000))
    a_day = keys.moment_of(positions(faxes // 2)[keys.BY_TIME.sort]["S"]).date().isoformat()
    for name, query, index in (
        ("all", {}, keys.BY_TIME),
        ("status=failed", {"status": "failed"}, keys.BY_STATUS),
        ("unfinished=true", {"unfinished": "true"}, keys.DUE),
        ("user=, who has few", {"user": RARE_USER}, keys.BY_TIME),
        ("a day", {"day": a_day}, None),
        ("reference=", {"reference": case_of(faxes // 2)}, None),
        ("provider=greenfax, who has none", {"provider": "greenfax"}, None),
    ):
        yield page(name, "first", query)
        if index is not None:
            yield page(name, "last", {**query, "cursor": write_cursor(before_the_end[index.sort]["S"])})


def swept(seconds_left: float) -> dict[str, float]:
    began, used = monotonic(), process_time()
    deployed.run("Sweep", {"SoftlinxRealm": "Acme", "SoftlinxUrl": "https://api.rpxtest.com"}, seconds_left)
    return {
        "seconds": monotonic() - began,
        "processor_seconds": process_time() - used,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(arguments: Sequence[str]) -> None:
    """`listing` and how many faxes there are, or `sweep` and how many seconds are left."""
    what, number = arguments
    said = [asdict(one) for one in listed(int(number))] if what == "listing" else swept(float(number))
    print(json.dumps(said), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
