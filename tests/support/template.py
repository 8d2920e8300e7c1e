"""template.yaml as CloudFormation would resolve it: parameters, conditions and references put in."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

ROOT = Path(__file__).parents[2]
REGION = "eu-central-1"
ACCOUNT = "123456789012"

_PSEUDO = {
    "AWS::StackName": "faxledger",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/faxledger/{UUID(int=0)}",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}


class _Loader(yaml.CSafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and so on."""


def _intrinsic(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def raw_template() -> dict[str, Any]:
    """The document as it stands in the file; not to be changed."""
    return document_of(ROOT / "template.yaml")


@cache
def monitoring_template() -> dict[str, Any]:
    """The nested template as it stands in its file; not to be changed."""
    return document_of(ROOT / "monitoring.yaml")


def document_of(path: Path) -> dict[str, Any]:
    """A template as it stands in its file."""
    document: dict[str, Any] = yaml.load(path.read_text(), _Loader)  # noqa: S506 - a SafeLoader
    return document


class Template:
    """`attributes` holds what CloudFormation would know of each resource, as in `{"Table.Arn": "arn:…"}`."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.document = raw_template()
        self.parameters = {
            name: str(parameters.get(name, given.get("Default", "")))
            for name, given in self.document["Parameters"].items()
        }
        unknown = set(parameters) - set(self.parameters)
        assert not unknown, f"no parameters of the template: {unknown}"
        self.attributes: dict[str, str] = {}

    def resource(self, name: str) -> dict[str, Any]:
        """The resource's properties, resolved."""
        properties: dict[str, Any] = self.resolve(self.document["Resources"][name]["Properties"])
        return properties

    def exists(self, name: str) -> bool:
        """Whether the resource's condition holds."""
        resource = self.document["Resources"][name]
        return "Condition" not in resource or self._holds({"Condition": resource["Condition"]})

    def functions(self) -> tuple[str, ...]:
        resources = self.document["Resources"].items()
        return tuple(name for name, resource in resources if resource["Type"] == "AWS::Serverless::Function")

    def environment(self, function: str) -> dict[str, str]:
        variables = self.document["Resources"][function]["Properties"]["Environment"]["Variables"]
        return {name: str(self.resolve(value)) for name, value in variables.items()}

    def statements(self, function: str) -> list[dict[str, Any]]:
        """What the function's own role allows."""
        role = self.document["Resources"][function]["Properties"]["Role"]["Fn::GetAtt"].partition(".")[0]
        policies = self.document["Resources"][role]["Properties"]["Policies"]
        return [
            statement
            for policy in policies
            for statement in self.resolve(policy["PolicyDocument"]["Statement"])
        ]

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            resolved = [self.resolve(item) for item in value]
            return [item for item in resolved if item != "unresolved:AWS::NoValue"]
        if not isinstance(value, dict):
            return value
        name = next(iter(value), "")
        if name == "Ref" or name.startswith("Fn::"):
            return self._computed(name, value[name])
        return {name: self.resolve(item) for name, item in value.items()}

    def _computed(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref" | "Fn::GetAtt":
                return self._value(argument if isinstance(argument, str) else ".".join(argument))
            case "Fn::Sub":
                text, own = (argument, {}) if isinstance(argument, str) else argument
                return re.sub(
                    r"\$\{([^}]+)\}",
                    lambda place: str(self.resolve(own.get(place[1], {"Ref": place[1]}))),
                    text,
                )
            case "Fn::Select":
                index, items = argument
                return self.resolve(items)[index]
            case "Fn::Split":
                separator, text = argument
                return str(self.resolve(text)).split(separator)
            case "Fn::Join":
                separator, parts = argument
                resolved = self.resolve(parts)
                return resolved if isinstance(resolved, str) else separator.join(resolved)
            case "Fn::If":
                condition, chosen, otherwise = argument
                return self.resolve(chosen if self._holds({"Condition": condition}) else otherwise)
        raise AssertionError(f"the template uses {function}, which its tests don't know")

    def _value(self, name: str) -> Any:
        for known in (self.attributes, self.parameters, _PSEUDO):
            if name in known:
                return known[name]
        return f"unresolved:{name}"

    def _holds(self, condition: Any) -> bool:
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self._holds(self.document["Conditions"][argument])
        if name == "Fn::Not":
            return not self._holds(argument[0])
        if name in {"Fn::And", "Fn::Or"}:
            return (all if name == "Fn::And" else any)(self._holds(part) for part in argument)
        left, right = self.resolve(argument)
        return str(left) == str(right)  # CloudFormation knows no numbers
