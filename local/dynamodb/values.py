"""Attribute values as DynamoDB takes, measures and compares them.

The limits are those of DynamoDB's developer guide, "Constraints", and of its naming rules.
"""

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, Final

from local.dynamodb.refusals import UnknownRequest, invalid

Attribute = Mapping[str, Any]
Item = Mapping[str, Attribute]

MOST_BYTES_OF_ITEM: Final = 400 * 1024
_DIGITS: Final = 38
_PLAIN_INTEGER: Final = re.compile(r"\A(?:0|-?[1-9][0-9]{0,37})\Z")
# More digits than anybody gives.
_EXACT: Final = Context(prec=4096)
_DEEPEST: Final = 32


def kind_of(attribute: Attribute) -> str:
    (kind,) = attribute
    return kind


def checked(attribute: Attribute, depth: int = 0) -> Attribute:
    """The value as it is kept; raises `RequestRefused` for one that DynamoDB takes from nobody."""
    if len(attribute) != 1:
        raise invalid(
            f"Supplied AttributeValue {'has more than one datatypes set' if attribute else 'is empty'}, must "
            "contain exactly one of the supported datatypes"
        )
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "B" | "BOOL":
            return attribute
        case "N":
            return attribute if _PLAIN_INTEGER.match(value) else {"N": _number(value)}
        case "M":
            if depth >= _DEEPEST:
                raise invalid("Nesting Levels have exceeded supported limits")
            return {"M": {name: checked(one, depth + 1) for name, one in value.items()}}
    raise UnknownRequest(f"an attribute of the type {kind}")


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("nan")
    if not number.is_finite():
        raise invalid("The parameter cannot be converted to a numeric value")
    if len(number.normalize(_EXACT).as_tuple().digits) > _DIGITS:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return f"{number.normalize(_EXACT):f}" if number else "0"


def number_of(attribute: Attribute) -> Decimal:
    return Decimal(attribute["N"])


def size_of(item: Item) -> int:
    """Bytes, as the guide counts them: names, texts in UTF-8, two digits as one, three for a map."""
    size = 0
    for name, attribute in item.items():
        size += len(name) if name.isascii() else len(name.encode())
        ((kind, value),) = attribute.items()
        # Texts first, since most are.
        if kind == "S":
            size += len(value) if value.isascii() else len(value.encode())
        elif kind == "N":
            size += len(value.strip("-").replace(".", "").strip("0")) // 2 + 2
        elif kind == "M":
            size += 3 + len(value) + size_of(value)
        else:
            size += len(value) if kind == "B" else 1
    return size


def is_equal(one: Attribute | None, other: Attribute | None) -> bool:
    # Numbers are kept in one way of writing each.
    return one is not None and one == other


def order_of(attribute: Attribute) -> Any:
    """What sorts like it among values of its type, which has an order: texts by their bytes in UTF-8."""
    kind = kind_of(attribute)
    if kind == "N":
        return number_of(attribute)
    return attribute["S"].encode() if kind == "S" else attribute["B"]


def attribute_of(kind: str, order: Any) -> Attribute:
    """The value of which `order_of` made this."""
    if kind == "S":
        return {"S": order.decode()}
    return {"N": f"{order:f}"} if kind == "N" else {"B": order}


def has_order(kind: str) -> bool:
    return kind in {"S", "N", "B"}
