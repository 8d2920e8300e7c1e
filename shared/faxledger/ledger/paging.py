"""Pages of what stands in an index, where everything that stands there is wanted."""

import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from faxledger.domain.timestamps import timestamp
from faxledger.errors import MalformedInput
from faxledger.ledger.attributes import to_attributes
from faxledger.ledger.keys import Index
from faxledger.ledger.reading import Item, items_behind
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.world import Clock


def page_of(
    table: Table,
    clock: Clock,
    index: Index,
    partitions: Sequence[str],
    *,
    limit: int,
    cursor: str | None,
) -> tuple[Sequence[Item], str | None]:
    """The items of these partitions together, the latest first, and the cursor of the next page.

    A page may be shorter: what has left the index meanwhile is left out. Raises `MalformedInput` for a cursor
    that is none, `LedgerUnavailable`.
    """
    before = "9" if cursor is None else _position(cursor)
    found = [_latest(table, index, partition, before, limit + 1) for partition in partitions]
    merged = heapq.merge(*found, key=lambda entry: str(entry[index.sort]["S"]), reverse=True)
    entries = list(islice(merged, limit + 1))
    more = _cursor(entries[limit - 1][index.sort]["S"]) if len(entries) > limit else None
    behind = items_behind(table, clock, entries[:limit])
    return [item for item in behind if index.partition in item], more


def _latest(table: Table, index: Index, partition: str, before: str, most: int) -> Sequence[Item]:
    with ledger_errors():
        answer: dict[str, Any] = table.client.query(
            TableName=table.name,
            IndexName=index.name,
            KeyConditionExpression="#partition = :partition AND #sort < :before",
            ExpressionAttributeNames={"#partition": index.partition, "#sort": index.sort},
            ExpressionAttributeValues=to_attributes({":partition": partition, ":before": before}),
            ScanIndexForward=False,
            Limit=most,
        )
    entries: Sequence[Item] = answer["Items"]
    return entries


def _cursor(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _position(cursor: str) -> str:
    try:
        position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, name = position.partition("#")
        is_ours = bool(name) and timestamp(datetime.fromisoformat(moment)) == moment
    except (BadBase64, ValueError, OverflowError):
        is_ours, position = False, ""
    if not is_ours:
        raise MalformedInput("cursor", "is not one of ours: give that of the page before") from None
    return position
