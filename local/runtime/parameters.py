"""The values of the template's parameters: what was given, else the default, held against what is allowed."""

import re
from collections.abc import Mapping
from typing import Any

from local.runtime.errors import CannotRun, UnknownConstruct
from local.runtime.template import Section, Template, reading

Value = str | int | list[str]


def values_of(template: Template, given: Mapping[str, str]) -> dict[str, Value]:
    """Every parameter's value; `given` may hold other names too. Raises `CannotRun`, `UnknownConstruct`."""
    return {name: value_of(name, entry, given.get(name)) for name, entry in template.parameters.items()}


def value_of(name: str, entry: Mapping[str, Any], given: str | None) -> Value:
    """The value of one parameter, whose entry in the template is `entry`. Raises as `values_of` does."""
    with reading(f"parameter {name}", entry) as parameter:
        parameter.pass_over("Description", "NoEcho")
        default = parameter.take("Default", None)
        kind = parameter.take("Type")
        if given is None and default is None:
            raise CannotRun(f"{name} has no default: give it as an environment variable of that name")
        text = str(default) if given is None else given
        problem = _problem_with(parameter, text)
        if kind == "Number" and not re.fullmatch(r"-?\d+", text):
            problem = "is not a whole number"
        if problem:
            hint = parameter.take("ConstraintDescription", None)
            raise CannotRun(f"{name}={text!r} {problem}" + (f" ({hint})" if hint else ""))
        parameter.pass_over("ConstraintDescription")
    match kind:
        case "String":
            return text
        case "Number":
            return int(text)
        case "CommaDelimitedList":
            return [part.strip() for part in text.split(",")]
        case _:
            raise UnknownConstruct(f"parameter {name}", f"the type {kind}")


def _problem_with(parameter: Section, text: str) -> str | None:
    """What is wrong with the value, if anything; all the rules are looked at, so that none stays unread."""
    pattern = parameter.take("AllowedPattern", None)
    choices = parameter.take("AllowedValues", None)
    problems = [
        f"does not have the form {pattern}" if pattern and not re.fullmatch(pattern, text) else None,
        f"is none of {', '.join(map(str, choices))}" if choices and text not in map(str, choices) else None,
    ]
    for rule, is_kept in {
        "MinValue": lambda bound: float(text) >= float(bound),
        "MaxValue": lambda bound: float(text) <= float(bound),
        "MinLength": lambda bound: len(text) >= int(bound),
        "MaxLength": lambda bound: len(text) <= int(bound),
    }.items():
        bound = parameter.take(rule, None)
        if bound is not None:
            problems.append(_broken(rule, bound, is_kept))
    return next(filter(None, problems), None)


def _broken(rule: str, bound: Any, is_kept: Any) -> str | None:
    try:
        return None if is_kept(bound) else f"breaks {rule} {bound}"
    except ValueError:
        return "is not a number"
