"""Reads that take several requests: queries to their end, and the items behind the entries of an index.

An index holds keys and lags behind its table. It says which items to look at; what they are like is read from
the table, consistently.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from faxledger.errors import ItemUnreadable, LedgerUnavailable
from faxledger.ledger.attributes import Decoded, Value, to_attributes
from faxledger.ledger.keys import Index
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.world import Clock

# BatchGetItem takes at most so many keys (DynamoDB's API reference).
KEYS_AT_ONCE: Final = 100
_ROUNDS: Final = 6

Item = Mapping[str, Any]


def items_of(table: Table, **query: Any) -> Iterator[Item]:
    """Every item that a query of the table finds. Raises `LedgerUnavailable`, possibly after some."""
    start: Item = {}
    while True:
        with ledger_errors():
            answer = table.client.query(TableName=table.name, **query, **start)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def entries_of(
    table: Table,
    index: Index,
    partitions: Iterable[str],
    condition: str = "",
    values: Mapping[str, Value] | None = None,
) -> Iterator[Item]:
    """The entries of these partitions of an index, together in its order; `condition` is about `#sort`.

    Of each partition only a page is held at a time. Raises as `items_of` does.
    """
    has_condition = {"#sort": index.sort} if condition else {}
    streams = [
        items_of(
            table,
            IndexName=index.name,
            KeyConditionExpression=f"#partition = :partition{f' AND {condition}' if condition else ''}",
            ExpressionAttributeNames={"#partition": index.partition, **has_condition},
            ExpressionAttributeValues=to_attributes({":partition": partition, **(values or {})}),
        )
        for partition in partitions
    ]
    return heapq.merge(*streams, key=lambda entry: str(entry[index.sort]["S"]))


def readable(table: Table, decode: Callable[[Item], Decoded], items: Iterable[Item]) -> Iterator[Decoded]:
    """The items decoded; each that is `ItemUnreadable` is told of and left out, and costs none around it."""
    for item in items:
        try:
            decoded = decode(item)
        except ItemUnreadable as error:
            table.unreadable(error)
            continue
        yield decoded


def items_behind(table: Table, clock: Clock, entries: Iterable[Item]) -> Iterator[Item]:
    """The items of these entries or keys as they are by now, in the same order; those that are gone are not.

    They are read a hundred at a time, as they are asked for. Raises `LedgerUnavailable`, possibly after some.
    """
    left = iter(entries)
    while some := list(islice(left, KEYS_AT_ONCE)):
        # What moved in the index while it was read may stand there twice.
        wanted = {name_of(entry): {"pk": entry["pk"], "sk": entry["sk"]} for entry in some}
        found = {name_of(item): item for item in _batch_get(table, clock, list(wanted.values()))}
        yield from (found[name] for name in wanted if name in found)


def _batch_get(table: Table, clock: Clock, wanted: Sequence[Item]) -> list[Item]:
    found: list[Item] = []
    asked: Item = {table.name: {"Keys": wanted, "ConsistentRead": True}}
    for patience in range(_ROUNDS):
        with ledger_errors():
            answer = table.client.batch_get_item(RequestItems=asked)
        found += answer["Responses"].get(table.name, [])
        asked = answer.get("UnprocessedKeys") or {}
        if not asked:
            return found
        clock.sleep(0.05 * 2**patience)
    raise LedgerUnavailable("the table left keys of a batch unread")


def name_of(item: Item) -> tuple[str, str]:
    """The key of an item, or of the item behind an entry."""
    return item["pk"]["S"], item["sk"]["S"]
