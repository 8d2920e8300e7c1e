"""A limit of AWS: how to measure it in the templates, and how to exceed it on purpose."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.session import get_session

from tests.support.lengths import longest
from tests.support.template import raw_template

_BOTOCORE = get_session()

Section = dict[str, Any]


@dataclass(frozen=True)
class Templates:
    """The bundle's template and the one nested in it, each as it stands in its file."""

    bundle: Section
    monitoring: Section

    def each(self) -> Iterator[tuple[str, Section]]:
        yield "template.yaml", self.bundle
        yield "monitoring.yaml", self.monitoring

    def of_type(self, kind: str) -> Iterator[tuple[str, Section]]:
        """Name and properties of every resource of this type."""
        for _, template in self.each():
            for name, resource in template["Resources"].items():
                if resource["Type"] == kind:
                    yield name, resource["Properties"]

    def first(self, kind: str) -> Section:
        return next(self.of_type(kind))[1]


Measure = Callable[[Templates], Iterator[tuple[str, int]]]  # where, and how much
Excess = Callable[[Templates], object]


@dataclass(frozen=True)
class Limit:
    name: str
    most: int
    source: str  # a page of AWS's documentation, or a shape of botocore's service models
    measure: Measure
    exceed: Excess

    def exceeded(self, templates: Templates) -> Mapping[str, int]:
        measured = list(self.measure(templates))
        assert measured, "nothing was measured"
        return {where: value for where, value in measured if value > self.most}


def of_each(kind: str, measure: Callable[[Section], int]) -> Measure:
    """Of each resource of a type, by its properties."""
    return lambda templates: ((name, measure(made)) for name, made in templates.of_type(kind))


def of_each_template(measure: Callable[[Section], int]) -> Measure:
    return lambda templates: ((name, measure(template)) for name, template in templates.each())


def at(place: str) -> Callable[[Section], Any]:
    """What stands at a place as in `Rule.Name`; nothing where a part of it is missing."""

    def found(section: Any) -> Any:
        for part in place.split("."):
            section = section.get(part, {})
        return section

    return found


def put(kind: str, place: str, value: Any) -> Excess:
    """Into the first resource of a type."""

    def exceed(templates: Templates) -> None:
        *parts, last = place.split(".")
        section = templates.first(kind)
        for part in parts:
            section = section.setdefault(part, {})
        section[last] = value

    return exceed


def repeat(kind: str, place: str, times: int) -> Excess:
    """The first of a list over and over."""

    def exceed(templates: Templates) -> None:
        parts = at(place)(templates.first(kind))
        parts[:] = [parts[0]] * times

    return exceed


def crowd(section: str, times: int) -> Excess:
    """Fills a section of the bundle's template."""

    def exceed(templates: Templates) -> None:
        entry = next(iter(templates.bundle[section].values()))
        templates.bundle[section] |= {f"Another{n}": entry for n in range(times)}

    return exceed


def text(kind: str, place: str, service: str, shape: str) -> Limit:
    """A text whose length is in botocore's service model."""
    most = _BOTOCORE.get_service_model(service).shape_for(shape).metadata["max"]
    return Limit(
        f"length of {place} of {kind}",
        most,
        f"botocore: {service} {shape}",
        of_each(kind, lambda made: longest(at(place)(made) or "")),
        put(kind, place, "x" * (most + 1)),
    )


def number(kind: str, place: str, most: int, source: str) -> Limit:
    return Limit(
        f"{place} of {kind}",
        most,
        source,
        of_each(kind, lambda made: largest(at(place)(made))),
        put(kind, place, most + 1),
    )


def largest(value: Any) -> int:
    """A number, at most; 0 where none is given."""
    if isinstance(value, int):
        return value
    return int(raw_template()["Parameters"][value["Ref"]]["MaxValue"]) if "Ref" in value else 0
