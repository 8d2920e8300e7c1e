"""A simulated day that was broken off goes on, and is played once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.up_day import PlayedDay, day_as_before, planned_day
from cli.up_state import opened
from local.state.facts import StateFacts
from local.state.kept import MOMENT

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
NOON = START + timedelta(hours=7)


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[StateFacts]:
    with opened(tmp_path) as journal:
        yield StateFacts(journal)


def test_the_day_of_before_goes_on_where_it_was_whatever_is_asked_for(facts: StateFacts) -> None:
    first = day_as_before(facts, planned_day(START, jobs=40, seed=7))
    assert (first, first.reached) == (PlayedDay(START, 40, 7, is_of_now=False), None)
    assert first.clock(None).now() == START
    facts.set(**{MOMENT: NOON.isoformat()})
    again = day_as_before(facts, planned_day(None, jobs=200, seed=0))
    assert again == PlayedDay(START, 40, 7, is_of_now=False, reached=NOON)
    assert (again.clock(None).now(), again.clock(None).speed) == (NOON, 4000)
    assert again.clock(60).speed == 60


def test_behind_the_day_it_is_the_time_that_it_was_or_now() -> None:
    over = PlayedDay(START, 40, 7, is_of_now=False, reached=NOON, is_over=True)
    assert (over.clock(None).now(), over.clock(None).speed) == (NOON, 1)
    of_now = PlayedDay(START, 40, 7, is_of_now=True, reached=NOON, is_over=True)
    assert of_now.clock(None).now() > NOON
    # Time never goes back, not even where it has run ahead.
    ahead = NOON + timedelta(days=50_000)
    assert PlayedDay(START, 40, 7, is_of_now=True, reached=ahead, is_over=True).clock(None).now() == ahead
