"""CloudFormation without an account: a stack's resources made, changed and deleted in moto's services.

moto's own CloudFormation knows half of the types that the templates have, so the calls are made here, one by
one. Each is held against botocore's model of the service first. Whatever a service of moto's refuses or does
not know is noted and stood in for, so that the rest goes on.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

from local.runtime.intrinsics import Resolver
from local.runtime.parameters import values_of
from local.runtime.template import Resource, Template
from tests.support import service_models
from tests.support.emulated.resource_calls import KINDS, Made, Properties
from tests.support.resource_schemas import create_only, value_at
from tests.support.service_models import Call
from tests.support.template import ACCOUNT, REGION

NESTED = "AWS::CloudFormation::Stack"
# What CloudFormation leaves behind when a stack goes.
KEPT = {"Retain", "RetainExceptOnCreate"}
NOT_MADE = "not-made"


class WouldBeRefused(Exception):
    """A request that the service's own model does not take."""


@dataclass(frozen=True)
class Asked:
    """A call that was made for a resource, and what came back; nothing where moto could not."""

    call: Call
    answer: Any


@dataclass
class Account:
    """An account of moto's, and what happened in it.

    `asked` has the calls that made each resource, `problems` what moto could not do, by the call's name.
    """

    asked: dict[str, list[Asked]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    def call(self, call: Call) -> Any:
        """Raises WouldBeRefused, ClientError, NotImplementedError."""
        if wrong := service_models.refused(call):
            raise WouldBeRefused("; ".join(wrong))
        service, name = call[0].split(":")
        request = service_models.typed(service_models.input_shape(call), call[1])
        return getattr(self._client(service), xform_name(name))(**request)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            any_client: Any = boto3.client
            self._clients[service] = any_client(service, region_name=REGION)
        return self._clients[service]

    def make(self, resource: str, call: Call) -> Any:
        """The answer; None where moto could not, which is noted."""
        try:
            answer = self.call(call)
        except (ClientError, NotImplementedError) as error:
            self.problems[call[0]] = str(error)
            answer = None
        self.asked.setdefault(resource, []).append(Asked(call, answer))
        return answer


class Stack:
    """One stack and those nested in it. `documents` are the transformed templates by their files' names."""

    def __init__(
        self,
        account: Account,
        documents: Mapping[str, Any],
        file: str,
        parameters: Mapping[str, str],
        name: str,
    ) -> None:
        self.name = name
        self.made: dict[str, Made] = {}
        self.nested: dict[str, Stack] = {}
        self._before: dict[str, Made] = {}
        self._account = account
        self._documents = documents
        self._file = file
        self._set(parameters)

    def create(self) -> None:
        for name in self.wanted():
            self._have(name)

    def update(self, parameters: Mapping[str, str]) -> None:
        """Changes what is made of other values, makes what is new, then deletes what is wanted no more."""
        before, self.made = self.made, {}
        self._set(parameters)
        self._before = before
        self.create()
        for name, made in reversed(list(before.items())):
            if name not in self.made or self.made[name].ref != made.ref:
                self._delete(name, made, is_update=True)
        self._before = {}

    def delete(self) -> Counter[str]:
        """What stays, by type."""
        kept: Counter[str] = Counter()
        for name, made in reversed(list(self.made.items())):
            kept += self._delete(name, made, is_update=False)
        return kept

    def wanted_types(self) -> Counter[str]:
        """How many resources are asked for, those of nested stacks too."""
        own = Counter(self._template.resources[name].type for name in self.wanted())
        return sum((stack.wanted_types() for stack in self.nested.values()), own)

    def made_types(self) -> Counter[str]:
        own = Counter(
            self._template.resources[name].type
            for name, made in self.made.items()
            if not made.ref.startswith(NOT_MADE)
        )
        return sum((stack.made_types() for stack in self.nested.values()), own)

    def wanted(self) -> Iterator[str]:
        """The resources whose conditions hold."""
        for name, resource in self._template.resources.items():
            if resource.condition is None or self._resolver.holds(resource.condition):
                yield name

    def outputs(self) -> Mapping[str, str]:
        outputs = self._documents[self._file].get("Outputs", {})
        return {
            name: str(self._resolver.resolve(name, output["Value"]))
            for name, output in outputs.items()
            if "Condition" not in output or self._resolver.holds(output["Condition"])
        }

    def _set(self, parameters: Mapping[str, str]) -> None:
        document = self._documents[self._file]
        self._template = template_of(document)
        values = values_of(self._template, parameters)
        pseudo = {
            "AWS::StackName": self.name,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/{UUID(int=1)}",
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._resolver = Resolver(self._template, values, pseudo)
        self._resolver.reference = lambda name: self._have(name).ref
        self._resolver.attribute = lambda name, attribute: self._have(name).attributes.get(
            attribute, NOT_MADE
        )
        self._resolver.check_rules()

    def _have(self, name: str) -> Made:
        """Makes the resource where it is not made yet, and before it whatever it refers to."""
        if name not in self.made:
            for other in self._documents[self._file]["Resources"][name].get("DependsOn", []):
                self._have(other)
            resource = self._template.resources[name]
            properties = self._resolver.resolve(name, resource.properties)
            if resource.type == NESTED:
                self.made[name] = self._nest(name, properties)
            else:
                self.made[name] = self._make(name, resource.type, properties)
        return self.made[name]

    def _nest(self, name: str, properties: Properties) -> Made:
        parameters = {key: str(value) for key, value in properties["Parameters"].items()}
        if name in self.nested:
            self.nested[name].update(parameters)
        else:
            file = properties["TemplateURL"]
            self.nested[name] = Stack(self._account, self._documents, file, parameters, f"{self.name}-{name}")
            self.nested[name].create()
        outputs = {f"Outputs.{key}": value for key, value in self.nested[name].outputs().items()}
        return Made(self.nested[name].name, outputs, properties)

    def _make(self, name: str, kind_of: str, properties: Properties) -> Made:
        kind, old = KINDS[kind_of], self._before.get(name)
        key = f"{self.name}.{name}"
        if old is not None:
            if old.properties == properties:
                return old
            if not _is_replaced(kind_of, old.properties, properties):
                for call in (kind.update or kind.settings)(old.ref, properties):
                    self._account.make(key, call)
                return Made(old.ref, old.attributes, properties)
        physical = f"{self.name}-{name}"[: kind.longest_name - 13] + f"-{self._suffix(name)}"
        answer = None
        if kind.create:
            answer = self._account.make(key, kind.create(physical, properties))
            if answer is None:
                return Made(f"{NOT_MADE}-{name}", {}, properties)
        ref = kind.ref(physical, properties, answer)
        for call in kind.settings(ref, properties):
            self._account.make(key, call)
        return Made(ref, kind.attributes(ref, properties, answer), properties)

    def _suffix(self, name: str) -> str:
        # CloudFormation's is random; this one only differs for whatever replaces a resource.
        return hashlib.sha256(f"{self.name} {name} {name in self._before}".encode()).hexdigest()[:12].upper()

    def _delete(self, name: str, made: Made, *, is_update: bool) -> Counter[str]:
        is_replaced = is_update and name in self.made
        resource = self._documents[self._file]["Resources"][name]
        if resource["Type"] == NESTED:
            return Counter() if is_replaced else self.nested.pop(name).delete()
        if made.ref.startswith(NOT_MADE):
            return Counter()
        if resource.get("UpdateReplacePolicy" if is_replaced else "DeletionPolicy") in KEPT:
            return Counter([resource["Type"]])
        for call in KINDS[resource["Type"]].delete(made.ref, made.properties):
            self._account.make(f"{self.name}.{name}", call)
        return Counter()


def _is_replaced(kind: str, before: Properties, now: Properties) -> bool:
    return any(value_at(before, path) != value_at(now, path) for path in create_only(kind))


def template_of(document: Mapping[str, Any]) -> Template:
    return Template(
        folder=Path(),
        parameters=document["Parameters"],
        rules=document.get("Rules", {}),
        conditions=document["Conditions"],
        function_globals={},
        resources={
            name: Resource(name, entry["Type"], entry.get("Properties", {}), entry.get("Condition"))
            for name, entry in document["Resources"].items()
        },
    )
