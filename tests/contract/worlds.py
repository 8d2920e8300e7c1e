"""Everything the ledger's ports promise, on each implementation of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.session import get_session

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Unreadable
from faxledger.ledger import keys
from faxledger.ledger.amendments import DynamoAmendments
from faxledger.ledger.claims import DynamoClaims
from faxledger.ledger.closed_days import DynamoClosedDays
from faxledger.ledger.cursors import DynamoCursors
from faxledger.ledger.deliveries import DynamoDeliveries
from faxledger.ledger.delivery_listing import DynamoDeliveryListing
from faxledger.ledger.due import DynamoDue
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.feed_progress import DynamoFeedProgresses
from faxledger.ledger.heard import DynamoHeard
from faxledger.ledger.joins import DynamoJoins
from faxledger.ledger.listing import DynamoFaxListing
from faxledger.ledger.orders import DynamoOrders
from faxledger.ledger.resends import DynamoResends
from faxledger.ledger.routes import DynamoRoutes
from faxledger.ledger.table import Table
from faxledger.ledger.timeless import DynamoTimelessFaxes
from faxledger.ledger.transmissions import DynamoTransmissions
from faxledger.ledger.unreadable import DynamoUnreadables
from faxledger.usecases.ports.announcing import TimelessFaxes
from faxledger.usecases.ports.claims import Claims, Cursors
from faxledger.usecases.ports.feeds import FeedProgresses
from faxledger.usecases.ports.heard import Heard
from faxledger.usecases.ports.ledger import Amendments, FaxLedger, Transmissions, Unreadables
from faxledger.usecases.ports.listing import FaxListing
from faxledger.usecases.ports.notifying import DeliveryListing, Routes
from faxledger.usecases.ports.sending import Resends
from local.dynamodb.in_moto import tables_in_memory
from tests.fakes.amendments import InMemoryAmendments
from tests.fakes.claims import InMemoryClaims, InMemoryCursors, InMemoryFeedProgresses
from tests.fakes.clock import StoppedClock
from tests.fakes.closed_days import InMemoryClosedDays
from tests.fakes.deliveries import InMemoryDeliveries, InMemoryRoutes
from tests.fakes.due import InMemoryDue
from tests.fakes.heard import InMemoryHeard
from tests.fakes.joins import InMemoryJoins
from tests.fakes.ledger import (
    InMemoryFaxLedger,
    InMemoryFaxListing,
    InMemoryUnreadables,
    Kept,
)
from tests.fakes.sending import InMemoryOrders, InMemoryResends
from tests.fakes.timeless import InMemoryTimelessFaxes
from tests.fakes.transmissions import InMemoryTransmissions
from tests.support.ledger_tables import create_ledger_table
from tests.support.moto_aws import moto_aws

RETENTION_DAYS = 400
OVERDUE_HOURS = 24
INDEXES = (keys.BY_TIME, keys.BY_STATUS, keys.BY_REFERENCE, keys.BY_NUMBER, keys.DUE)
INDEX_ATTRIBUTES = frozenset(name for index in INDEXES for name in (index.partition, index.sort))


@dataclass(frozen=True, slots=True)
class World:
    """One implementation of every port of the ledger; `kept` looks at what was set aside."""

    clock: StoppedClock
    ledger: FaxLedger
    amendments: Amendments
    listing: FaxListing
    due: DynamoDue | InMemoryDue
    unreadables: Unreadables
    claims: Claims
    cursors: Cursors
    progresses: FeedProgresses
    transmissions: Transmissions
    orders: DynamoOrders | InMemoryOrders
    joins: DynamoJoins | InMemoryJoins
    resends: Resends
    deliveries: DynamoDeliveries | InMemoryDeliveries
    delivery_listing: DeliveryListing
    routes: Routes
    heard: Heard
    timeless: TimelessFaxes
    closed_days: DynamoClosedDays | InMemoryClosedDays
    kept: Callable[[], list[Kept]]


@dataclass(frozen=True, slots=True)
class Server:
    """A client of something that speaks DynamoDB, and a table there; `is_real` is a server of its own."""

    client: Any
    table: str

    @property
    def is_real(self) -> bool:
        return "amazonaws.com" not in self.client.meta.endpoint_url

    def world(self) -> World:
        clock = StoppedClock()
        table = Table(self.client, self.table, RETENTION_DAYS, OVERDUE_HOURS)
        return World(
            clock,
            DynamoFaxLedger(table, clock),
            DynamoAmendments(table),
            DynamoFaxListing(table, clock),
            DynamoDue(table, clock),
            DynamoUnreadables(table, clock),
            DynamoClaims(table),
            DynamoCursors(table),
            DynamoFeedProgresses(table),
            DynamoTransmissions(table, clock),
            DynamoOrders(table, clock),
            DynamoJoins(table, clock),
            DynamoResends(table, clock),
            DynamoDeliveries(table, clock),
            DynamoDeliveryListing(table, clock),
            DynamoRoutes(table, clock),
            DynamoHeard(table),
            DynamoTimelessFaxes(table, clock),
            DynamoClosedDays(table),
            self._kept,
        )

    def item(self, fax: FaxId) -> dict[str, Any]:
        """The item as it lies in the table; empty if there is none."""
        answer = self.client.get_item(TableName=self.table, Key=keys.of_fax(fax), ConsistentRead=True)
        found: dict[str, Any] = answer.get("Item", {})
        return found

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return found

    def _kept(self) -> list[Kept]:
        return [
            Kept(
                Unreadable(
                    origin=item["origin"]["S"],
                    problem=item["problem"]["S"],
                    raw=item["raw"]["B"],
                    is_truncated=item["is_truncated"]["BOOL"],
                ),
                times=int(item["seen"]["N"]),
            )
            for item in self.items()
            if item["pk"]["S"].startswith("UNREADABLE#")
        ]


def in_memory() -> World:
    clock = StoppedClock()
    ledger, unreadables = InMemoryFaxLedger(clock), InMemoryUnreadables()
    orders = InMemoryOrders(clock)
    deliveries = InMemoryDeliveries(clock)
    return World(
        clock,
        ledger,
        InMemoryAmendments(ledger),
        InMemoryFaxListing(ledger, orders.submissions),
        InMemoryDue(ledger, orders, clock),
        unreadables,
        InMemoryClaims(),
        InMemoryCursors(),
        InMemoryFeedProgresses(),
        InMemoryTransmissions(),
        orders,
        InMemoryJoins(orders, ledger, clock),
        InMemoryResends(ledger, clock),
        deliveries,
        deliveries,
        InMemoryRoutes(),
        InMemoryHeard(),
        InMemoryTimelessFaxes(),
        InMemoryClosedDays(),
        lambda: list(unreadables.kept.values()),
    )


def server_client(url: str) -> Any:
    """A client that many threads can share; like the bundle's own it repeats once what was not answered."""
    return get_session().create_client(
        "dynamodb",
        endpoint_url=url,
        config=Config(
            max_pool_connections=60,
            connect_timeout=5,
            read_timeout=20,
            retries={"total_max_attempts": 2, "mode": "standard"},
            parameter_validation=False,
        ),
    )


def memory_client() -> Any:
    """A client of whatever answers in this process: the tables in memory, in a block of `memory_tables`."""
    return get_session().create_client(
        "dynamodb",
        config=Config(retries={"total_max_attempts": 2, "mode": "standard"}, parameter_validation=False),
    )


@contextmanager
def memory_tables() -> Iterator[None]:
    with moto_aws(), tables_in_memory():
        yield


@contextmanager
def new_table(client: Any) -> Iterator[Server]:
    """An empty table for the block. Then it is deleted: DynamoDB Local computes for each that it has."""
    server = Server(client, create_ledger_table(client))
    yield server
    if server.is_real:
        client.delete_table(TableName=server.table)
