"""A closed day knows that something has happened to its faxes, whichever day they were on before."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.closed_days import ChangeCause, ClosedDay, DayVersion, link_of
from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Conflict, Fax, Sighting
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.announce import Change
from faxledger.usecases.late_changes import NoteLateChanges
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.closed_days import InMemoryClosedDays
from tests.fakes.faxes import outbound
from tests.fakes.observe import LogLines

YESTERDAY = date(2026, 3, 9)
THEN = datetime(2026, 3, 9, 11, tzinfo=UTC)
OPEN = Fax(outbound("33"), submitted_at=THEN - timedelta(days=1))
SENT = replace(OPEN, first_status=Status.SENT, settled_at=THEN, settled_by=Source.POLL, completed_at=THEN)


class Days(InMemoryClosedDays):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[tuple[date, frozenset[ChangeCause]]] = []
        self.is_down = False

    def note(self, day: date, causes: Collection[ChangeCause], at: datetime) -> bool:
        if self.is_down:
            raise LedgerUnavailable("down")
        self.notes.append((day, frozenset(causes)))
        return super().note(day, causes, at)


@pytest.fixture
def days() -> Days:
    days = Days()
    days.keep(ClosedDay(DayVersion(YESTERDAY), link_of("x", b""), NOON, is_complete=True))
    return days


@pytest.fixture
def note(days: Days) -> NoteLateChanges:
    return NoteLateChanges(days, time_zone=ZoneInfo("UTC"), clock=StoppedClock(), log=LogLines())


CHANGES = {
    ChangeCause.AMENDED: replace(SENT, amended_status=Status.FAILED, amended_at=NOON),
    ChangeCause.CONFLICT: replace(SENT, conflict=Conflict(Status.FAILED, Source.POLL, NOON, {})),
    ChangeCause.PUSHED: replace(SENT, sightings=(Sighting(Source.CALLBACK, "sent", NOON, {}),)),
    ChangeCause.COSTS_DIFFER: replace(SENT, costs_differ=True),
    ChangeCause.JOINED: replace(SENT, submission="0" * 32 + "-1"),
}


@pytest.mark.parametrize("cause", CHANGES)
def test_what_has_happened_is_said_of_the_day(days: Days, note: NoteLateChanges, cause: ChangeCause) -> None:
    assert note([Change("1", SENT, CHANGES[cause])]) == frozenset()
    closed = days.all()[YESTERDAY]
    assert (closed.changed_at, closed.causes) == (NOON, frozenset({cause}))


def test_a_fax_that_is_settled_late_leaves_the_day_on_which_it_was_open(
    days: Days, note: NoteLateChanges
) -> None:
    note([Change("1", OPEN, SENT)])
    settled = frozenset({ChangeCause.SETTLED})
    assert days.notes == [(date(2026, 3, 8), settled), (YESTERDAY, settled)]


def test_what_changes_no_figure_is_not_noted(days: Days, note: NoteLateChanges) -> None:
    note([Change("1", SENT, replace(SENT, is_history=True)), Change("2", None, OPEN)])
    assert days.notes == []


def test_what_is_of_today_is_not_noted(days: Days, note: NoteLateChanges) -> None:
    note([Change("1", None, replace(SENT, submitted_at=None, completed_at=NOON))])
    assert days.notes == []


def test_a_day_is_noted_once_for_a_batch(days: Days, note: NoteLateChanges) -> None:
    note([Change(str(number), SENT, changed) for number, changed in enumerate(CHANGES.values())])
    assert days.notes == [(YESTERDAY, frozenset(CHANGES))]


def test_a_day_is_one_of_the_time_zone(days: Days, note: NoteLateChanges) -> None:
    late = replace(SENT, completed_at=datetime(2026, 3, 10, 3, tzinfo=UTC))
    replace(note, time_zone=ZoneInfo("America/New_York"))([Change("1", SENT, late)])
    assert {day for day, _ in days.notes} == set()
    note_there = replace(note, time_zone=ZoneInfo("America/New_York"))
    note_there([Change("1", late, replace(late, amended_at=NOON, amended_status=Status.FAILED))])
    assert [day for day, _ in days.notes] == [YESTERDAY]


def test_what_could_not_be_noted_comes_again(days: Days, note: NoteLateChanges) -> None:
    days.is_down = True
    today = replace(SENT, submitted_at=None, completed_at=NOON)
    changes = [Change("1", SENT, CHANGES[ChangeCause.AMENDED]), Change("2", None, today)]
    assert note(changes) == {"1"}
