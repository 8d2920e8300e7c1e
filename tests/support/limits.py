"""A limit of AWS: how to measure it in a deployment, and how to exceed it on purpose."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.session import get_session

from tests.support.stacks import Deployment, Stack
from tests.support.transformed import Documents, Section

_BOTOCORE = get_session()

Measure = Callable[[Deployment], Iterator[tuple[str, int]]]  # where, and how much
Excess = Callable[[Documents], object]


@dataclass(frozen=True)
class Limit:
    name: str
    most: int
    source: str  # a page of AWS's documentation, or a shape of botocore's service models
    measure: Measure
    exceed: Excess

    def exceeded(self, deployments: Iterable[Deployment]) -> Mapping[str, int]:
        """The places, with the most that was measured at each."""
        most: dict[str, int] = {}
        for deployment in deployments:
            for where, value in self.measure(deployment):
                most[where] = max(value, most.get(where, value))
        assert most, "nothing was measured"
        return {where: value for where, value in most.items() if value > self.most}


def of_each(kind: str, measure: Callable[[Section], int]) -> Measure:
    """Of each resource of a type, by its properties."""
    return lambda deployment: ((name, measure(made)) for name, made in deployment.of_type(kind))


def of_each_stack(measure: Callable[[Stack], int]) -> Measure:
    return lambda deployment: ((stack.name, measure(stack)) for stack in deployment.stacks())


def at(place: str) -> Callable[[Section], Any]:
    """What stands at a place as in `Rule.Name`; nothing where a part of it is missing."""

    def found(section: Any) -> Any:
        for part in place.split("."):
            section = section.get(part, {})
        return section

    return found


def put(kind: str, place: str, value: Any) -> Excess:
    """Into the first resource of a type."""

    def exceed(templates: Documents) -> None:
        *parts, last = place.split(".")
        section = templates.first(kind)
        for part in parts:
            section = section.setdefault(part, {})
        section[last] = value

    return exceed


def repeat(kind: str, place: str, times: int) -> Excess:
    """The first of a list over and over, in the first resource of a type that has one."""

    def exceed(templates: Documents) -> None:
        parts = next(filter(None, (at(place)(made) for _, made in templates.of_type(kind))))
        parts[:] = [parts[0]] * times

    return exceed


def crowd(section: str, times: int, *, like: str = "") -> Excess:
    """Fills a section of the bundle's template with its first entry, or with the first resource of a type."""

    def exceed(templates: Documents) -> None:
        entries = templates.bundle[section]
        entry = next(one for one in entries.values() if not like or one["Type"] == like)
        entries |= {f"Another{n}": entry for n in range(times)}

    return exceed


def text(kind: str, place: str, service: str, shape: str) -> Limit:
    """A text whose length is in botocore's service model."""
    most = _BOTOCORE.get_service_model(service).shape_for(shape).metadata["max"]
    return Limit(
        f"length of {place} of {kind}",
        most,
        f"botocore: {service} {shape}",
        of_each(kind, lambda made: len(at(place)(made) or "")),
        put(kind, place, "x" * (most + 1)),
    )


def number(kind: str, place: str, most: int, source: str) -> Limit:
    return Limit(
        f"{place} of {kind}",
        most,
        source,
        of_each(kind, lambda made: int(at(place)(made) or 0)),
        put(kind, place, most + 1),
    )
