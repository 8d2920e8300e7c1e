"""Python values as DynamoDB attribute values and back.

boto3's serializer would do, but importing it costs the callback functions 8 % of their cold start
(docs/decisions.md), and the ledger stores nothing but text, whole numbers, truth values, bytes and maps.
"""

from collections.abc import Mapping
from typing import Any

Value = str | int | bool | bytes | Mapping[str, "Value | None"]
Attribute = Mapping[str, Any]


def to_attribute(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    return {"M": to_attributes(value)}


def to_attributes(values: Mapping[str, Value | None]) -> dict[str, Any]:
    """The map's attributes; what is None is left out."""
    return {name: to_attribute(value) for name, value in values.items() if value is not None}


def from_attribute(attribute: Attribute) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return from_attributes(value)
        case "S" | "BOOL" | "B":
            return value
    raise TypeError(f"the ledger stores no {kind}")


def from_attributes(attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    return {name: from_attribute(attribute) for name, attribute in attributes.items()}
