"""CloudFormation's intrinsic functions and conditions, as far as the template uses them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.runtime.errors import CannotRun, UnknownConstruct
from local.runtime.parameters import Value
from local.runtime.template import Template

_NOTHING: Final = object()  # AWS::NoValue
_PLACE = re.compile(r"\$\{(!?)([^}]+)\}")


class Resolver:
    """Puts values where the template has intrinsic functions.

    `pseudo` are the `AWS::` parameters. `reference` and `attribute` tell what Ref and GetAtt give for a
    resource that exists; they are set by whoever makes the resources.
    """

    def __init__(
        self, template: Template, parameters: Mapping[str, Value], pseudo: Mapping[str, str]
    ) -> None:
        self._template = template
        self._values: dict[str, Any] = {**parameters, **pseudo, "AWS::NoValue": _NOTHING}
        self.reference: Callable[[str], str]
        self.attribute: Callable[[str, str], str]
        self._functions: dict[str, Callable[[str, Any], Any]] = {
            "Ref": self._ref,
            "Condition": lambda _, name: self.holds(name),
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::If": self._if,
            "Fn::Equals": lambda where, two: self.resolve(where, two[0]) == self.resolve(where, two[1]),
            "Fn::Not": lambda where, one: not self.resolve(where, one[0]),
            "Fn::And": lambda where, some: all(self.resolve(where, one) for one in some),
            "Fn::Or": lambda where, some: any(self.resolve(where, one) for one in some),
        }

    def resolve(self, where: str, value: Any) -> Any:
        """The value without intrinsic functions; `where` names the place in error messages."""
        if isinstance(value, list):
            resolved = [self.resolve(where, one) for one in value]
            return [one for one in resolved if one is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument) = next(iter(value.items()))
            if name in self._functions and not (name == "Condition" and isinstance(argument, dict)):
                return self._functions[name](where, argument)
            if name.startswith("Fn::"):
                raise UnknownConstruct(where, name)
        pairs = ((name, self.resolve(f"{where}.{name}", one)) for name, one in value.items())
        return {name: one for name, one in pairs if one is not _NOTHING}

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        if condition not in self._template.conditions:
            raise CannotRun(f"template.yaml: there is no condition {condition}")
        return bool(self.resolve(f"condition {condition}", self._template.conditions[condition]))

    def check_rules(self) -> None:
        """Raises `CannotRun` with the words of the first assertion that does not hold."""
        for name, rule in self._template.rules.items():
            if unknown := set(rule) - {"Assertions", "RuleCondition"}:
                raise UnknownConstruct(f"rule {name}", min(unknown))
            if "RuleCondition" in rule and not self.resolve(f"rule {name}", rule["RuleCondition"]):
                continue
            for assertion in rule["Assertions"]:
                if not self.resolve(f"rule {name}", assertion["Assert"]):
                    raise CannotRun(assertion.get("AssertDescription", f"the rule {name} is broken"))

    def _ref(self, where: str, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name.startswith("AWS::"):
            raise UnknownConstruct(where, name)
        return self.reference(name)

    def _get_att(self, _: str, path: list[str]) -> str:
        return self.attribute(path[0], path[1])

    def _sub(self, where: str, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def put(place: re.Match[str]) -> str:
            is_literal, name = place.groups()
            if is_literal:
                return f"${{{name}}}"
            if name in own:
                return str(self.resolve(where, own[name]))
            resource, _, attribute = name.partition(".")
            return str(self.attribute(resource, attribute) if attribute else self._ref(where, name))

        return _PLACE.sub(put, text)

    def _join(self, where: str, argument: Any) -> str:
        separator, parts = argument
        return str(separator).join(map(str, self.resolve(where, parts)))

    def _split(self, where: str, argument: Any) -> list[str]:
        separator, text = argument
        return str(self.resolve(where, text)).split(separator)

    def _select(self, where: str, argument: Any) -> Any:
        index, items = argument
        return self.resolve(where, items)[index]

    def _if(self, where: str, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.resolve(where, then if self.holds(condition) else otherwise)
