"""The simulated day of `faxledger up`: played, accounted for, and gone on with by a later start."""

import math
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Final

from cli.interrupted import wait_for_any
from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.show.day_account import DayAccount, day_account_of
from local.show.day_account_text import day_account_text
from local.show.screen import Screen
from local.show.simulation import AFTERWARDS, DAY, Simulation
from local.state.facts import StateFacts
from local.state.kept import MOMENT

# A day in about half a minute.
_SPEED: Final = 4000.0
_FACT: Final = "day"


@dataclass(frozen=True, slots=True)
class PlayedDay:
    """A simulated day of so many faxes: when it began, and how far it has come if it is not over.

    `is_of_now`: it was to end about when it was played. `reached` is None for one that has not begun.
    """

    start: datetime
    jobs: int
    seed: int
    is_of_now: bool
    reached: datetime | None = None
    is_over: bool = False

    def clock(self, speed: float | None) -> VirtualClock:
        """At the moment at which the day, or the time behind it, is to go on."""
        if not self.is_over or self.reached is None:
            return VirtualClock(self.reached or self.start, speed=speed or _SPEED)
        # Meanwhile nothing happened here, as when a machine is off.
        start = max(self.reached, now()) if self.is_of_now else self.reached
        return VirtualClock(start, speed=speed or 1.0)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def planned_day(start: datetime | None, jobs: int, seed: int) -> PlayedDay:
    """One that is over about now, so that what is tried afterwards has today's date, if no start is given."""
    return PlayedDay(start or now() - DAY - AFTERWARDS, jobs, seed, is_of_now=start is None)


def day_as_before(facts: StateFacts, planned: PlayedDay) -> PlayedDay:
    """The day that the bundle before has begun, else the one that is planned."""
    before = facts.get(_FACT)
    if before is None:
        facts.set(**{_FACT: {**asdict(planned), "start": planned.start.isoformat()}})
        return planned
    moment = facts.get(MOMENT)
    return PlayedDay(
        start=datetime.fromisoformat(before["start"]),
        jobs=before["jobs"],
        seed=before["seed"],
        is_of_now=before["is_of_now"],
        reached=datetime.fromisoformat(moment) if moment else None,
        is_over=before["is_over"],
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """What a day is played on, until `stop` is set; `console` is the console's link.

    Of a bundle with a state `facts` are the state's, and `folder` is where it lies.
    """

    bundle: Bundle
    simulation: Simulation
    screen: Screen
    stop: Event
    console: str
    facts: StateFacts | None = None
    folder: Path | None = None

    def play(self, day: PlayedDay, *, is_once: bool) -> int:
        """The day, its account, and then as long as the user likes; the exit status."""
        if day.is_over:
            return self._stay_up(is_once=is_once)
        account = self._play(day)
        if account and is_once:
            return self._finish(account)
        if account:
            self.screen.say(day_account_text(account))
            self.screen.say("The bundle stays up, in real time now. Ctrl-C ends it.")
            self.screen.say(f"The console: {self.console}")
            wait_for_any(self.stop)
        if self.facts:
            return self._leave()
        self.simulation.end_day()
        self.bundle.clock.speed = math.inf
        self.bundle.clock.sleep(AFTERWARDS.total_seconds())
        status = self._finish(self._account())
        # What was tried behind the day is no part of it.
        return _status_of(account) if account else status

    def _play(self, day: PlayedDay) -> DayAccount | None:
        """None if it was broken off."""
        clock, is_over = self.bundle.clock, Event()
        accounts = []

        def end() -> None:
            accounts.append(self._account())
            if self.facts:
                self.facts.set(**{_FACT: {**self.facts.get(_FACT), "is_over": True}})
            if day.is_of_now:
                # To play the day has taken a while, by which it is behind.
                clock.catch_up()
            else:
                clock.speed = 1.0
            is_over.set()

        clock.at(self.simulation.plan_day(day.jobs, began_at=day.start), end)
        clock.start()
        wait_for_any(self.stop, is_over)
        return accounts[0] if is_over.is_set() else None

    def _stay_up(self, *, is_once: bool) -> int:
        """Behind a day that the bundle before has played."""
        self.bundle.clock.start()
        if is_once:
            return self._finish(self._account())
        self.screen.say("The simulated day is over. The bundle is up, in real time. Ctrl-C ends it.")
        wait_for_any(self.stop)
        return self._leave()

    def _leave(self) -> int:
        """Nothing is lost by what is still to come: the next bundle goes on with it."""
        self._finish(self._account())
        self.screen.say(f"Everything is kept in {self.folder}, and goes on from there.\n")
        return 0

    def _account(self) -> DayAccount:
        return day_account_of(self.bundle, self.simulation)

    def _finish(self, account: DayAccount) -> int:
        self.screen.finish(day_account_text(account))
        return _status_of(account)


def _status_of(account: DayAccount) -> int:
    return 1 if account.lost or account.missing_documents else 0
