"""Which settled faxes still need something from us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from faxledger.domain.fax import FaxId
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.reading import entries_of, items_behind
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
        partitions = [keys.due_partition("fax", shard) for shard in range(keys.SHARDS)]
        entries = filter(keys.is_fax, entries_of(self._table, keys.DUE, partitions))
        for item in items_behind(self._table, self._clock, entries):
            # An index lags: what is finished by now is passed over.
            if keys.DUE.sort in item:
                yield UnfinishedFax(items.decode(item), keys.moment_of(item[keys.DUE.sort]["S"]))

    def postpone(self, fax_id: FaxId, *, until: datetime) -> None:
        """Say that the fax is looked after until then, unless it is finished. Raises `LedgerUnavailable`."""
        expires_at = self._clock.now() + timedelta(days=self._table.retention_days)
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.of_fax(fax_id),
                    UpdateExpression="SET due_at = :until, expires_at = :expires_at",
                    ConditionExpression="attribute_exists(due_at)",
                    ExpressionAttributeValues={
                        ":until": to_attribute(keys.position(until, str(fax_id))),
                        ":expires_at": to_attribute(int(expires_at.timestamp())),
                    },
                )
        except ConditionFailed:
            return
