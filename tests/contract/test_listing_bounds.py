"""Whatever is asked, a request examines a bounded number of index entries, and its cursor comes to an end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from faxledger.domain.fax import FaxId, Provider, Status
from faxledger.domain.report import Facts, Fax
from faxledger.errors import MalformedInput
from faxledger.ledger import keys
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.listing import MOST_EXAMINED, DynamoFaxListing
from faxledger.ledger.table import Table
from faxledger.usecases.ports.listing import ListedPage, Listing
from tests.contract import worlds
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import MARK, greenfax, outbound, report

MOST = 32


@dataclass
class Counted:
    """A client of DynamoDB that counts what its queries have read."""

    client: Any
    queries: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def query(self, **request: Any) -> Any:
        answer = self.client.query(**request)
        self.queries.append(answer["ScannedCount"])
        return answer


@dataclass
class Shelf:
    """A table with faxes in it, and a listing that examines `MOST` entries at most."""

    server: worlds.Server
    clock: StoppedClock = field(default_factory=StoppedClock)

    def __post_init__(self) -> None:
        self.counted = Counted(self.server.client)
        self.table = Table(self.counted, self.server.table, worlds.RETENTION_DAYS, worlds.OVERDUE_HOURS)
        self.ledger = DynamoFaxLedger(self.table, self.clock)
        self.listing = DynamoFaxListing(self.table, self.clock, most_examined=MOST)

    def page(self, which: Listing, *, limit: int = 50, cursor: str | None = None) -> ListedPage:
        self.counted.queries.clear()
        return self.listing.page(which, limit=limit, cursor=cursor)

    def pages(self, which: Listing, *, limit: int = 50) -> Iterator[ListedPage]:
        cursor = None
        while True:
            page = self.page(which, limit=limit, cursor=cursor)
            yield page
            if page.cursor is None:
                return
            assert page.cursor != cursor
            cursor = page.cursor

    def found(self, which: Listing, *, limit: int = 50) -> list[FaxId]:
        return [fax.id for page in self.pages(which, limit=limit) for fax in page.faxes]


@pytest.fixture
def shelf(server: worlds.Server) -> Shelf:
    return Shelf(server)


def test_a_request_examines_two_thousand_entries_at_most() -> None:
    assert MOST_EXAMINED == 2_000


def test_one_provider_costs_nothing_of_what_the_other_has(shelf: Shelf) -> None:
    for number in range(70):
        shelf.ledger.settle(report(outbound(number), completed_at=NOON - timedelta(minutes=number)))
    shelf.ledger.settle(report(greenfax(7), completed_at=NOON - timedelta(days=9)))

    page = shelf.page(Listing(provider=Provider.GREENFAX))

    assert ([fax.id for fax in page.faxes], page.cursor) == ([greenfax(7)], None)
    assert (len(shelf.counted.queries), sum(shelf.counted.queries)) == (2 * keys.SHARDS, 1)


@pytest.mark.parametrize(
    "which",
    [
        Listing(user="jo"),
        Listing(user="jo", status=Status.SENT),
        Listing(user="nobody"),
        Listing(status=Status.FAILED, user="jo"),
        Listing(is_unfinished=True, user="jo"),
    ],
)
def test_a_rare_fax_is_found_by_pages_none_of_which_examines_more_than_it_may(
    shelf: Shelf, which: Listing
) -> None:
    rare = {0: "jo", 37: "jo", 69: "jo"}
    for number in range(70):
        status = Status.FAILED if which.status is Status.FAILED else Status.SENT
        facts = Facts(user=rare.get(number, "sam"))
        at = NOON - timedelta(minutes=number)
        shelf.ledger.settle(report(outbound(number), status, completed_at=at, facts=facts, owes=MARK))

    found: list[FaxId] = []
    requests = 0
    for page in shelf.pages(which):
        found += [fax.id for fax in page.faxes]
        requests += 1
        assert sum(shelf.counted.queries) <= MOST

    assert sorted(found) == (sorted(map(outbound, rare)) if which.user == "jo" else [])
    assert 70 / MOST < requests <= 20


@pytest.mark.parametrize("limit", [1, 7, 50, 200])
def test_pages_that_are_cut_leave_nothing_out_and_show_nothing_twice(shelf: Shelf, limit: int) -> None:
    faxes = [outbound(number) for number in range(70)]
    for number, fax in enumerate(faxes):
        # Many faxes of the same moment, and all the latest in as few partitions as chance has it.
        shelf.ledger.settle(report(fax, completed_at=NOON - timedelta(hours=number // 20)))

    assert sorted(shelf.found(Listing(), limit=limit)) == sorted(faxes)


def test_an_item_that_nobody_can_read_is_passed_over_and_named(shelf: Shelf) -> None:
    for number in range(3):
        shelf.ledger.settle(report(outbound(number), completed_at=NOON - timedelta(minutes=number)))
    key = keys.of_fax(outbound(1))
    shelf.server.client.update_item(
        TableName=shelf.server.table,
        Key=key,
        UpdateExpression="SET settled_by = :odd",
        ExpressionAttributeValues={":odd": {"S": "a rumour"}},
    )

    page = shelf.page(Listing())

    assert [fax.id for fax in page.faxes] == [outbound(0), outbound(2)]
    assert page.unreadable == (str(outbound(1)),)


def test_what_left_a_listing_a_moment_ago_is_judged_by_what_it_is_now(shelf: Shelf) -> None:
    fax = outbound()
    shelf.ledger.settle(report(fax, Status.FAILED, owes=MARK))
    shelf.ledger.mark_done(fax)

    assert shelf.found(Listing(is_unfinished=True)) == []
    assert shelf.found(Listing(status=Status.FAILED)) == [fax]


def test_a_cursor_of_a_listing_by_due_time_is_one_of_ours(shelf: Shelf) -> None:
    for number in range(5):
        shelf.ledger.settle(report(outbound(number), owes=MARK))

    assert len(shelf.found(Listing(is_unfinished=True), limit=2)) == 5
    with pytest.raises(MalformedInput, match="cursor"):
        shelf.page(Listing(), cursor="MjAyNg")


def test_what_is_shown_is_a_fax(shelf: Shelf) -> None:
    shelf.ledger.settle(report(outbound()))
    (listed,) = shelf.page(Listing()).listed
    assert isinstance(listed.entry, Fax)
