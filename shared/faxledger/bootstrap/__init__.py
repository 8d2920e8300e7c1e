"""Joins use cases, ledger, providers and adapters, one function's worth at a time.

Each module composes the functions of one room of the bundle. Imports stand inside the functions, so that
none loads what only another needs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from faxledger.adapters.clock import SystemClock
from faxledger.bootstrap.late_modules import load_late
from faxledger.settings.environment import Environment, is_lambda, lean_start_of, process_environment

if TYPE_CHECKING:
    from faxledger.usecases.ports.world import Clock

Composed = TypeVar("Composed")


@dataclass(frozen=True, slots=True)
class World:
    """What a function runs in, and what a runner on one machine replaces."""

    environment: Environment = field(default_factory=process_environment)
    clock: Clock = field(default_factory=SystemClock)
    # Origins of this machine that stand for a provider's own: no environment variable can name one.
    neighbours: frozenset[str] = frozenset()
    # What receivers of webhooks go by, where it is not this world's clock.
    receivers_clock: Clock | None = None


_world: ContextVar[World | None] = ContextVar("world", default=None)


@contextmanager
def within(world: World) -> Iterator[None]:
    """Compose and run functions in another world than this process's own."""
    token = _world.set(world)
    try:
        yield
    finally:
        _world.reset(token)


def once(compose: Callable[[World], Composed]) -> Callable[[], Composed]:
    """What `compose` makes, made at the first use and kept.

    Inside Lambda it is made at import, while the function starts, has a whole CPU and may be snapshotted.
    """

    @cache
    def composed() -> Composed:
        return compose(_world.get() or World())

    if is_lambda(process_environment()):
        composed()
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
    return composed


def _start_lean(savings: frozenset[str]) -> None:
    """Before anything else is imported.

    What a start makes is kept for good: to look through it for garbage is in vain, now and at each later
    collection. `once` has that resume, and passes over what there is by then.
    """
    if "garbage" in savings:
        gc.disable()
    if "modules" in savings:
        load_late()


_start_lean(lean_start_of(process_environment()))
