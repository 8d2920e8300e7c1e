"""Records as JSON and back, by what their dataclasses say of themselves, so that no field can be forgotten.

For what is kept for a day and read by the version that has written it; anything else is refused.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from faxledger.domain.tallies import Flow

Record = TypeVar("Record")

_READ: Final[Mapping[type, Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
    Flow: Flow.parse,
}


def to_json(value: Any) -> Any:
    """What `json.dumps` takes."""
    if isinstance(value, Flow | Decimal | StrEnum):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(inner) for inner in value]
    return value


def from_json(kind: type[Record], value: Any) -> Record:
    """The record that was written so. Raises `ValueError` for what this version would not have written."""
    try:
        record: Record = _read(kind, value)
    except (ArithmeticError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a {kind.__name__} as it is written: {type(error).__name__}") from None
    return record


def _read(kind: Any, value: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return None if value is None else _read(next(one for one in inner if one is not NoneType), value)
    if origin is tuple:
        return tuple(_read(inner[0], one) for one in value)
    if origin in {Counter, dict}:
        of = int if origin is Counter else inner[1]
        return origin({_read(inner[0], key): _read(of, one) for key, one in value.items()})
    if kind in _READ:
        return _READ[kind](value)
    if is_dataclass(kind):
        made: Any = kind
        return made(**{name: _read(hint, value[name]) for name, hint in _hints(made).items()})
    # An int that was a key is text by now.
    return kind(value)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
