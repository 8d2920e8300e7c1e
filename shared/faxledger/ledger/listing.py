"""Pages of faxes, newest first, read from the sharded indexes and merged."""

import heapq
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from faxledger.domain.fax import Direction, FaxId, Provider
from faxledger.domain.report import Fax
from faxledger.domain.timestamps import timestamp
from faxledger.errors import MalformedInput
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.reading import items_behind, items_of
from faxledger.ledger.table import Table
from faxledger.usecases.ports.ledger import ListedFaxes, Listing
from faxledger.usecases.ports.world import Clock

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_AT_ONCE = 500


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

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def page(self, listing: Listing, *, limit: int, cursor: str | None) -> ListedFaxes:
        """The next `limit` faxes. Raises `MalformedInput` for a strange cursor, `LedgerUnavailable`."""
        where = self._where(listing, _read_cursor(cursor) if cursor else None)
        if where.before <= where.since:
            return ListedFaxes((), None)
        streams = [self._newest_first(where, partition) for partition in where.partitions]
        merged = heapq.merge(*streams, key=lambda entry: str(entry[where.index.sort]["S"]), reverse=True)
        known = items_behind(self._table, self._clock, filter(keys.is_fax, merged))
        listed = ((item, fax) for item in known if _matches(fax := items.decode(item), listing))
        found = [(item, fax) for item, fax in islice(listed, limit + 1) if where.index.sort in item]
        shown = found[:limit]
        more = _write_cursor(shown[-1][0][where.index.sort]["S"]) if len(found) > limit else None
        return ListedFaxes(tuple(fax for _, fax in shown), more)

    def _where(self, listing: Listing, position: str | None) -> _Range:
        shards = range(keys.SHARDS)
        since, until = listing.since or _EVER, listing.until or _NEVER
        providers = [listing.provider] if listing.provider else list(Provider)
        if listing.is_unfinished:
            # These stand in the order they are due in; `_matches` sees to when they were completed.
            index, since, until = keys.DUE, _EVER, _NEVER
            partitions = keys.due_partitions(keys.DUE_FAX)
        elif listing.reference is not None:
            index = keys.BY_REFERENCE
            kept = items.as_kept(listing.reference) or ""
            partitions = [keys.reference_partition(kept, shard) for shard in shards]
        else:
            index = keys.BY_STATUS
            listed = [
                keys.status_partition(provider, listing.status or "", shard)
                for provider in providers
                for shard in shards
            ]
            partitions = [partition for partition in listed if partition is not None]
            if listing.status is None or not partitions:
                index = keys.BY_TIME
                partitions = [
                    keys.time_partition(provider, direction, shard)
                    for provider in providers
                    for direction in Direction
                    for shard in shards
                ]
        before = timestamp(until)
        return _Range(
            index, tuple(partitions), timestamp(since), min(before, position) if position else before
        )

    def _newest_first(self, where: _Range, partition: str) -> Iterator[Mapping[str, Any]]:
        entries = items_of(
            self._table,
            IndexName=where.index.name,
            KeyConditionExpression="#partition = :partition AND #sort BETWEEN :since AND :before",
            ExpressionAttributeNames={"#partition": where.index.partition, "#sort": where.index.sort},
            ExpressionAttributeValues={
                ":partition": to_attribute(partition),
                ":since": to_attribute(where.since),
                ":before": to_attribute(where.before),
            },
            ScanIndexForward=False,
            Limit=_AT_ONCE,
        )
        # BETWEEN includes both ends.
        return (entry for entry in entries if entry[where.index.sort]["S"] < where.before)


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
        rebuilt = keys.position(datetime.fromisoformat(moment), str(FaxId.parse(fax)))
    except (BadBase64, ValueError, OverflowError, MalformedInput):
        raise MalformedInput("cursor", "is not one of ours") from None
    if rebuilt != position:
        raise MalformedInput("cursor", "is not one of ours")
    return position
