"""One mark for all attempts: a fax that was resent is not marked while it is under way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Lock
from time import sleep

import pytest

from faxledger.domain.attempts import next_attempt
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import Duty, DutyState, Fax
from faxledger.domain.submission import HandedOver
from faxledger.usecases.mark import MarkFaxes, MarkOutcome, set_mark
from tests.contract.worlds import Server, World
from tests.fakes.clock import NOON
from tests.fakes.faxes import MARK, outbound, report
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import InMemoryMarkingProvider

ORDER_ID = "0123456789abcdef" * 2
FIRST, OTHER = outbound(33), outbound(34)
SECOND = next_attempt(FIRST)
THIRD = next_attempt(SECOND)


class Desk:
    """The mark queue's work on a ledger, and a provider whose marks are `marked`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.provider = InMemoryMarkingProvider(world.clock)
        self._mark = MarkFaxes(self.provider, ledger=world.ledger, count=Counts(), log=LogLines())

    def mark(self, *fax_ids: FaxId) -> list[str]:
        """What became of the marks at the provider; none of the faxes may come again."""
        assert self._mark(fax_ids) == frozenset()
        return [step for step in self.provider.journal if "mark" in step]

    def fail(self, fax_id: FaxId) -> None:
        self.world.ledger.settle(
            report(fax_id, Status.FAILED, completed_at=self.world.clock.now(), owes=MARK)
        )
        self.world.clock.advance(minutes=1)

    def resend(self, fax_id: FaxId, resent_as: FaxId | None = None) -> None:
        """Have the fax resent; the provider has answered where it is said as what."""
        assert self.world.resends.begin(fax_id, ORDER_ID)
        if resent_as is not None:
            self.world.ledger.open(HandedOver(resent_as, self.world.clock.now(), resends=fax_id))
            self.world.resends.went_on(fax_id, ORDER_ID, resent_as)

    def duty(self, fax_id: FaxId) -> DutyState | None:
        fax = self.world.ledger.find(fax_id)
        assert fax is not None
        return fax.duties.get(Duty.MARK)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_fax_that_is_resent_while_another_is_marked_is_left_unmarked(desk: Desk) -> None:
    desk.fail(FIRST)
    desk.fail(OTHER)
    desk.provider.before_mark = lambda _: desk.resend(OTHER)

    assert desk.mark(FIRST, OTHER) == ["mark 33"]
    assert (desk.duty(FIRST), desk.duty(OTHER)) == (DutyState.DONE, DutyState.PENDING)


@pytest.mark.parametrize("resent_as", [None, SECOND], ids=["not heard of", "under way"])
def test_a_mark_that_a_resend_has_overtaken_is_taken_back(desk: Desk, resent_as: FaxId | None) -> None:
    desk.fail(FIRST)
    desk.provider.before_mark = lambda _: desk.resend(FIRST, resent_as)

    assert desk.mark(FIRST) == ["mark 33", "unmark 33"]
    assert desk.provider.marked == []
    assert desk.duty(FIRST) is not DutyState.DONE


def test_a_mark_that_a_resend_under_another_identifier_has_overtaken_stays(desk: Desk) -> None:
    desk.fail(FIRST)
    desk.provider.before_mark = lambda _: desk.resend(FIRST, outbound(41))

    assert desk.mark(FIRST) == ["mark 33"]


def test_a_mark_that_a_whole_attempt_has_overtaken_stays(desk: Desk) -> None:
    def overtake(_: FaxId) -> None:
        desk.resend(FIRST, SECOND)
        desk.fail(SECOND)

    desk.fail(FIRST)
    desk.provider.before_mark = overtake

    assert desk.mark(FIRST) == ["mark 33"]
    desk.provider.before_mark = lambda _: None
    assert desk.mark(SECOND) == ["mark 33", "mark 33~2"]
    assert desk.duty(SECOND) is DutyState.DONE


