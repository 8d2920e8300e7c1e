"""Queries of the table, followed from page to page to their end."""

from collections.abc import Iterator, Mapping
from typing import Any

from faxledger.ledger.attributes import Value, to_attributes
from faxledger.ledger.keys import Index
from faxledger.ledger.table import Table, ledger_errors


def items_of(table: Table, **query: Any) -> Iterator[Mapping[str, Any]]:
    """Every item that a query of the table finds. Raises `LedgerUnavailable`, possibly after some."""
    start: Mapping[str, Any] = {}
    while True:
        with ledger_errors():
            answer = table.client.query(TableName=table.name, **query, **start)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def items_listed(
    table: Table, index: Index, partition: str, condition: str, values: Mapping[str, Value]
) -> Iterator[Mapping[str, Any]]:
    """Every item of one partition of an index whose `#sort` meets the condition, in its order.

    Raises as `items_of` does.
    """
    return items_of(
        table,
        IndexName=index.name,
        KeyConditionExpression=f"#partition = :partition AND {condition}",
        ExpressionAttributeNames={"#partition": index.partition, "#sort": index.sort},
        ExpressionAttributeValues=to_attributes({":partition": partition, **values}),
    )
