"""Which settled faxes still need something from us that should have been done by now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.report import Duty, DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors


class DynamoOverdue:
    """Implements `Overdue` on the index of what is unfinished."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def pending(self, provider: Provider, duty: Duty, *, before: datetime) -> Iterator[FaxId]:
        """The faxes whose `duty` was to be done before then. Raises `LedgerUnavailable`."""
        for shard in range(self._table.shards):
            for item in self._items(keys.unfinished_partition(shard), before):
                fax = items.decode(item)
                if fax.id.provider is provider and fax.duties.get(duty) is DutyState.PENDING:
                    yield fax.id

    def postpone(self, fax_id: FaxId, *, until: datetime) -> None:
        """Say that the fax is looked after until then, unless it is finished. Raises `LedgerUnavailable`."""
        try:
            with ledger_errors():
                self._table.client.update_item(
                    TableName=self._table.name,
                    Key=keys.of_fax(fax_id),
                    UpdateExpression="SET unfinished_at = :until",
                    ConditionExpression="attribute_exists(unfinished_at)",
                    ExpressionAttributeValues={":until": to_attribute(keys.listed_at(until, fax_id))},
                )
        except ConditionFailed:
            return

    def _items(self, partition: str, before: datetime) -> Iterator[dict[str, Any]]:
        index = keys.UNFINISHED
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "IndexName": index.name,
            "KeyConditionExpression": "#partition = :partition AND #sort < :before",
            "ExpressionAttributeNames": {"#partition": index.partition, "#sort": index.sort},
            "ExpressionAttributeValues": {
                ":partition": to_attribute(partition),
                ":before": to_attribute(timestamp(before)),
            },
        }
        while True:
            with ledger_errors():
                answer = self._table.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
