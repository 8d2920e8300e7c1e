"""A stack as it is deployed, deployed otherwise, and rolled back: which version of a function begins to run.

A deployment reaches one function after the other. What runs meanwhile goes on as it began, so that for some
minutes old and new settings are side by side.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from faxledger import bootstrap
from tests.simulation.scheduler import HostClock, Killed, Scheduler
from tests.support.template import Template

_MOST_SECONDS_OF_A_DEPLOYMENT = 300.0
# Hosts whose clocks differ.
_HOSTS = 2


@dataclass(frozen=True, slots=True)
class Version:
    """`reached_at` is when each function is of this version, `idle` its environments that wait for work."""

    template: Template
    begun_at: float
    reached_at: dict[str, float] = field(default_factory=dict)
    idle: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


class Deployments:
    """`compose` has a way for each function. `unmarked_since` is since when no marks are wanted."""

    def __init__(
        self,
        scheduler: Scheduler,
        parameters: Mapping[str, str],
        compose: Mapping[str, Callable[[bootstrap.World], Any]],
    ) -> None:
        self._scheduler = scheduler
        self._compose = compose
        self._skews = [scheduler.random.uniform(-60, 60) for _ in range(_HOSTS)]
        # From the beginning on, everywhere.
        first = Template(parameters)
        self._versions = [Version(first, scheduler.now, dict.fromkeys(compose, scheduler.now))]
        self.unmarked_since: float | None = None
        self._note_marks()

    @property
    def template(self) -> Template:
        """As it was deployed last."""
        return self._versions[-1].template

    @property
    def wants_marks(self) -> bool:
        return self.template.exists("MarkFax")

    def deploy(self, **changed: str) -> None:
        """Make everything anew, with other parameters if any are given."""
        own = {**self.template.parameters, **changed}
        self._versions.append(Version(Template(own), self._scheduler.now))
        self._note_marks()

    def roll_back(self) -> None:
        """Deploy what was deployed before, if there was anything else."""
        self.deploy(**self._versions[max(0, len(self._versions) - 2)].template.parameters)

    def _note_marks(self) -> None:
        if self.wants_marks:
            self.unmarked_since = None
        elif self.unmarked_since is None:
            self.unmarked_since = self._scheduler.now

    def run(self, name: str, work: Callable[[Any], Any]) -> Any:
        """Run a function in an environment that does nothing else meanwhile; it is gone when that dies."""
        version = next(one for one in reversed(self._versions) if self._has_reached(one, name))
        idle = version.idle[name]
        function = idle.pop() if idle else self._composed(name, version)
        try:
            return work(function)
        except Killed:
            function = None
            raise
        finally:
            if function is not None:
                idle.append(function)

    def _composed(self, name: str, version: Version) -> Any:
        clock = HostClock(self._scheduler, self._scheduler.random.choice(self._skews))
        parameters = tuple(version.template.parameters.items())
        return self._compose[name](bootstrap.World(_environment(name, parameters), clock))

    def _has_reached(self, version: Version, name: str) -> bool:
        if name not in version.reached_at:
            takes = self._scheduler.random.uniform(0.0, _MOST_SECONDS_OF_A_DEPLOYMENT)
            version.reached_at[name] = version.begun_at + takes
        return version.reached_at[name] <= self._scheduler.now


@cache
def _environment(function: str, parameters: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Of a function in any stack with these parameters: there are few, and histories without end."""
    return MappingProxyType(Template(dict(parameters)).environment(function))
