"""What botocore's service models say of a call's parameters: their types, and the limits that AWS states.

botocore itself holds calls against types and the least of a length or a number. The most, the patterns and
the enumerations stand in the same models, and only the services hold calls against them.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.session import get_session

_BOTOCORE = get_session()


@cache
def operation(service: str, name: str) -> OperationModel:
    return _BOTOCORE.get_service_model(service).operation_model(name)


def typed(shape: Shape | None, value: Any) -> Any:
    """The value in the types of the shape, as CloudFormation converts it: its parameters are texts."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: typed(shape.members.get(name), one) for name, one in value.items()}
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: typed(shape.value, one) for name, one in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [typed(shape.member, one) for one in value]
    return _SCALARS[shape.type_name](value) if shape and shape.type_name in _SCALARS else value


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "boolean": lambda value: value in {True, "true"},
    "double": float,
    "float": float,
    "integer": int,
    "long": int,
    "string": lambda value: str(value).lower() if isinstance(value, bool) else str(value),
}


def broken(shape: Shape | None, value: Any, where: str = "") -> Iterator[str]:
    """What of the value the shape does not take, each with its place."""
    if isinstance(shape, StructureShape):
        yield from (f"{where}: no {name}" for name in shape.required_members if name not in value)
        for name, one in value.items():
            if name in shape.members:
                yield from broken(shape.members[name], one, f"{where}.{name}")
            else:
                yield f"{where}: unknown {name}"
    elif isinstance(shape, MapShape):
        for name, one in value.items():
            yield from broken(shape.key, name, f"{where}.{name}")
            yield from broken(shape.value, one, f"{where}.{name}")
    elif isinstance(shape, ListShape):
        for index, one in enumerate(value):
            yield from broken(shape.member, one, f"{where}[{index}]")
    if shape is not None:
        yield from (f"{where}: {problem}" for problem in _limits_broken(shape, value))


def _limits_broken(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    size = value if isinstance(value, int | float) else len(value) if hasattr(value, "__len__") else None
    if size is not None and not isinstance(value, dict | bool):
        if "max" in limits and size > limits["max"]:
            yield f"{size} is more than {limits['max']}"
        if "min" in limits and size < limits["min"]:
            yield f"{size} is less than {limits['min']}"
    if isinstance(value, str):
        if shape.enum and value not in shape.enum:  # type: ignore[attr-defined]
            yield f"{value!r} is none of {', '.join(shape.enum)}"  # type: ignore[attr-defined]
        if (pattern := limits.get("pattern")) and not _matches(pattern, value):
            yield f"{value!r} does not match {pattern}"


def _matches(pattern: str, value: str) -> bool:
    # The models' patterns are Java's and JavaScript's.
    python = re.sub(r"\\p\{L\}", "a-zA-Z", pattern).replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")
    try:
        return re.fullmatch(python, value, re.DOTALL) is not None
    except re.error:
        return True
