"""Frozen records as JSON and back, by their types."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Record = TypeVar("Record")

_LEAVES: Mapping[type, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    timedelta: lambda seconds: timedelta(seconds=seconds),
    **{kind: lambda value: value for kind in (str, int, float, bool)},
}


def written(record: object) -> bytes:
    """Of texts, numbers, times, enums, tuples and mappings of texts, and further records."""
    return json.dumps(_plain(record)).encode()


def read(kind: type[Record], text: bytes) -> Record:
    """A record of this kind; raises `TypeError` for a type that `written` does not know."""
    found: Record = _read(kind, json.loads(text))
    return found


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case tuple():
            return [_plain(one) for one in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def _read(kind: Any, value: Any) -> Any:
    if isinstance(kind, UnionType):
        if value is None:
            return None
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], one) for one in value)
    if get_origin(kind) is Mapping:
        return {name: _read(get_args(kind)[1], one) for name, one in value.items()}
    if is_dataclass(kind):
        types = _types_of(kind)  # type: ignore[arg-type]
        return kind(**{name: _read(one, value[name]) for name, one in types.items()})  # type: ignore[operator]
    if kind not in _LEAVES and not issubclass(kind, StrEnum):
        raise TypeError(f"{kind} is no type of a record")
    return _LEAVES.get(kind, kind)(value)


@cache
def _types_of(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
