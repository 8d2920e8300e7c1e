"""Python values as DynamoDB attribute values and back.

boto3's serializer would do, but importing it costs the callback functions 8 % of their cold start
(docs/decisions.md), and the ledger stores nothing but text, whole numbers, truth values, bytes and maps.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from faxledger.errors import ItemUnreadable, MalformedInput

Value = str | int | bool | bytes | Mapping[str, "Value | None"]
Attribute = Mapping[str, Any]
Decoded = TypeVar("Decoded")

# What reading something raises that is not as agreed.
_UNREADABLE = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError, MalformedInput)


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


def decoder(
    decode: Callable[[Mapping[str, Attribute]], Decoded],
) -> Callable[[Mapping[str, Attribute]], Decoded]:
    """The same, but it raises `ItemUnreadable` for an item that no version known here has written."""

    @wraps(decode)
    def decoded(item: Mapping[str, Attribute]) -> Decoded:
        try:
            return decode(item)
        except _UNREADABLE as error:
            problem = type(error).__name__
        raise ItemUnreadable(str(item.get("pk", {}).get("S", "")), problem)

    return decoded
