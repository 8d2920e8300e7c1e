"""A function's handler, told what the template tells it, in this process and against its AWS."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from faxledger import bootstrap
from local.runtime.intrinsics import Resolver
from local.runtime.parameters import values_of
from local.runtime.template import read_template

ROOT = Path(__file__).parents[1]


class Context:
    """A Lambda context."""

    def __init__(self, seconds_left: float) -> None:
        self._end = monotonic() + seconds_left

    def get_remaining_time_in_millis(self) -> int:
        return int((self._end - monotonic()) * 1000)


def environment_of(resource: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """What the template puts into a function's environment; every resource has its own name there."""
    template = read_template(ROOT / "template.yaml")
    resolver = Resolver(template, values_of(template, parameters), {"AWS::Region": "us-east-1"})
    resolver.reference = lambda name: name
    resolver.attribute = lambda name, attribute: f"{name}.{attribute}"
    variables = template.resources[resource].properties["Environment"]["Variables"]
    return {name: str(value) for name, value in resolver.resolve(resource, variables).items()}


def run(resource: str, parameters: Mapping[str, str], seconds_left: float) -> None:
    """One run of a function that is called by a schedule."""
    properties = read_template(ROOT / "template.yaml").resources[resource].properties
    with bootstrap.within(bootstrap.World(environment=environment_of(resource, parameters))):
        app: dict[str, Any] = runpy.run_path(str(ROOT / properties["CodeUri"] / "app.py"))
        app["handler"]({}, Context(seconds_left))
