"""A span read lane by lane gives everything that counts to it, each once, and nothing else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from faxledger.domain.deliveries import Channel, Delivery, DeliveryKey, Target
from faxledger.domain.events import EventType
from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from faxledger.domain.spans import Span
from faxledger.domain.submission import HandedOver, Order, Recipient
from faxledger.domain.tallies import Flow, Owed
from faxledger.ledger import keys
from faxledger.ledger.spans import DynamoSpanReading
from faxledger.ledger.table import Table
from faxledger.usecases.ports.reconciling import LanePage
from tests.contract import worlds
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.events import day_delivery_of
from tests.fakes.faxes import greenfax, inbound, outbound, report, unreadable

HOUR = timedelta(hours=1)
SPAN = Span(NOON, NOON + HOUR)
ORDER = "0123456789abcdef" * 2


class Shelf:
    """A table, and its ledger at any time of ours; `pages` reads a span to its end."""

    def __init__(self, server: worlds.Server, entries: int) -> None:
        self.server = server
        self.world = server.world()
        table = Table(server.client, server.table, worlds.RETENTION_DAYS, worlds.OVERDUE_HOURS)
        self.reading = DynamoSpanReading(table, self.world.clock, entries=entries)

    @property
    def clock(self) -> StoppedClock:
        return self.world.clock

    def settle(self, fax: FaxId, completed_at: datetime | None, source: Source = Source.POLL) -> None:
        status = Status.RECEIVED if fax.direction is Direction.INBOUND else Status.SENT
        self.world.ledger.settle(report(fax, status, completed_at=completed_at, source=source))

    def accept(self, order_id: str) -> str:
        submission = f"{order_id}-1"
        order = Order(
            id=order_id,
            provider=Provider.SOFTLINX,
            submissions=(submission,),
            recipients=(Recipient("12025550100"),),
            accepted_at=self.clock.now(),
            fingerprint="f",
        )
        self.world.orders.accept(order)
        return submission

    def pages(self, span: Span = SPAN) -> Iterator[LanePage]:
        for lane in self.reading.lanes():
            after: str | None = None
            while True:
                page = self.reading.page(lane, span, after=after)
                yield page
                if (after := page.position) is None:
                    break

    def found(self, span: Span = SPAN) -> list[str]:
        return sorted(str(one.id) for page in self.pages(span) for one in page.found)

    def owed(self) -> Counter[tuple[Flow, Owed]]:
        return sum((Counter(page.owed) for page in self.pages()), start=Counter())


@pytest.fixture(params=[2, 500], ids=["small pages", "large pages"])
def shelf(server: worlds.Server, request: pytest.FixtureRequest) -> Shelf:
    return Shelf(server, request.param)


def test_faxes_count_to_the_span_in_which_they_were_completed(shelf: Shelf) -> None:
    inside = [outbound(1), inbound(1), greenfax(1), *(outbound(number) for number in range(10, 25))]
    for minute, fax in enumerate(inside):
        shelf.settle(fax, NOON + timedelta(minutes=minute))
    shelf.settle(outbound(2), SPAN.since - timedelta(milliseconds=1))
    shelf.settle(outbound(3), SPAN.until)
    assert shelf.found() == sorted(map(str, inside))


def test_without_a_completion_a_fax_counts_by_when_it_was_settled_or_first_heard_of(shelf: Shelf) -> None:
    shelf.settle(outbound(1), None)
    shelf.world.ledger.open(HandedOver(outbound(2), NOON))
    shelf.world.ledger.open(HandedOver(outbound(3), NOON - HOUR))
    assert shelf.found() == [str(outbound(1)), str(outbound(2))]


def test_a_fax_whose_completion_is_learned_later_counts_once_and_there(shelf: Shelf) -> None:
    shelf.settle(outbound(1), None)
    shelf.settle(outbound(1), NOON - HOUR, Source.CALLBACK)
    assert shelf.found() == []
    assert shelf.found(Span(NOON - 2 * HOUR, NOON)) == [str(outbound(1))]


def test_a_submission_without_a_fax_counts_by_when_it_was_accepted(shelf: Shelf) -> None:
    assert shelf.found() == [] != [shelf.accept(ORDER)]
    assert shelf.found() == [f"{ORDER}-1"]


def test_what_is_open_since_the_day_before_is_counted_apart(shelf: Shelf) -> None:
    shelf.world.ledger.open(HandedOver(outbound(1), NOON - 23 * HOUR))
    shelf.world.ledger.open(HandedOver(outbound(2), NOON - 25 * HOUR))
    shelf.world.ledger.open(HandedOver(outbound(3), NOON - HOUR))
    shelf.settle(outbound(3), NOON - HOUR)
    shelf.world.ledger.open(HandedOver(outbound(4), NOON))
    assert sum(page.open_before for page in shelf.pages()) == 1


def test_what_nobody_could_read_counts_until_a_day_after_the_span(shelf: Shelf) -> None:
    shelf.clock.advance(hours=-1)
    shelf.world.unreadables.set_aside(unreadable(b"before"))
    for hours in (1, 2, 20):
        shelf.clock.advance(hours=hours)
        shelf.world.unreadables.set_aside(unreadable(f"after {hours}".encode()))
    shelf.clock.advance(hours=3)
    shelf.world.unreadables.set_aside(unreadable(b"of another day"))
    assert sum(page.set_aside for page in shelf.pages()) == 3


def test_an_item_that_cannot_be_read_costs_itself_alone_and_is_counted(shelf: Shelf) -> None:
    for number in range(5):
        shelf.settle(outbound(number), NOON)
    broken = shelf.server.item(outbound(2))
    shelf.server.client.put_item(TableName=shelf.server.table, Item={**broken, "final_status": {"S": "lost"}})
    assert shelf.found() == [str(outbound(number)) for number in (0, 1, 3, 4)]
    assert sum(page.unreadable_items for page in shelf.pages()) == 1


def delivery(fax: FaxId, number: int) -> Delivery:
    target = Target(Channel.WEBHOOK, f"https://desk.example/{number}")
    key = DeliveryKey(fax, "event", target.id)
    return Delivery(key, target, EventType.FAX_SENT, "{}", NOON, NOON)


def test_deliveries_count_to_the_span_of_their_fax(shelf: Shelf) -> None:
    shelf.settle(outbound(1), NOON)
    shelf.settle(outbound(2), NOON - HOUR)
    failed = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", shelf.accept(ORDER))
    for number, fax in enumerate((outbound(1), outbound(1), outbound(1), outbound(2), failed)):
        shelf.world.deliveries.plan(delivery(fax, number))
    # It is about no fax.
    shelf.world.deliveries.plan(day_delivery_of(next_at=NOON))
    taken, refused = (delivery(outbound(1), number) for number in (0, 1))
    shelf.world.deliveries.done(taken)
    started = shelf.world.deliveries.begin(refused.key, now=NOON, until=NOON)
    assert started is not None
    shelf.world.deliveries.give_up(started, "answered 500")
    flow = Flow(Provider.SOFTLINX, Direction.OUTBOUND)
    assert shelf.owed() == {(flow, Owed.UNDELIVERED): 2, (flow, Owed.DELIVERIES_GIVEN_UP): 1}


def test_what_an_index_lists_twice_counts_once(shelf: Shelf) -> None:
    shelf.settle(outbound(1), NOON)
    lane = next(lane for lane in shelf.reading.lanes() if shelf.reading.page(lane, SPAN, after=None).found)
    former = keys.position(NOON + timedelta(minutes=5), str(outbound(1)))

    class Behind:
        def __getattr__(self, name: str) -> object:
            return getattr(shelf.server.client, name)

        def query(self, **request: object) -> object:
            answer = shelf.server.client.query(**request)
            answer["Items"] += [{**entry, keys.BY_TIME.sort: {"S": former}} for entry in answer["Items"]]
            return answer

    table = Table(Behind(), shelf.server.table, worlds.RETENTION_DAYS, worlds.OVERDUE_HOURS)
    page = DynamoSpanReading(table, shelf.clock).page(lane, SPAN, after=None)
    assert [fax.id for fax in page.found] == [outbound(1)]


def test_where_an_index_is_behind_its_item_decides(shelf: Shelf) -> None:
    shelf.settle(outbound(1), NOON)
    lane = next(lane for lane in shelf.reading.lanes() if shelf.reading.page(lane, SPAN, after=None).found)
    moved = dict(shelf.server.item(outbound(1)))
    # As after a source has told of another completion, and before the index knows.
    position = keys.position(NOON + 2 * HOUR, str(outbound(1)))

    class Behind:
        def __getattr__(self, name: str) -> object:
            return getattr(shelf.server.client, name)

        def query(self, **request: object) -> object:
            answer = shelf.server.client.query(**request)
            shelf.server.client.put_item(
                TableName=shelf.server.table, Item={**moved, keys.BY_TIME.sort: {"S": position}}
            )
            return answer

    table = Table(Behind(), shelf.server.table, worlds.RETENTION_DAYS, worlds.OVERDUE_HOURS)
    page = DynamoSpanReading(table, shelf.clock).page(lane, SPAN, after=None)
    assert page == replace(page, found=[])