@pytest.mark.parametrize("is_heard_of", [False, True])
def test_while_a_third_attempt_is_under_way_neither_of_the_two_before_is_marked(
    desk: Desk, *, is_heard_of: bool
) -> None:
    desk.fail(FIRST)
    # Nothing was heard of the first resend but what became of it, so the first still owes its mark.
    desk.resend(FIRST)
    desk.fail(SECOND)
    desk.resend(SECOND, THIRD if is_heard_of else None)
    desk.world.due.stop_waiting(FIRST, resent_at=NOON + timedelta(minutes=1))

    assert desk.mark(FIRST, SECOND) == []
    desk.fail(THIRD)
    assert desk.mark(THIRD) == ["mark 33~3"]
    assert desk.mark(FIRST) == ["mark 33~3", "mark 33"]
    assert (desk.duty(FIRST), desk.duty(THIRD)) == (DutyState.DONE, DutyState.DONE)


def test_a_mark_that_is_set_for_all_attempts_is_done_for_all_that_owe_it(desk: Desk) -> None:
    desk.fail(FIRST)
    desk.resend(FIRST)
    desk.fail(SECOND)
    desk.world.due.stop_waiting(FIRST, resent_at=NOON + timedelta(minutes=1))

    assert desk.mark(FIRST) == ["mark 33"]
    assert (desk.duty(FIRST), desk.duty(SECOND)) == (DutyState.DONE, DutyState.DONE)


def test_a_mark_is_owed_on_what_was_known_of_a_resend_alone(desk: Desk) -> None:
    desk.world.ledger.settle(report(FIRST, Status.FAILED))
    before = desk.world.ledger.find(FIRST)
    desk.resend(FIRST)
    under_way = desk.world.ledger.find(FIRST)
    assert before is not None
    assert under_way is not None

    desk.world.ledger.mark_owed(before)
    assert desk.duty(FIRST) is None
    desk.world.resends.went_on(FIRST, ORDER_ID, SECOND)
    desk.world.ledger.mark_owed(under_way)
    assert desk.duty(FIRST) is None


def test_a_mark_is_written_down_on_what_was_looked_at_alone(world: World) -> None:
    world.ledger.settle(report(FIRST, Status.FAILED, owes=MARK))
    assert not world.ledger.mark_done(FIRST, resent_at=NOON)
    world.resends.begin(FIRST, ORDER_ID)
    assert not world.ledger.mark_done(FIRST)
    assert not world.ledger.mark_done(SECOND)

    fax = world.ledger.find(FIRST)
    assert fax is not None
    assert fax.duties == {Duty.MARK: DutyState.PENDING}
    assert world.ledger.find(SECOND) is None
    assert world.ledger.mark_done(FIRST, resent_at=fax.resent_at)


class Switchboard:
    """A provider with one mark for all attempts, which a resend clears; it answers more or less slowly."""

    def __init__(self, chance: Random) -> None:
        self.marked: set[str] = set()
        self._chance = chance
        self._lock = Lock()

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        self.dawdle(0.08)
        with self._lock:
            (self.marked.add if is_marked else self.marked.discard)(fax.id.job_id)

    def resend(self, fax_id: FaxId) -> None:
        self.dawdle(0.01)
        with self._lock:
            self.marked.discard(fax_id.job_id)

    def dawdle(self, most_seconds: float) -> None:
        sleep(self._chance.random() * most_seconds)


def test_of_marks_and_resends_at_once_no_fax_that_is_under_way_is_left_marked(server: Server) -> None:
    world = server.world()
    switchboard = Switchboard(Random(20261130))  # noqa: S311 - repeatable
    faxes = [outbound(number) for number in range(1, 61 if server.is_real else 21)]
    for fax_id in faxes:
        world.ledger.settle(report(fax_id, Status.FAILED, owes=MARK))

    def mark(fax_id: FaxId) -> MarkOutcome:
        switchboard.dawdle(0.04)
        return set_mark(switchboard, world.ledger, fax_id)

    def resend(fax_id: FaxId) -> None:
        switchboard.dawdle(0.2)
        assert world.resends.begin(fax_id, ORDER_ID)
        switchboard.resend(fax_id)

    with ThreadPoolExecutor(20) as pool:
        both = [(pool.submit(mark, fax_id), pool.submit(resend, fax_id)) for fax_id in faxes]
    for each in both:
        for done in each:
            done.result()

    assert switchboard.marked == set()
