"""Reads `template.yaml`: its sections as they stand there, intrinsic functions in their long form."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

try:
    # In C, and ten times as fast, where libyaml is.
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

from local.runtime.errors import CannotRun, UnknownConstruct

_SECTIONS = frozenset(
    {"AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Outputs"}  # nothing to run in these
    | {"Parameters", "Rules", "Conditions", "Globals", "Resources"}
)
_REQUIRED: Final = object()


class Section:
    """One mapping of the template, whose every entry has to be taken or passed over by name.

    `resolve` puts values in the place of intrinsic functions in what is taken.
    """

    def __init__(self, where: str, content: Any, resolve: Callable[[Any], Any] | None = None) -> None:
        if not isinstance(content, Mapping):
            raise CannotRun(f"template.yaml: {where}: has to be a mapping")
        self.where = where
        self._left = dict(content)
        self._resolve = resolve

    def take(self, name: str, default: Any = _REQUIRED) -> Any:
        """The entry, once; raises `CannotRun` if it is missing and has no default."""
        value = self._left.pop(name, default)
        if value is _REQUIRED:
            raise CannotRun(f"template.yaml: {self.where}: {name} is missing")
        return self._resolve(value) if self._resolve else value

    def pass_over(self, *names: str) -> None:
        """Entries that have no meaning on one machine."""
        for name in names:
            self._left.pop(name, None)

    def end(self) -> None:
        """Raises `UnknownConstruct` for whatever is left."""
        for name in self._left:
            raise UnknownConstruct(self.where, name)


@contextmanager
def reading(where: str, content: Any, resolve: Callable[[Any], Any] | None = None) -> Iterator[Section]:
    """A section that is read to its end in this block."""
    section = Section(where, content, resolve)
    yield section
    section.end()


@dataclass(frozen=True, slots=True)
class Resource:
    """`condition` is the name of the condition under which it exists; None for always."""

    name: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None


@dataclass(frozen=True, slots=True)
class Template:
    folder: Path
    parameters: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]
    conditions: Mapping[str, Any]
    function_globals: Mapping[str, Any]
    resources: Mapping[str, Resource]


def read_template(path: Path) -> Template:
    """Raises `CannotRun` for a file that is not there or not a template, `UnknownConstruct`."""
    return _read_template(path, _text_of(path))


# The same for every bundle of a process: to parse it takes longer than to make what stands there.
@lru_cache(maxsize=4)
def _read_template(path: Path, text: str) -> Template:
    document = _parsed(path, text)
    template = Section("the template", document)
    template.pass_over(*_SECTIONS)
    template.end()
    globals_ = Section("Globals", document.get("Globals", {}))
    function_globals = globals_.take("Function", {})
    globals_.end()
    return Template(
        folder=path.parent,
        parameters=document.get("Parameters", {}),
        rules=document.get("Rules", {}),
        conditions=document.get("Conditions", {}),
        function_globals=function_globals,
        resources={name: _resource(name, entry) for name, entry in document["Resources"].items()},
    )


def read_document(path: Path) -> Any:
    """A template as it stands there, intrinsic functions in their long form; raises `CannotRun`."""
    return _parsed(path, _text_of(path))


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {error.strerror}") from None


def _parsed(path: Path, text: str) -> Any:
    try:
        return yaml.load(text, _CloudFormationLoader)  # noqa: S506 - a safe one # nosec B506
    except yaml.YAMLError as error:
        raise CannotRun(f"{path} is not YAML: {error}") from None


def _resource(name: str, entry: Any) -> Resource:
    with reading(name, entry) as resource:
        # Lambda's build, CloudFormation's order and what happens at its end: nothing to run.
        resource.pass_over("Metadata", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy")
        return Resource(
            name, resource.take("Type"), resource.take("Properties", {}), resource.take("Condition", None)
        )


class _CloudFormationLoader(SafeLoader):
    """YAML with CloudFormation's tags."""


def _intrinsic(loader: SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """`!Sub x` as `{"Fn::Sub": x}`, and so for every tag; which of them mean something is decided later."""
    content: Any
    if isinstance(node, yaml.ScalarNode):
        content = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        content = loader.construct_sequence(node, deep=True)
    else:
        raise CannotRun(f"template.yaml: !{suffix} stands before something that is neither text nor a list")
    if suffix == "GetAtt" and isinstance(content, str):
        content = content.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": content}


_CloudFormationLoader.add_multi_constructor("!", _intrinsic)
