"""An item that can't be read costs itself: every reader of several leaves it out, tells of it and goes on."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from faxledger.domain.cases import Transmission
from faxledger.domain.deliveries import DeliveryKey, Route, RouteKey
from faxledger.domain.fax import Provider, Source, Status
from faxledger.domain.report import DutyState, Facts
from faxledger.domain.submission import HandedOver, Order, Recipient
from faxledger.errors import ItemUnreadable
from faxledger.ledger.amendments import DynamoAmendments
from faxledger.ledger.deliveries import DynamoDeliveries
from faxledger.ledger.delivery_listing import DynamoDeliveryListing
from faxledger.ledger.due import DynamoDue
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.joins import DynamoJoins
from faxledger.ledger.listing import DynamoFaxListing
from faxledger.ledger.orders import DynamoOrders
from faxledger.ledger.routes import DynamoRoutes
from faxledger.ledger.set_aside import DynamoSetAsides
from faxledger.ledger.table import Table
from faxledger.ledger.transmissions import DynamoTransmissions
from faxledger.ledger.unreadable import DynamoUnreadables
from faxledger.usecases.ports.listing import Listing
from faxledger.usecases.ports.notifying import DeliveryFilter
from tests.contract.worlds import OVERDUE_HOURS, RETENTION_DAYS, Server
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.events import HOOK, MAIL, delivery_of, sent_event
from tests.fakes.faxes import MARK, inbound, outbound, report, unreadable

DAY = timedelta(days=1)
NUMBER = "12025550100"
ORDERS = ("a" * 32, "b" * 32, "c" * 32)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table, and the names of the items that a reader has left out."""

    server: Server
    table: Table
    clock: StoppedClock
    left_out: list[str]

    @property
    def ledger(self) -> DynamoFaxLedger:
        return DynamoFaxLedger(self.table, self.clock)

    def items(self, kind: str) -> list[dict[str, Any]]:
        return [item for item in self.server.items() if item["pk"]["S"].startswith(f"{kind}#")]

    def break_one(self, kind: str, part: str = "") -> str:
        """Let the item of this kind that has this in its key hold what the ledger stores nowhere."""
        (item,) = [item for item in self.items(kind) if part in item["pk"]["S"] + item["sk"]["S"]]
        item["novelty"] = {"N": "0.5"}
        self.server.client.put_item(TableName=self.server.table, Item=item)
        name: str = item["pk"]["S"]
        return name


@pytest.fixture
def shelf(server: Server) -> Shelf:
    left_out: list[str] = []
    table = Table(
        server.client,
        server.table,
        RETENTION_DAYS,
        OVERDUE_HOURS,
        lambda error: left_out.append(error.name),
    )
    return Shelf(server, table, StoppedClock(), left_out)


def settle_three(shelf: Shelf) -> str:
    for number in range(3):
        shelf.ledger.settle(report(outbound(number), owes=MARK))
    return shelf.break_one("FAX", "#1")


def hand_over_three(shelf: Shelf) -> str:
    for number in range(3):
        shelf.ledger.open(HandedOver(outbound(number), submitted_at=NOON))
    return shelf.break_one("FAX", "#1")


def submit_three(shelf: Shelf) -> str:
    for id_ in ORDERS:
        order = Order(
            id=id_,
            provider=Provider.GREENFAX,
            submissions=(f"{id_}-1",),
            recipients=(Recipient(NUMBER),),
            accepted_at=NOON,
            fingerprint="f",
        )
        DynamoOrders(shelf.table, shelf.clock).accept(order)
    return shelf.break_one("SUBMISSION", ORDERS[1])


def plan_three(shelf: Shelf) -> str:
    deliveries = DynamoDeliveries(shelf.table, shelf.clock)
    for number in range(3):
        deliveries.plan(delivery_of(sent_event(outbound(number)), next_at=NOON))
    return shelf.break_one("DELIVERY", ".1")


def set_aside_three(shelf: Shelf) -> str:
    for number in range(3):
        DynamoUnreadables(shelf.table, shelf.clock).set_aside(unreadable(b"%d" % number))
    (first, *_) = shelf.items("UNREADABLE")
    return shelf.break_one("UNREADABLE", first["pk"]["S"].partition("#")[2])


def route_three(shelf: Shelf) -> str:
    for user in "abc":
        DynamoRoutes(shelf.table, shelf.clock).put(Route(RouteKey.of(Provider.SOFTLINX, user), (HOOK, MAIL)))
    return shelf.break_one("ROUTE", "#b")


def transmission(number: int) -> Transmission:
    return Transmission(inbound(number), "Clinic 7", NUMBER, NOON + timedelta(minutes=number), is_whole=False)


def receive_three(shelf: Shelf) -> str:
    for number in range(3):
        DynamoTransmissions(shelf.table, shelf.clock).enter(transmission(number))
    return shelf.break_one("CASE", "00001")


