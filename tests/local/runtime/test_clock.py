"""The clock that may run faster than the wall."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread

import pytest

from local.runtime.clock import ClockStopped, VirtualClock
from tests.support.patience import PATIENCE_SECONDS

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
Make = Callable[..., VirtualClock]


class Wall:
    """A wall's clock that goes on when a test says so."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def __call__(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        self._seconds += seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def make(wall: Wall) -> Iterator[Make]:
    clocks = []

    def one(*, speed: float = math.inf, stands_still: bool = True) -> VirtualClock:
        clocks.append(VirtualClock(START, speed=speed, stands_still=stands_still, wall=wall))
        return clocks[-1]

    yield one
    for clock in clocks:
        clock.stop()


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def test_it_stands_until_it_is_started(make: Make, wall: Wall) -> None:
    clock = make(speed=1000)
    wall.advance(10)
    assert clock.now() == START


def test_what_falls_due_together_runs_in_the_order_it_was_handed_in(make: Make) -> None:
    clock = make()
    done: list[tuple[int, datetime]] = []
    for number, when in ((1, minutes(5)), (2, minutes(2)), (3, minutes(5)), (4, minutes(-9))):
        clock.at(when, partial(lambda number: done.append((number, clock.now())), number))
    clock.start()
    clock.sleep(600)
    assert done == [(4, START), (2, minutes(2)), (1, minutes(5)), (3, minutes(5))]


def test_it_catches_up_with_the_wall_by_way_of_what_is_due(make: Make, wall: Wall) -> None:
    clock = make(speed=1000)
    clock.start()
    done: list[datetime] = []
    is_there = Event()
    for when in (minutes(1), minutes(30)):
        clock.at(when, lambda: done.append(clock.now()))
    clock.at(minutes(60), is_there.set)
    with clock.activity():
        wall.advance((minutes(60) - datetime.fromtimestamp(0, UTC)).total_seconds())
        clock.catch_up()
    assert is_there.wait(PATIENCE_SECONDS)
    assert done == [minutes(1), minutes(30)]
    # A second of the wall is a second here from now on.
    wall.advance(7)
    assert clock.now() == minutes(60) + timedelta(seconds=7)


def test_time_stands_still_while_an_activity_runs(make: Make, wall: Wall) -> None:
    clock = make(speed=100_000)
    moments: list[datetime] = []

    def work() -> None:
        moments.append(clock.now())
        wall.advance(10)
        moments.append(clock.now())

    clock.at(minutes(1), work)
    clock.at(minutes(2), lambda: moments.append(clock.now()))
    clock.start()
    wall.advance(1)
    clock.sleep(180)
    assert moments == [minutes(1), minutes(1), minutes(2)]


def test_others_go_on_while_an_activity_sleeps(make: Make) -> None:
    clock = make()
    told: list[str] = []

    def sleeper() -> None:
        told.append("goes to sleep")
        clock.sleep(120)
        told.append(f"wakes at {clock.now():%H:%M}")

    clock.at(minutes(1), sleeper)
    clock.at(minutes(2), lambda: told.append("another"))
    clock.start()
    clock.sleep(600)
    assert told == ["goes to sleep", "another", "wakes at 13:03"]


def test_a_request_from_outside_holds_the_time(make: Make, wall: Wall) -> None:
    clock = make(speed=3600)
    clock.start()
    with clock.activity():
        before = clock.now()
        wall.advance(10)
        assert clock.now() == before
        clock.sleep(60)
        assert clock.now() == before + timedelta(minutes=1)


def test_speed_one_keeps_pace_with_the_wall(make: Make, wall: Wall) -> None:
    clock = make(speed=1)
    clock.start()
    wall.advance(90)
    assert clock.now() == START + timedelta(seconds=90)


def test_by_the_real_wall_a_sleeper_is_woken_too() -> None:
    clock = VirtualClock(START, speed=1)
    clock.start()
    clock.sleep(0.05)
    assert clock.now() >= START + timedelta(seconds=0.05)
    clock.stop()


def test_it_catches_up_with_the_wall_after_an_activity(make: Make, wall: Wall) -> None:
    clock = make(speed=60)
    clock.start()
    with clock.activity():
        wall.advance(0.1)
        assert clock.now() == START
    assert clock.now() == START + timedelta(seconds=6)


def test_changing_the_speed_does_not_move_the_present(make: Make) -> None:
    clock = make()
    clock.start()
    clock.sleep(3600)
    clock.speed = 1
    assert clock.now() == START + timedelta(hours=1)


def test_a_steady_clock_stops_for_nobody(make: Make, wall: Wall) -> None:
    clock = make(speed=100, stands_still=False)
    both = [Event(), Event()]

    def meet(mine: Event, other: Event) -> None:
        mine.set()
        assert other.wait(PATIENCE_SECONDS)

    clock.at(START, partial(meet, both[0], both[1]))
    clock.at(START + timedelta(seconds=1), partial(meet, both[1], both[0]))
    clock.start()
    with clock.activity():
        before = clock.now()
        wall.advance(0.02)
        assert clock.now() == before + timedelta(seconds=2)
    assert all(event.wait(PATIENCE_SECONDS) for event in both)


def test_who_sleeps_when_it_stops_is_woken_by_an_exception(make: Make) -> None:
    clock = make(speed=1)
    clock.start()
    outcome: list[type[BaseException]] = []
    goes_to_sleep = Event()

    def sleeper() -> None:
        with clock.activity():
            goes_to_sleep.set()
            try:
                clock.sleep(3600)
            except ClockStopped as stopped:
                outcome.append(type(stopped))

    thread = Thread(target=sleeper)
    thread.start()
    assert goes_to_sleep.wait(PATIENCE_SECONDS)
    clock.stop()
    thread.join(PATIENCE_SECONDS)
    assert outcome == [ClockStopped]
