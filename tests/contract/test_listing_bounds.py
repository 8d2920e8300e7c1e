"""Whatever is asked, a request examines a bounded number of index entries, and its cursor comes to an end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from faxledger.domain.fax import FaxId, Provider, Status
from faxledger.domain.report import DutyState, Facts, Fax
from faxledger.errors import MalformedInput
from faxledger.ledger import keys
from faxledger.ledger.deliveries import DynamoDeliveries
from faxledger.ledger.delivery_listing import DynamoDeliveryListing
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.index_pages import MOST_EXAMINED, write_cursor
from faxledger.ledger.listing import DynamoFaxListing
from faxledger.ledger.table import Table
from faxledger.usecases.ports.listing import ListedPage, Listing
from faxledger.usecases.ports.notifying import DeliveryFilter
from tests.contract import worlds
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.events import HOOK, OTHER_HOOK, delivery_of, job_of, sent_event
from tests.fakes.faxes import MARK, outbound, report

MOST = 32
# Of these a user is another than of the rest.
RARE = (0, 37, 52, 89)


@dataclass
class Counted:
    """A client of DynamoDB that counts what its queries have read."""

    client: Any
    queries: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def query(self, **request: Any) -> Any:
        answer = self.client.query(**request)
        self.queries.append(answer["ScannedCount"])
        return answer

    def batch_get_item(self, **request: Any) -> Any:
        self.items += [len(asked["Keys"]) for asked in request["RequestItems"].values()]
        return self.client.batch_get_item(**request)


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
        self.delivery_listing = DynamoDeliveryListing(self.table, self.clock, most_examined=MOST)

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
def shelf(dynamodb: worlds.Server) -> Shelf:
    return Shelf(dynamodb)


@pytest.fixture(scope="module")
def long_shelf(dynamodb_client: Any) -> Iterator[Shelf]:
    """A sent and a failed fax of one provider for each of 45 minutes, which nobody changes."""
    with worlds.new_table(dynamodb_client) as table:
        shelf = Shelf(table)
        for number in range(90):
            status = Status.FAILED if number % 2 else Status.SENT
            at = NOON - timedelta(minutes=number // 2)
            facts = Facts(user="jo" if number in RARE else "sam")
            shelf.ledger.settle(report(outbound(number), status, completed_at=at, facts=facts, owes=MARK))
        yield shelf


def test_a_request_examines_two_thousand_entries_at_most() -> None:
    assert MOST_EXAMINED == 2_000


def test_one_provider_costs_nothing_of_what_the_other_has(long_shelf: Shelf) -> None:
    page = long_shelf.page(Listing(provider=Provider.GREENFAX))

    assert (page.faxes, page.cursor) == ((), None)
    assert (len(long_shelf.counted.queries), sum(long_shelf.counted.queries)) == (2 * keys.SHARDS, 0)


@pytest.mark.parametrize(
    ("which", "examined"),
    [
        (Listing(user="jo"), 90),
        (Listing(user="jo", status=Status.SENT), 90),
        (Listing(user="nobody"), 90),
        (Listing(user="jo", status=Status.FAILED), 45),
        (Listing(user="jo", is_unfinished=True), 90),
        (Listing(user="nobody", is_given_up=True), 90),
    ],
)
def test_a_rare_fax_is_found_by_pages_none_of_which_examines_more_than_it_may(
    long_shelf: Shelf, which: Listing, examined: int
) -> None:
    found: list[FaxId] = []
    requests = 0
    for page in long_shelf.pages(which):
        found += [fax.id for fax in page.faxes]
        requests += 1
        assert sum(long_shelf.counted.queries) <= MOST

    wanted: tuple[int, ...] = RARE if which.user == "jo" else ()
    if which.status is not None:
        wanted = tuple(number for number in wanted if number % 2 == (which.status is Status.FAILED))
    assert sorted(found) == sorted(map(outbound, wanted))
    assert examined / MOST < requests <= 20


@pytest.mark.parametrize("limit", [20, 50, 200])
def test_pages_that_are_cut_leave_nothing_out_and_show_nothing_twice(long_shelf: Shelf, limit: int) -> None:
    assert sorted(long_shelf.found(Listing(), limit=limit)) == sorted(map(outbound, range(90)))


def test_an_item_that_nobody_can_read_is_passed_over(shelf: Shelf) -> None:
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


def test_a_rare_target_s_deliveries_are_found_by_pages_that_read_no_other_s_items(shelf: Shelf) -> None:
    deliveries = DynamoDeliveries(shelf.table, shelf.clock)
    for number in range(90):
        target = OTHER_HOOK if number in RARE else HOOK
        at = NOON - timedelta(minutes=number // 2)
        deliveries.plan(delivery_of(sent_event(outbound(number)), target, next_at=at))

    which = DeliveryFilter(DutyState.PENDING, target_id=OTHER_HOOK.id)
    found: list[str] = []
    cursor, requests = None, 0
    shelf.counted.items.clear()
    while requests == 0 or cursor is not None:
        shelf.counted.queries.clear()
        page = shelf.delivery_listing.page(which, limit=50, cursor=cursor)
        assert sum(shelf.counted.queries) <= MOST
        found += [job_of(delivery.key) for delivery in page.deliveries]
        cursor, requests = page.cursor, requests + 1

    assert sorted(found) == sorted(map(str, RARE))
    assert 90 / MOST < requests <= 20
    assert sum(shelf.counted.items) == len(RARE)


def test_of_a_long_backlog_only_what_may_be_late_enough_is_examined(shelf: Shelf) -> None:
    deliveries = DynamoDeliveries(shelf.table, shelf.clock)
    for number in range(40):
        at = NOON - timedelta(minutes=number)
        deliveries.plan(delivery_of(sent_event(outbound(number)), next_at=at))

    shelf.counted.queries.clear()
    which = DeliveryFilter(DutyState.PENDING, since=NOON - timedelta(minutes=4))
    page = shelf.delivery_listing.page(which, limit=50, cursor=None)
    assert (len(page.deliveries), page.cursor, sum(shelf.counted.queries)) == (5, None, 5)


@pytest.mark.parametrize("position", ["2026-11-27T12:00:00.000Z#softlinx.outbound.acme.1", "x", "x#y#z"])
def test_a_cursor_of_the_faxes_is_none_of_the_deliveries(shelf: Shelf, position: str) -> None:
    with pytest.raises(MalformedInput, match="cursor"):
        shelf.delivery_listing.page(
            DeliveryFilter(DutyState.PENDING), limit=50, cursor=write_cursor(position)
        )