@dataclass(frozen=True, slots=True)
class Reader:
    """Puts three items there of which one can't be read, and reads all of them."""

    fill: Callable[[Shelf], str]
    read: Callable[[Shelf], Iterable[object] | Collection[object]]


READERS = {
    "faxes by their ids": Reader(settle_three, lambda shelf: shelf.ledger.find_many(map(outbound, range(3)))),
    "a listing": Reader(
        settle_three,
        lambda shelf: DynamoFaxListing(shelf.table, shelf.clock).page(Listing(), limit=9, cursor=None).listed,
    ),
    "what is due": Reader(settle_three, lambda shelf: DynamoDue(shelf.table, shelf.clock).all()),
    "overdue faxes": Reader(
        hand_over_three, lambda shelf: DynamoDue(shelf.table, shelf.clock).overdue(before=NOON + 9 * DAY)
    ),
    "overdue submissions": Reader(
        submit_three, lambda shelf: DynamoDue(shelf.table, shelf.clock).overdue(before=NOON + 9 * DAY)
    ),
    "what was sent to a number": Reader(
        submit_three,
        lambda shelf: DynamoJoins(shelf.table, shelf.clock).sent_to(
            NUMBER, Provider.GREENFAX, since=NOON - DAY, until=NOON + DAY
        ),
    ),
    "deliveries by their state": Reader(
        plan_three,
        lambda shelf: (
            DynamoDeliveryListing(shelf.table, shelf.clock)
            .page(DeliveryFilter(DutyState.PENDING), limit=9, cursor=None)
            .deliveries
        ),
    ),
    "what was set aside": Reader(
        set_aside_three,
        lambda shelf: DynamoSetAsides(shelf.table, shelf.clock).page(limit=9, cursor=None).found,
    ),
    "routes": Reader(
        route_three, lambda shelf: DynamoRoutes(shelf.table, shelf.clock).page(cursor=None).routes
    ),
    "transmissions": Reader(
        receive_three,
        lambda shelf: DynamoTransmissions(shelf.table, shelf.clock).before(transmission(3), DAY),
    ),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_an_item_that_cant_be_read_is_left_out_and_told_of_and_costs_no_other(
    shelf: Shelf, reader: Reader
) -> None:
    broken = reader.fill(shelf)
    assert len(list(reader.read(shelf))) == 2
    assert shelf.left_out == [broken]


def test_a_delivery_of_a_fax_that_cant_be_read_costs_no_other_of_it(shelf: Shelf) -> None:
    deliveries = DynamoDeliveries(shelf.table, shelf.clock)
    for target in (HOOK, MAIL):
        deliveries.plan(delivery_of(sent_event(), target, next_at=NOON))
    shelf.break_one("DELIVERY", HOOK.id)
    (found,) = deliveries.about(outbound())
    assert (found.key.target_id, len(shelf.left_out)) == (MAIL.id, 1)


def test_a_delivery_whose_key_cant_be_read_costs_no_other_that_is_due(shelf: Shelf) -> None:
    deliveries = DynamoDeliveries(shelf.table, shelf.clock)
    deliveries.plan(delivery_of(next_at=NOON))
    (item,) = shelf.items("DELIVERY")
    shelf.server.client.put_item(
        TableName=shelf.server.table, Item={**item, "pk": {"S": "DELIVERY#nobody's"}}
    )
    (found,) = deliveries.due(before=NOON + DAY)
    assert isinstance(found, DeliveryKey)
    assert shelf.left_out == ["DELIVERY#nobody's"]


def test_whoever_asks_for_an_item_that_cant_be_read_is_told_so(shelf: Shelf) -> None:
    settle_three(shelf)
    submission = submit_three(shelf).partition("#")[2]
    broken = outbound(1)
    asked: list[Callable[[], object]] = [
        lambda: shelf.ledger.find(broken),
        lambda: shelf.ledger.settle(report(broken, Status.FAILED, source=Source.POLL)),
        lambda: DynamoAmendments(shelf.table).find(broken),
        lambda: DynamoJoins(shelf.table, shelf.clock).submission(submission),
    ]
    for ask in asked:
        with pytest.raises(ItemUnreadable, match="an item can't be read: ValueError"):
            ask()
    assert shelf.left_out == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cost_usd", "a dime"),
        ("settled_at", "2026-03-10T12:00:00"),
        ("completed_at", "0001-01-01T00:00:00Z"),
        ("completed_at", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_cost_that_is_no_number_and_a_time_that_cant_be_compared_cant_be_read(
    shelf: Shelf, name: str, value: str
) -> None:
    shelf.ledger.settle(report(outbound(), facts=Facts(reference="r")))
    (item,) = shelf.items("FAX")
    shelf.server.client.put_item(TableName=shelf.server.table, Item={**item, name: {"S": value}})
    with pytest.raises(ItemUnreadable):
        shelf.ledger.find(outbound())
