"""Starts functions on their schedules, by the bundle's clock."""

from datetime import datetime
from functools import partial

from local.clock import VirtualClock
from local.functions import Function
from local.plans import Every


class Timetable:
    """One schedule; its first run is at once, and no run waits for the one before."""

    def __init__(self, schedule: Every, function: Function, clock: VirtualClock) -> None:
        self._schedule = schedule
        self._function = function
        self._clock = clock

    def start(self) -> None:
        self._set(self._clock.now())

    def _set(self, when: datetime) -> None:
        self._clock.at(when, partial(self._run, when))

    def _run(self, when: datetime) -> None:
        self._set(when + self._schedule.period)
        # EventBridge Scheduler's input, where the template gives none, is an empty object.
        self._function.invoke_later(when, {})
