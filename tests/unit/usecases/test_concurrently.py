"""Doing the same for many things, some of them at once."""

import threading
from collections.abc import Iterator

import pytest

from faxledger.usecases.concurrently import concurrently
from tests.support.patience import PATIENCE_SECONDS


def test_as_many_are_under_way_at_once_as_there_are_lanes() -> None:
    barrier = threading.Barrier(4)

    def wait_for_the_others(_: int) -> None:
        barrier.wait(timeout=PATIENCE_SECONDS)

    assert len(list(concurrently(wait_for_the_others, range(8), lanes=4))) == 8


def test_an_item_is_taken_only_when_a_lane_is_free_for_it() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    outcomes = concurrently(lambda number: number, items(), lanes=3)

    for _ in range(10):
        next(outcomes)
    outcomes.close()

    assert len(taken) <= 10 + 3


def test_with_one_lane_everything_happens_in_order() -> None:
    done = [item for item, _ in concurrently(lambda number: number, range(100), lanes=1)]

    assert done == list(range(100))


def test_an_error_is_the_outcome_of_its_item_and_of_no_other() -> None:
    def divide(number: int) -> float:
        return 1 / number

    outcomes = dict(concurrently(divide, [2, 0, 4], lanes=2))

    assert (outcomes[2].result(), outcomes[4].result()) == (0.5, 0.25)
    with pytest.raises(ZeroDivisionError):
        outcomes[0].result()


def test_whoever_stops_waits_for_what_is_under_way_and_begins_nothing_more() -> None:
    begun: list[int] = []
    ended: list[int] = []
    may_end = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number:
            may_end.wait(timeout=PATIENCE_SECONDS)
        ended.append(number)

    outcomes = concurrently(work, range(100), lanes=2)
    assert next(outcomes)[0] == 0
    may_end.set()
    outcomes.close()

    assert begun == ended == [0, 1]
