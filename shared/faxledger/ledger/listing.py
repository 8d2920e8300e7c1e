"""Pages of faxes, newest first, read from the sharded indexes and merged."""

import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from faxledger.domain.fax import Status
from faxledger.domain.timestamps import timestamp
from faxledger.errors import MalformedInput
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports import ListedFaxes, Listing

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class DynamoFaxListing:
    """Implements `FaxListing`.

    The sort key of every index ends in the fax's id, so it is unique, and one position cuts all shards
    alike: the cursor is the sort key of the last fax of the page.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedFaxes:
        """The next `limit` faxes. Raises `MalformedInput` for a strange cursor, `LedgerUnavailable`."""
        index, partitions = self._where(listing)
        before = _read_cursor(cursor) if cursor else timestamp(listing.until or _NEVER)
        since = timestamp(listing.since or _EVER)
        streams = [self._newest_first(index, name, since, before, listing, limit) for name in partitions]
        merged = heapq.merge(*streams, key=lambda item: str(item[index.sort]["S"]), reverse=True)
        found = list(islice(merged, limit + 1))
        shown = found[:limit]
        more = _write_cursor(shown[-1][index.sort]["S"]) if len(found) > limit else None
        return ListedFaxes(tuple(items.decode(item) for item in shown), more)

    def _where(self, listing: Listing) -> tuple[keys.Index, list[str]]:
        shards = range(self._table.shards)
        if listing.is_unfinished:
            return keys.UNFINISHED, [keys.unfinished_partition(shard) for shard in shards]
        if listing.reference is not None:
            return keys.BY_REFERENCE, [keys.reference_partition(listing.reference, shard) for shard in shards]
        statuses = [listing.status] if listing.status else list(Status)
        return keys.BY_STATUS, [
            keys.status_partition(status, shard) for status in statuses for shard in shards
        ]

    def _newest_first(
        self, index: keys.Index, partition: str, since: str, before: str, listing: Listing, limit: int
    ) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "IndexName": index.name,
            "KeyConditionExpression": "#partition = :partition AND #sort BETWEEN :since AND :before",
            "ExpressionAttributeNames": {"#partition": index.partition, "#sort": index.sort},
            "ExpressionAttributeValues": {
                ":partition": to_attribute(partition),
                ":since": to_attribute(since),
                ":before": to_attribute(before),
            },
            "ScanIndexForward": False,
            # One more than the page tells whether there is another; one more for the cursor's own fax.
            "Limit": limit + 2,
        }
        while True:
            with ledger_errors():
                answer = self._table.client.query(**request)
            for item in answer["Items"]:
                if item[index.sort]["S"] < before and _matches(item, listing):
                    yield item
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _matches(item: dict[str, Any], listing: Listing) -> bool:
    fax = items.decode(item)
    if listing.provider is not None and fax.id.provider is not listing.provider:
        return False
    return listing.status is None or fax.status is listing.status


def _write_cursor(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    try:
        position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        datetime.fromisoformat(position.partition("#")[0])
    except (BadBase64, ValueError):
        raise MalformedInput("cursor", "is not one of ours") from None
    return position
