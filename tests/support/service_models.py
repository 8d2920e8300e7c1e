"""What botocore's service models say of a call: which members it has and needs, and what each may be.

botocore itself holds calls against types and the least of a length or a number. The most, the patterns and
the enumerations stand in the same models, and only the services hold calls against them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import get_session

Request = dict[str, Any]
Call = tuple[str, Request]  # as in ("iam:CreateRole", {"RoleName": ...})

_BOTOCORE = get_session()
# API Gateway's model says it in the names of its shapes alone, as in `StringWithLengthBetween1And64`.
_BETWEEN = re.compile(r"(?:String|Integer|Uri)WithLengthBetween(\d+)And(\d+)")


def input_shape(call: Call) -> Shape:
    """Raises UnknownServiceError, OperationNotFoundError of botocore's."""
    return _input_shape(call[0])


@cache
def _input_shape(name: str) -> Shape:
    service, _, operation = name.partition(":")
    shape = _BOTOCORE.get_service_model(service).operation_model(operation).input_shape
    assert shape is not None, f"{name} takes nothing"
    return shape


def refused(call: Call) -> list[str]:
    """Why AWS would refuse it: each place, as in `events:PutTargets.Targets[0].Arn`, and what is wrong."""
    return [f"{call[0]}{place} {wrong}" for place, wrong in _wrong(input_shape(call), call[1], "")]


def typed(shape: Shape | None, value: Any) -> Any:
    """The value in the types of the shape, as CloudFormation converts it: its parameters are texts."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: typed(shape.members.get(name), one) for name, one in value.items()}
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: typed(shape.value, one) for name, one in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [typed(shape.member, one) for one in value]
    return _SCALARS[shape.type_name](value) if shape and shape.type_name in _SCALARS else value


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": lambda value: value in {True, "true"},
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
    "string": lambda value: str(value).lower() if isinstance(value, bool) else str(value),
}


def _wrong(shape: Shape, value: Any, place: str) -> Iterator[tuple[str, str]]:
    yield from _CHECKS[shape.type_name](shape, value, place)


def _wrong_in_structure(shape: Any, value: Any, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield place, f"is no {shape.name}: {value}"
        return
    for name in shape.required_members:
        if name not in value:
            yield f"{place}.{name}", "is missing"
    for name, one in value.items():
        if name in shape.members:
            yield from _wrong(shape.members[name], one, f"{place}.{name}")
        else:
            yield f"{place}.{name}", f"is no member of {shape.name}"


def _wrong_in_list(shape: Any, value: Any, place: str) -> Iterator[tuple[str, str]]:
    yield from _wrong_size(shape, len(value), "entries", place)
    for index, one in enumerate(value):
        yield from _wrong(shape.member, one, f"{place}[{index}]")


def _wrong_in_map(shape: Any, value: Any, place: str) -> Iterator[tuple[str, str]]:
    yield from _wrong_size(shape, len(value), "entries", place)
    for name, one in value.items():
        yield from _wrong(shape.key, name, f"{place}[{name}]")
        yield from _wrong(shape.value, one, f"{place}.{name}")


def _wrong_text(shape: Any, value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        yield place, "is no text"
        return
    # CloudFormation makes a text of a number or a truth value, where the service takes a text.
    text = str(value).lower() if isinstance(value, bool) else str(value)
    yield from _wrong_size(shape, len(text), "characters", place)
    if shape.enum and text not in shape.enum:
        yield place, f"is none of {', '.join(shape.enum)}: {text}"
    pattern = shape.metadata.get("pattern")
    # The patterns are Java's or JavaScript's, which have classes such as \p{L}.
    if pattern and not regex.fullmatch(pattern, text, regex.DOTALL):
        yield place, f"does not have the form {pattern}: {text}"


def _wrong_number(shape: Shape, value: Any, place: str) -> Iterator[tuple[str, str]]:
    try:
        number = float(value)
    except (TypeError, ValueError):
        yield place, f"is no number: {value}"
        return
    least, most = _bounds(shape)
    if least is not None and number < least:
        yield place, f"is {value}, of at least {least}"
    if most is not None and number > most:
        yield place, f"is {value}, of at most {most}"


def _wrong_bytes(shape: Shape, value: Any, place: str) -> Iterator[tuple[str, str]]:
    yield from _wrong_size(shape, len(value), "bytes", place)


def _wrong_truth(_: Shape, value: Any, place: str) -> Iterator[tuple[str, str]]:
    if str(value).lower() not in {"true", "false"}:
        yield place, f"is neither true nor false: {value}"


def _wrong_size(shape: Shape, size: int, unit: str, place: str) -> Iterator[tuple[str, str]]:
    least, most = _bounds(shape)
    if least is not None and size < least:
        yield place, f"has {size} {unit} of at least {least}"
    if most is not None and size > most:
        yield place, f"has {size} {unit} of at most {most}"


def _bounds(shape: Shape) -> tuple[float | None, float | None]:
    if named := _BETWEEN.fullmatch(shape.name):
        least, most = map(int, named.groups())
        return least, most
    return shape.metadata.get("min"), shape.metadata.get("max")


# By the types that botocore's models have. No call that is made here holds a time.
_CHECKS: Mapping[str, Callable[[Any, Any, str], Iterator[tuple[str, str]]]] = {
    "structure": _wrong_in_structure,
    "list": _wrong_in_list,
    "map": _wrong_in_map,
    "string": _wrong_text,
    "integer": _wrong_number,
    "long": _wrong_number,
    "double": _wrong_number,
    "boolean": _wrong_truth,
    "blob": _wrong_bytes,
}
