"""The ledger's table as `template.yaml` defines it, on any server that speaks DynamoDB."""

from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_WHAT_CREATE_TABLE_TAKES = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")


class _TemplateLoader(yaml.SafeLoader):
    """Reads CloudFormation's tags as the values they stand before."""


def _plain(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _plain)


@cache
def table_properties() -> dict[str, Any]:
    """The properties of the template's Table resource."""
    template = yaml.load(TEMPLATE.read_text(), Loader=_TemplateLoader)  # noqa: S506 - it is a SafeLoader
    properties: dict[str, Any] = template["Resources"]["Table"]["Properties"]
    return properties


def create_ledger_table(client: Any) -> str:
    """Creates the table under a name nobody has; returns the name."""
    properties = table_properties()
    name = f"faxledger-{uuid4().hex}"
    client.create_table(
        TableName=name,
        StreamSpecification={"StreamEnabled": True, **properties["StreamSpecification"]},
        **{field: properties[field] for field in _WHAT_CREATE_TABLE_TAKES},
    )
    return name
