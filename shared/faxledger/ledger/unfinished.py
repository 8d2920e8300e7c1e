"""Which settled faxes still need something from us."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.querying import items_of
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.ledger import UnfinishedFax
from faxledger.usecases.ports.world import Clock


class DynamoUnfinished:
    """Implements `Unfinished` on the index of what is unfinished."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def all(self) -> Iterator[UnfinishedFax]:
        """Every fax that is not finished, in the order in which they are to be looked at."""
        shards = [self._shard(shard) for shard in range(self._table.shards)]
        for item in heapq.merge(*shards, key=_position):
            moment, _, _ = _position(item).partition("#")
            yield UnfinishedFax(items.decode(item), datetime.fromisoformat(moment))

    def _shard(self, shard: int) -> Iterator[Mapping[str, Any]]:
        return items_of(
            self._table,
            IndexName=keys.UNFINISHED.name,
            KeyConditionExpression="unfinished_key = :partition",
            ExpressionAttributeValues={":partition": to_attribute(keys.unfinished_partition(shard))},
        )

    def postpone(self, fax_id: FaxId, *, until: datetime) -> None:
        """Say that the fax is looked after until then, unless it is finished. Raises `LedgerUnavailable`."""
        expires_at = self._clock.now() + timedelta(days=self._table.retention_days)
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.of_fax(fax_id),
                    UpdateExpression="SET unfinished_at = :until, expires_at = :expires_at",
                    ConditionExpression="attribute_exists(unfinished_at)",
                    ExpressionAttributeValues={
                        ":until": to_attribute(keys.listed_at(until, fax_id)),
                        ":expires_at": to_attribute(int(expires_at.timestamp())),
                    },
                )
        except ConditionFailed:
            return


def _position(item: Mapping[str, Any]) -> str:
    return str(item[keys.UNFINISHED.sort]["S"])
