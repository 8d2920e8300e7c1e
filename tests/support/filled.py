"""Records of which every field differs from its default, made from what a dataclass says of itself.

A test that fills a record, keeps it and reads it back needs to name none of its fields, so that a field which
is added and kept by nobody makes it fail.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import count
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from faxledger.domain.closed_days import DayVersion
from faxledger.domain.fax import Direction, FaxId, Provider

Record = TypeVar("Record")

# What is one value to whoever keeps it, although it has parts.
_WHOLE = (FaxId, DayVersion)
_FIRST_DAY = date(2026, 1, 1)


def filled(kind: type[Record], **given: object) -> Record:
    """One in which every field has a value of its own; `given` are those that the domain decides."""
    made: Record = _Filling().record(kind, given)
    return made


class _Filling:
    """Numbers what it makes, so that no two values are alike."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def record(self, kind: Any, given: Mapping[str, object]) -> Any:
        hints = get_type_hints(kind)
        assert set(given) <= set(hints), f"{kind.__name__} has no {set(given) - set(hints)}"
        return kind(
            **{
                field.name: given[field.name]
                if field.name in given
                else self._value(hints[field.name], field.name, default_of(field))
                for field in fields(kind)
            }
        )

    def _value(self, kind: Any, name: str, default: object = MISSING) -> Any:
        origin, inner = get_origin(kind), get_args(kind)
        if origin in {Union, UnionType}:
            return self._value(next(one for one in inner if one is not NoneType), name, default)
        if origin in {tuple, frozenset}:
            return origin(self._value(inner[0], name) for _ in range(2))
        if origin is not None and issubclass(origin, Mapping):
            return {self._value(inner[0], name): self._value(inner[1], name)}
        if is_dataclass(kind) and kind not in _WHOLE:
            return self.record(kind, {})
        if issubclass(kind, Enum):
            return next(member for member in reversed(kind) if member is not default)
        return self._plain(kind, name, default)

    def _plain(self, kind: Any, name: str, default: object) -> Any:
        number = next(self._numbers)
        return {
            str: f"{name} {number}",
            bytes: f"{name} {number}".encode(),
            bool: default is not True,
            int: 1_000 + number,
            # A number of DynamoDB's own would forget the zero.
            Decimal: Decimal(f"{number}.10"),
            # Days apart, each behind those before.
            date: _FIRST_DAY + timedelta(days=10 * number),
            datetime: datetime.combine(_FIRST_DAY, time(), UTC) + timedelta(days=10 * number),
            FaxId: FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", str(number)),
            DayVersion: DayVersion(_FIRST_DAY, number),
        }[kind]


def paths(kind: Any) -> frozenset[str]:
    """Every field of a record and of the records within it, as `facts.pages`."""
    return frozenset(_paths(kind))


def filled_paths(record: object) -> frozenset[str]:
    """Those of its `paths` at which this record says something else than its default."""
    return frozenset(_filled_paths(record))


def default_of(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _paths(kind: Any) -> Iterator[str]:
    for field in fields(kind):
        inner = _record_in(get_type_hints(kind)[field.name])
        if inner is None:
            yield field.name
        else:
            yield from (f"{field.name}.{path}" for path in _paths(inner))


def _filled_paths(record: Any) -> Iterator[str]:
    for field in fields(record):
        value = getattr(record, field.name)
        if _record_in(get_type_hints(type(record))[field.name]) is not None:
            for inner in value if isinstance(value, tuple) else (value,):
                if inner is not None:
                    yield from (f"{field.name}.{path}" for path in _filled_paths(inner))
        elif value != default_of(field):
            yield field.name


def _record_in(kind: Any) -> Any:
    """The record that a field holds: one, maybe one, or several."""
    candidates = get_args(kind) if get_origin(kind) in {Union, UnionType, tuple} else (kind,)
    return next((one for one in candidates if is_dataclass(one) and one not in _WHOLE), None)
