"""Which settled faxes still need something from us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports import UnfinishedFax


class DynamoUnfinished:
    """Implements `Unfinished` on the index of what is unfinished."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> Iterator[UnfinishedFax]:
        """Every fax that is not finished, those to be looked at first coming first in each shard."""
        for shard in range(self._table.shards):
            for item in self._items(keys.unfinished_partition(shard)):
                moment, _, _ = item[keys.UNFINISHED.sort]["S"].partition("#")
                yield UnfinishedFax(items.decode(item), datetime.fromisoformat(moment))

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

    def _items(self, partition: str) -> Iterator[dict[str, Any]]:
        index = keys.UNFINISHED
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "IndexName": index.name,
            "KeyConditionExpression": "#partition = :partition",
            "ExpressionAttributeNames": {"#partition": index.partition},
            "ExpressionAttributeValues": {":partition": to_attribute(partition)},
        }
        while True:
            with ledger_errors():
                answer = self._table.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
