"""How long a text of a template can become at most, whatever a stack's name and its parameters are."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.support.template import raw_template

# A parameter that says nothing of how long it may be; so that it breaks every limit that it has a part in.
UNBOUNDED = 1_000_000
# CloudFormation bounds no list. This is some five times what the defaults take.
_LIST = 512
# What AWS itself fills in. Names and ARNs of resources are CloudFormation's own making, which cuts them.
_PSEUDO = {
    "AWS::AccountId": 12,
    "AWS::NoValue": 0,
    "AWS::Partition": 20,
    "AWS::Region": 20,
    "AWS::StackName": 128,
    "AWS::URLSuffix": 20,
}
_RESOURCE = 200


def longest(value: Any) -> int:
    """The length of a text, or of the JSON of what is no text."""
    match value:
        case str():
            length = len(value)
        case list():
            length = sum(longest(part) + len('"",') for part in value) + len("[]")
        case {"Ref": name}:
            length = _of_reference(name)
        case {"Fn::GetAtt": _}:
            length = _RESOURCE
        case {"Fn::Sub": argument}:
            length = _of_sub(argument)
        case {"Fn::Join": [separator, parts]}:
            length = sum(map(longest, parts)) + len(separator) * (len(parts) - 1)
        case {"Fn::If": [_, chosen, otherwise]}:
            length = max(longest(chosen), longest(otherwise))
        case {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}:
            length = len("01234567-89ab-cdef-0123-456789abcdef")
        case dict():
            assert not [name for name in value if name.startswith("Fn::")], f"how long is {value}?"
            length = sum(len(f'"{name}":"",') + longest(part) for name, part in value.items()) + len("{}")
        case _:
            length = len(json.dumps(value))
    return length


def _of_reference(name: str) -> int:
    if name in _PSEUDO:
        return _PSEUDO[name]
    parameter = raw_template()["Parameters"].get(name)
    return _RESOURCE if parameter is None else _of_parameter(parameter)


def _of_parameter(parameter: Mapping[str, Any]) -> int:
    if "AllowedValues" in parameter:
        return max(len(str(value)) for value in parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        return max(len(str(parameter.get(bound, UNBOUNDED))) for bound in ("MinValue", "MaxValue"))
    if parameter["Type"] == "CommaDelimitedList":
        return _LIST
    return int(parameter.get("MaxLength", UNBOUNDED))


def _of_sub(argument: Any) -> int:
    text, own = (argument, {}) if isinstance(argument, str) else argument
    names = re.findall(r"\$\{([^!}]+)\}", text)
    attribute = {name: {"Fn::GetAtt": name} if "." in name else {"Ref": name} for name in names}
    return len(re.sub(r"\$\{[^!}]+\}", "", text)) + sum(
        longest(own.get(one, attribute[one])) for one in names
    )
