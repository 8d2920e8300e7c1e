"""The ledger's table as `template.yaml` defines it, on any server that speaks DynamoDB."""

from functools import cache
from typing import Any
from uuid import uuid4

from tests.support.template import Template

_WHAT_CREATE_TABLE_TAKES = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")


@cache
def table_properties() -> dict[str, Any]:
    """The properties of the template's Table resource."""
    return Template({}).resource("Table")


def create_ledger_table(client: Any, *, with_stream: bool = False) -> str:
    """Creates the table under a name nobody has; returns the name.

    Its stream is what half of a write costs DynamoDB Local: it is for those who read it.
    """
    properties = table_properties()
    name = f"faxledger-{uuid4().hex}"
    wanted = {field: properties[field] for field in _WHAT_CREATE_TABLE_TAKES}
    if with_stream:
        wanted["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    client.create_table(TableName=name, **wanted)
    return name
