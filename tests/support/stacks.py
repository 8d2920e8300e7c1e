"""A deployment's two stacks as CloudFormation would make them, under the longest name a stack may have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.runtime.intrinsics import Resolver
from local.runtime.parameters import values_of
from local.runtime.template import Resource, Template
from tests.support.physical_names import NAMES, UUID, arn, physical_name
from tests.support.template import ACCOUNT, ROOT
from tests.support.transformed import REGION, Documents, Section, documents

# CloudFormation takes 128 characters.
LONGEST_NAME = "Faxledger-" + "of-a-clinic-" * 9 + "with-a-lot"
NESTED = "AWS::CloudFormation::Stack"


class UnresolvedReference(Exception):
    """Something names a resource that this deployment does not have; CloudFormation refuses the template."""


class Stack:
    """One template with its parameters put in; each resource is resolved when somebody asks for it."""

    def __init__(
        self, name: str, document: Section, parameters: Mapping[str, str], nested: Section | None = None
    ) -> None:
        self.name = name
        self._nested = nested
        self.document = document
        self._declared = {
            logical_id: Resource(logical_id, made["Type"], made["Properties"], made.get("Condition"))
            for logical_id, made in document["Resources"].items()
        }
        template = Template(
            folder=ROOT,
            parameters=document["Parameters"],
            rules=document.get("Rules", {}),
            conditions=document.get("Conditions", {}),
            function_globals={},
            resources=self._declared,
        )
        self.parameters = values_of(template, parameters)
        self._resolver = Resolver(
            template,
            self.parameters,
            {
                "AWS::AccountId": ACCOUNT,
                "AWS::Partition": "aws",
                "AWS::Region": REGION,
                "AWS::StackId": arn("cloudformation", f"stack/{name}/{UUID}"),
                "AWS::StackName": name,
                "AWS::URLSuffix": "amazonaws.com",
            },
        )
        self._resolver.reference = self.reference
        self._resolver.attribute = self.attribute
        self._resolver.check_rules()
        self._resolved: dict[str, Section] = {}

    def holds(self, condition: str) -> bool:
        return self._resolver.holds(condition)

    def exists(self, logical_id: str) -> bool:
        condition = self._declared[logical_id].condition
        return condition is None or self.holds(condition)

    @cached_property
    def existing(self) -> Mapping[str, str]:
        """The types of the resources that are made."""
        return {name: one.type for name, one in self._declared.items() if self.exists(name)}

    def properties(self, logical_id: str) -> Section:
        """For everybody to read."""
        if logical_id not in self._resolved:
            declared = self._declared[logical_id].properties
            self._resolved[logical_id] = self._resolver.resolve(logical_id, declared)
        return self._resolved[logical_id]

    def physical_name(self, logical_id: str) -> str:
        declared = self._declared[logical_id]
        given = {
            name: self._resolver.resolve(logical_id, value)
            for name, value in declared.properties.items()
            if name == NAMES[declared.type].named_by
        }
        return physical_name(self.name, logical_id, declared.type, given)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The values of those whose condition holds."""
        return {
            name: self._resolver.resolve(name, output["Value"])
            for name, output in self.document.get("Outputs", {}).items()
            if "Condition" not in output or self.holds(output["Condition"])
        }

    @cached_property
    def nested(self) -> "Stack":
        assert self._nested is not None, f"{self.name} has no stack within it"
        (logical_id,) = (name for name, kind in self.existing.items() if kind == NESTED)
        given = {name: str(value) for name, value in self.properties(logical_id)["Parameters"].items()}
        unknown = set(given) - set(self._nested["Parameters"])
        assert not unknown, f"{logical_id} is given what its template does not have: {unknown}"
        return Stack(self.physical_name(logical_id), self._nested, given)

    def reference(self, logical_id: str) -> str:
        kind = self._kind_of(logical_id)
        return NAMES[kind].reference.format(name=self.physical_name(logical_id))

    def attribute(self, logical_id: str, attribute: str) -> str:
        kind = self._kind_of(logical_id)
        if kind == NESTED:
            return self.nested.outputs[attribute.removeprefix("Outputs.")]
        return NAMES[kind].attributes[attribute].format(name=self.physical_name(logical_id))

    def _kind_of(self, logical_id: str) -> str:
        if logical_id not in self.existing:
            raise UnresolvedReference(f"{logical_id} is referred to, and this deployment does not have it")
        return self.existing[logical_id]


@dataclass(frozen=True)
class Deployment:
    bundle: Stack

    def stacks(self) -> tuple[Stack, Stack]:
        return self.bundle, self.bundle.nested

    def of_type(self, kind: str) -> Iterator[tuple[str, Section]]:
        """Name and properties of every resource of this type that is made."""
        for stack in self.stacks():
            for name, existing in stack.existing.items():
                if existing == kind:
                    yield name, stack.properties(name)


def deploy(parameters: Mapping[str, Any], templates: Documents | None = None) -> Deployment:
    """Raises `CannotRun` where CloudFormation would refuse a parameter or a rule would."""
    made = templates or documents()
    unknown = set(parameters) - set(made.bundle["Parameters"])
    assert not unknown, f"no parameters of the template: {unknown}"
    return Deployment(Stack(LONGEST_NAME, made.bundle, parameters, nested=made.monitoring))
