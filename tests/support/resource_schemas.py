"""CloudFormation's own schema of each type of resource, as cfn-lint ships it.

cfn-lint is loaded with the first schema: it takes a second, in every process that collects tests.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.validators import extend

from tests.support.transformed import Section

_REGION = "us-east-1"


@cache
def schema_of(kind: str) -> Section:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415

    schema: Section = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, kind).schema
    return schema


def refused(kind: str, properties: Section) -> list[str]:
    """Why CloudFormation would refuse a resource's properties: each place, with what is wrong there."""
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in _Validator(schema_of(kind)).iter_errors(properties)
    ]


def create_only(kind: str) -> Iterator[tuple[str, ...]]:
    """The properties, as ("Rule", "Name"), that CloudFormation can change by replacing the resource only."""
    schema = schema_of(kind)
    for group in ("createOnlyProperties", "conditionalCreateOnlyProperties"):
        for pointer in schema.get(group, []):
            yield tuple(pointer.removeprefix("/properties/").split("/"))


def value_at(properties: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path as `create_only` gives them; None where a part of it is missing."""
    for part in path:
        properties = properties.get(part) if isinstance(properties, dict) else None
    return properties


def _is_number(_: Any, value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


# CloudFormation makes a text of a number, and a number or a truth value of a text.
_Validator: type[Draft7Validator] = extend(  # type: ignore[no-untyped-call]
    Draft7Validator,
    type_checker=Draft7Validator.TYPE_CHECKER.redefine_many(
        {
            "boolean": lambda _, value: str(value).lower() in {"true", "false"},
            "integer": lambda _, value: _is_number(_, value) and float(value).is_integer(),
            "number": _is_number,
            "string": lambda _, value: isinstance(value, str | int | float),
        }
    ),
)
