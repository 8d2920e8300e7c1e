"""Marking what the queue brings."""

import pytest

from faxledger.domain.fax import Status
from faxledger.domain.report import Duty, DutyState
from faxledger.domain.submission import HandedOver
from faxledger.errors import LedgerUnavailable, LoginRefused, ProviderRefused, ProviderUnavailable
from faxledger.usecases.mark import MarkFaxes
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import MARK, inbound, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import InMemoryMarkingProvider

FAXES = [outbound(number) for number in range(1, 6)]
REFUSED = LoginRefused("Login", "7")


class Desk:
    def __init__(self) -> None:
        clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(clock)
        self.provider = InMemoryMarkingProvider(clock)
        self.count = Counts()
        self.log = LogLines()
        self.mark = MarkFaxes(self.provider, ledger=self.ledger, count=self.count, log=self.log)

    def settle(self) -> None:
        for fax in FAXES:
            self.ledger.settle(report(fax, owes=MARK))

    def done(self) -> set[str]:
        return {
            fax_id.job_id
            for fax_id, fax in self.ledger.faxes.items()
            if fax.duties.get(Duty.MARK) is DutyState.DONE
        }


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.settle()
    return desk


def test_a_batch_is_marked_with_one_login(desk: Desk) -> None:
    assert desk.mark(FAXES) == frozenset()

    assert desk.provider.marked == FAXES
    assert desk.provider.journal[0] == "login"
    assert desk.provider.journal[-1] == "logout"
    assert desk.done() == {"1", "2", "3", "4", "5"}
    assert desk.count["Marked"] == 5


def test_a_fax_is_never_marked_before_it_is_settled() -> None:
    desk = Desk()
    desk.ledger.open(HandedOver(outbound(1), NOON))
    desk.ledger.note(report(outbound(2), None))

    assert desk.mark([outbound(1), outbound(2), outbound(3)]) == frozenset()

    assert desk.provider.journal == []


def test_what_owes_no_mark_is_never_marked() -> None:
    desk = Desk()
    desk.ledger.settle(report(inbound(), Status.RECEIVED))
    desk.ledger.settle(report(outbound()))

    assert desk.mark([inbound(), outbound()]) == frozenset()
    assert desk.provider.journal == []


def test_what_is_marked_costs_the_provider_nothing(desk: Desk) -> None:
    desk.mark(FAXES[:2])
    desk.provider.journal.clear()

    assert desk.mark(FAXES[:2]) == frozenset()
    assert desk.provider.journal == []


def test_one_that_fails_comes_again_and_does_not_hold_the_others(desk: Desk) -> None:
    desk.provider.mark_faults[FAXES[1]] = ProviderRefused("ModifySendFax", "12")

    assert desk.mark(FAXES) == {FAXES[1]}

    assert desk.done() == {"1", "3", "4", "5"}
    assert desk.count["MarkFailed"] == 1


def test_three_failures_in_a_row_end_the_batch(desk: Desk) -> None:
    for fax in FAXES[1:4]:
        desk.provider.mark_faults[fax] = ProviderUnavailable("no answer")

    assert desk.mark(FAXES) == set(FAXES[1:])
    assert "mark 5" not in desk.provider.journal
    assert desk.count["MarkFailed"] == 3


def test_a_refused_login_makes_all_of_them_come_again(desk: Desk) -> None:
    desk.provider.login_fault = REFUSED

    assert desk.mark(FAXES) == set(FAXES)
    assert desk.count["LoginRefused"] == 1


def test_a_login_refused_midway_makes_the_rest_come_again(desk: Desk) -> None:
    desk.provider.mark_faults[FAXES[2]] = REFUSED

    assert desk.mark(FAXES) == set(FAXES[2:])

    assert desk.provider.journal[-2:] == ["mark 3", "logout"]
    assert desk.count["LoginRefused"] == 1
    assert desk.count["MarkFailed"] == 0


def test_a_provider_that_is_not_there_makes_all_of_them_come_again(desk: Desk) -> None:
    desk.provider.login_fault = ProviderUnavailable("no answer")

    assert desk.mark(FAXES) == set(FAXES)
    assert desk.count["MarkFailed"] == 1


def test_a_mark_that_the_ledger_could_not_remember_is_set_again(desk: Desk) -> None:
    desk.ledger.unwritable = {FAXES[0]}
    with pytest.raises(LedgerUnavailable):
        desk.mark(FAXES[:2])
    desk.ledger.unwritable = set()

    assert desk.mark(FAXES[:2]) == frozenset()
    assert desk.done() == {"1", "2"}


def test_faxes_that_are_refused_again_and_again_do_not_stand_before_the_others(desk: Desk) -> None:
    for fax in FAXES[:4]:
        desk.provider.mark_faults[fax] = ProviderRefused("ModifySendFax", "12")

    assert desk.mark(FAXES) == set(FAXES[:4])
    assert desk.done() == {"5"}


def test_a_mark_that_is_always_refused_is_given_up_and_comes_no_more(desk: Desk) -> None:
    desk.provider.mark_faults[FAXES[0]] = ProviderRefused("ModifySendFax", "12")

    assert [desk.mark(FAXES[:1]) for _ in range(8)] == [frozenset(FAXES[:1])] * 7 + [frozenset()]
    assert desk.ledger.faxes[FAXES[0]].duties[Duty.MARK] is DutyState.GIVEN_UP
    assert (desk.count["MarkGivenUp"], desk.count["MarkFailed"]) == (1, 7)


def test_what_was_given_up_is_tried_once_more_when_a_person_sends_for_it(desk: Desk) -> None:
    desk.ledger.mark_refused(FAXES[0], most=1)
    assert desk.mark(FAXES[:1]) == frozenset()

    assert desk.done() == {"1"}


def test_a_provider_that_refuses_everything_is_not_asked_for_ever() -> None:
    desk = Desk()
    faxes = [outbound(number) for number in range(1, 101)]
    for fax in faxes:
        desk.ledger.settle(report(fax, owes=MARK))
        desk.provider.mark_faults[fax] = ProviderRefused("ModifySendFax", "12")

    assert desk.mark(faxes) == set(faxes)
    assert len([step for step in desk.provider.journal if step.startswith("mark")]) == 25
