"""Pages of faxes, newest first, read from the sharded indexes and merged."""

import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import Fax
from faxledger.domain.timestamps import timestamp
from faxledger.errors import MalformedInput
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.ledger import ListedFaxes, Listing

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# How many items to read at once where only some of them will do.
_SIEVED = 500


@dataclass(frozen=True, slots=True)
class _Range:
    """Where in an index to look: its partitions, and the sort keys in [since, before)."""

    index: keys.Index
    partitions: tuple[str, ...]
    since: str
    before: str


class DynamoFaxListing:
    """Implements `FaxListing`.

    The sort key of every index ends in the fax's id, so it is unique, and one position cuts all shards
    alike: the cursor is the sort key of the last fax of the page.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedFaxes:
        """The next `limit` faxes. Raises `MalformedInput` for a strange cursor, `LedgerUnavailable`."""
        where = self._where(listing, _read_cursor(cursor) if cursor else None)
        if where.before <= where.since:
            return ListedFaxes((), None)
        is_sieved = listing.provider is not None or listing.is_unfinished or listing.reference is not None
        # One more than the page tells whether there is another; one more for the cursor's own fax.
        at_once = _SIEVED if is_sieved else limit + 2
        streams = [self._newest_first(where, partition, at_once) for partition in where.partitions]
        merged = heapq.merge(*streams, key=lambda item: str(item[where.index.sort]["S"]), reverse=True)
        listed = ((item, fax) for item in merged if _matches(fax := items.decode(item), listing))
        found = list(islice(listed, limit + 1))
        shown = found[:limit]
        more = _write_cursor(shown[-1][0][where.index.sort]["S"]) if len(found) > limit else None
        return ListedFaxes(tuple(fax for _, fax in shown), more)

    def _where(self, listing: Listing, position: str | None) -> _Range:
        shards = range(self._table.shards)
        since, until = listing.since or _EVER, listing.until or _NEVER
        if listing.is_unfinished:
            # These stand in the order they were settled in; `_matches` sees to when they were completed.
            index, since, until = keys.UNFINISHED, _EVER, _NEVER
            partitions = [keys.unfinished_partition(shard) for shard in shards]
        elif listing.reference is not None:
            index = keys.BY_REFERENCE
            partitions = [keys.reference_partition(listing.reference, shard) for shard in shards]
        else:
            index = keys.BY_STATUS
            statuses = [listing.status] if listing.status else list(Status)
            partitions = [keys.status_partition(status, shard) for status in statuses for shard in shards]
        before = timestamp(until)
        return _Range(
            index, tuple(partitions), timestamp(since), min(before, position) if position else before
        )

    def _newest_first(self, where: _Range, partition: str, at_once: int) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "IndexName": where.index.name,
            "KeyConditionExpression": "#partition = :partition AND #sort BETWEEN :since AND :before",
            "ExpressionAttributeNames": {"#partition": where.index.partition, "#sort": where.index.sort},
            "ExpressionAttributeValues": {
                ":partition": to_attribute(partition),
                ":since": to_attribute(where.since),
                ":before": to_attribute(where.before),
            },
            "ScanIndexForward": False,
            "Limit": at_once,
        }
        while True:
            with ledger_errors():
                answer = self._table.client.query(**request)
            for item in answer["Items"]:
                # BETWEEN includes both ends.
                if item[where.index.sort]["S"] < where.before:
                    yield item
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _matches(fax: Fax, listing: Listing) -> bool:
    """Whether a fax of the index is meant; what the index itself decides is only asked again."""
    return (
        (listing.provider is None or fax.id.provider is listing.provider)
        and (listing.status is None or fax.status is listing.status)
        and (listing.reference is None or fax.facts.reference == items.as_kept(listing.reference))
        and (not listing.is_unfinished or _was_completed_within(fax, listing))
    )


def _was_completed_within(fax: Fax, listing: Listing) -> bool:
    moment = fax.completed_at or fax.settled_at
    return moment is not None and (listing.since or _EVER) <= moment < (listing.until or _NEVER)


def _write_cursor(position: str) -> str:
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    try:
        position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, fax = position.partition("#")
        rebuilt = keys.listed_at(datetime.fromisoformat(moment), FaxId.parse(fax))
    except (BadBase64, ValueError, OverflowError, MalformedInput):
        raise MalformedInput("cursor", "is not one of ours") from None
    if rebuilt != position:
        raise MalformedInput("cursor", "is not one of ours")
    return position
