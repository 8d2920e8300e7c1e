"""What every store of closed days promises."""

from dataclasses import replace
from datetime import date, timedelta

from faxledger.domain.closed_days import ChainHead, ChainLink, ChangeCause, ClosedDay, DayVersion
from tests.contract.worlds import World
from tests.fakes.clock import NOON

DAY = date(2026, 3, 9)
LATER = NOON + timedelta(minutes=20)
FIRST = ChainLink("reports/2026-03-09.v1.json", "a" * 64)
SECOND = ChainLink("reports/2026-03-10.v1.json", "b" * 64)
OTHER = ChainLink("reports/2026-03-09.v2.json", "c" * 64)
CLOSED = ClosedDay(DayVersion(DAY), FIRST, NOON, is_complete=False)


def test_before_the_first_day_there_is_nothing(world: World) -> None:
    assert world.closed_days.head() == ChainHead()
    assert world.closed_days.all() == {}


def test_the_head_goes_on_from_record_to_record(world: World) -> None:
    one = world.closed_days.advance(ChainHead(), FIRST)
    assert one == ChainHead(FIRST, 1) == world.closed_days.head()
    assert world.closed_days.advance(one, SECOND) == ChainHead(SECOND, 2) == world.closed_days.head()


def test_whoever_knows_an_old_head_does_not_fork_the_chain(world: World) -> None:
    one = world.closed_days.advance(ChainHead(), FIRST)
    assert one is not None
    two = world.closed_days.advance(one, SECOND)

    assert world.closed_days.advance(one, OTHER) is None
    assert world.closed_days.advance(ChainHead(), OTHER) is None
    assert world.closed_days.head() == two


def test_what_is_done_is_done_once_more(world: World) -> None:
    one = world.closed_days.advance(ChainHead(), FIRST)
    assert world.closed_days.advance(ChainHead(), FIRST) == one
    world.closed_days.keep(CLOSED)
    world.closed_days.keep(CLOSED)
    assert world.closed_days.all() == {DAY: CLOSED}


def test_a_later_version_takes_the_place_of_the_one_before_and_never_the_other_way(world: World) -> None:
    later = replace(CLOSED, version=DayVersion(DAY, 2), link=OTHER, closed_at=LATER, is_complete=True)
    world.closed_days.keep(CLOSED)
    world.closed_days.note_announced(CLOSED.version)
    world.closed_days.keep(later)
    world.closed_days.keep(CLOSED)
    assert world.closed_days.all() == {DAY: replace(later, announced=1)}

    world.closed_days.note_announced(later.version)
    world.closed_days.note_announced(CLOSED.version)
    assert world.closed_days.all()[DAY].announced == 2


def test_what_happens_to_a_day_that_is_not_closed_is_of_no_interest(world: World) -> None:
    assert not world.closed_days.note(DAY, [ChangeCause.AMENDED], NOON)
    world.closed_days.note_looked_at(DAY, NOON, LATER)
    world.closed_days.note_announced(DayVersion(DAY))
    assert world.closed_days.all() == {}


def test_what_happens_while_a_day_is_being_closed_is_known_afterwards(world: World) -> None:
    world.closed_days.begin(DAY)
    assert world.closed_days.all() == {}
    assert world.closed_days.note(DAY, [ChangeCause.SETTLED], LATER)
    world.closed_days.begin(DAY)
    world.closed_days.keep(CLOSED)

    assert world.closed_days.all() == {
        DAY: replace(CLOSED, changed_at=LATER, causes=frozenset({ChangeCause.SETTLED}))
    }


def test_what_has_happened_is_forgotten_once_somebody_has_looked_unless_more_has(world: World) -> None:
    world.closed_days.keep(CLOSED)
    world.closed_days.note(DAY, [ChangeCause.PUSHED], NOON)
    world.closed_days.note(DAY, [ChangeCause.AMENDED, ChangeCause.PUSHED], LATER)

    world.closed_days.note_looked_at(DAY, NOON, LATER)
    changed = world.closed_days.all()[DAY]
    assert (changed.changed_at, changed.causes) == (
        LATER,
        frozenset({ChangeCause.AMENDED, ChangeCause.PUSHED}),
    )

    world.closed_days.note_looked_at(DAY, LATER, LATER)
    assert world.closed_days.all() == {DAY: replace(CLOSED, looked_at=LATER)}


def test_when_a_day_was_looked_at_is_known_also_where_nothing_had_happened(world: World) -> None:
    world.closed_days.keep(CLOSED)
    world.closed_days.note_looked_at(DAY, None, LATER)
    closed = world.closed_days.all()[DAY]
    assert (closed.looked_at, closed.known_at) == (LATER, LATER)
