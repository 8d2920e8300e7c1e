"""Starts functions on their schedules, by the bundle's clock."""

from datetime import datetime
from functools import partial

from local.runtime.clock import VirtualClock
from local.runtime.function_plans import Schedule
from local.runtime.functions import Function


class Timetable:
    """One schedule; no run waits for the one before."""

    def __init__(self, schedule: Schedule, function: Function, clock: VirtualClock) -> None:
        self._schedule = schedule
        self._function = function
        self._clock = clock
        self._starts = 0

    def start(self) -> None:
        """Run from now on; whatever was to come by an earlier start does not."""
        self._starts += 1
        self._set(self._schedule.first(self._clock.now()), self._starts)

    def _set(self, when: datetime, start: int) -> None:
        self._clock.at(when, partial(self._run, when, start))

    def _run(self, when: datetime, start: int) -> None:
        if start != self._starts:
            return
        self._set(self._schedule.after(when), start)
        # EventBridge Scheduler's input, where the template gives none, is an empty object.
        self._function.invoke_later(when, {})
