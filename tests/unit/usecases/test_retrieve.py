"""Bringing the documents of received faxes to where they are safe, before the faxes are marked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import DocumentType, Duty, DutyState, Facts, Fax
from faxledger.errors import (
    AddressRefused,
    FaxledgerError,
    LoginRefused,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.usecases.ports.retrieving import ArrivingDocument
from faxledger.usecases.retrieve import RetrieveContents
from tests.fakes.clock import StoppedClock
from tests.fakes.documents import InMemoryDocuments
from tests.fakes.faxes import inbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines

FAXES = [inbound(number) for number in (1, 2, 3)]
MINUTE = timedelta(minutes=1)
OWED = frozenset({Duty.STORE, Duty.MARK})


class ProviderWithDocuments:
    """Implements `RetrievingProvider` and its session; `failing` are documents it won't hand out."""

    name = "softlinx"

    def __init__(self, clock: StoppedClock) -> None:
        self.marks_faxes = True
        self.journal: list[str] = []
        self.failing: dict[FaxId, FaxledgerError] = {}
        self.refuses_login = False
        self.refuses_marks = False
        self.takes_minutes = 0.0
        self.while_asked: Callable[[], object] = lambda: None
        self._clock = clock

    @contextmanager
    def session(self) -> Iterator["ProviderWithDocuments"]:
        if self.refuses_login:
            raise LoginRefused("Login", "7")
        self.journal.append("login")
        yield self

    @contextmanager
    def document(self, fax: Fax) -> Iterator[ArrivingDocument]:
        self._clock.advance(minutes=self.takes_minutes)
        self.while_asked()
        if fax.id in self.failing:
            raise self.failing[fax.id]
        self.journal.append(f"document {fax.id.job_id}")
        yield ArrivingDocument(DocumentType.PDF, [b"%PDF ", str(fax.id).encode()])

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        assert is_marked
        if self.refuses_marks:
            raise ProviderRefused("ModifyReceiveFax", "12")
        self.journal.append(f"mark {fax.id.job_id}")


class Desk:
    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.provider = ProviderWithDocuments(self.clock)
        self.documents = InMemoryDocuments()
        self.count = Counts()
        self.log = LogLines()
        self._retrieve = RetrieveContents(
            self.provider,
            documents=self.documents,
            ledger=self.ledger,
            clock=self.clock,
            count=self.count,
            log=self.log,
        )
        for fax in FAXES:
            self.ledger.settle(report(fax, Status.RECEIVED, owes=OWED))

    def retrieve(self, *, last_tries: frozenset[FaxId] = frozenset()) -> frozenset[FaxId]:
        return self._retrieve(FAXES, last_tries=last_tries, time_left=5 * MINUTE)

    def duties(self, number: int) -> tuple[DutyState, DutyState]:
        duties = self.ledger.faxes[inbound(number)].duties
        return duties[Duty.STORE], duties[Duty.MARK]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_each_document_is_stored_before_its_fax_is_marked_and_all_with_one_login(desk: Desk) -> None:
    assert desk.retrieve() == frozenset()

    steps = [f"{step} {fax.job_id}" for fax in FAXES for step in ("document", "mark")]
    assert desk.provider.journal == ["login", *steps]
    assert desk.documents.kept[f"{FAXES[0]}.pdf"] == f"%PDF {FAXES[0]}".encode()
    assert [desk.duties(number) for number in (1, 2, 3)] == [(DutyState.DONE, DutyState.DONE)] * 3


def test_one_that_fails_stays_unmarked_and_does_not_hold_the_others(desk: Desk) -> None:
    desk.provider.failing[FAXES[1]] = ProviderUnavailable("not yet")

    assert desk.retrieve() == {FAXES[1]}
    assert "mark 2" not in desk.provider.journal
    assert desk.duties(2) == (DutyState.PENDING, DutyState.PENDING)
    assert desk.duties(3) == (DutyState.DONE, DutyState.DONE)


def test_nothing_is_marked_while_documents_cannot_be_kept(desk: Desk) -> None:
    desk.documents.is_down = True

    assert desk.retrieve() == frozenset(FAXES)
    assert not [entry for entry in desk.provider.journal if entry.startswith("mark")]


def test_a_refused_login_fails_the_batch_and_asks_for_no_document(desk: Desk) -> None:
    desk.provider.refuses_login = True

    assert desk.retrieve() == frozenset(FAXES)
    assert desk.provider.journal == []
    assert desk.count["LoginRefused"] == 1


def test_where_another_system_keeps_the_marks_by_now_none_is_set(desk: Desk) -> None:
    desk.provider.marks_faxes = False

    assert desk.retrieve() == frozenset()
    assert [step for step in desk.provider.journal if step.startswith("mark")] == []
    assert desk.duties(1) == (DutyState.DONE, DutyState.PENDING)
    desk.provider.journal.clear()

    assert desk.retrieve() == frozenset()
    assert desk.provider.journal == []


def test_what_is_done_costs_the_provider_nothing(desk: Desk) -> None:
    desk.retrieve()
    desk.provider.journal.clear()

    assert desk.retrieve() == frozenset()
    assert desk.provider.journal == []


def test_the_last_try_is_given_up_before_it_begins_and_done_if_it_succeeds(desk: Desk) -> None:
    desk.provider.failing[FAXES[0]] = ProviderUnavailable("never")

    desk.retrieve(last_tries=frozenset(FAXES[:2]))
    assert desk.duties(1) == (DutyState.GIVEN_UP, DutyState.PENDING)
    assert desk.duties(2) == (DutyState.DONE, DutyState.DONE)


def test_a_mark_that_is_always_refused_is_given_up_and_the_document_stays(desk: Desk) -> None:
    desk.provider.refuses_marks = True

    assert [desk.retrieve() for _ in range(8)] == [frozenset(FAXES)] * 7 + [frozenset()]
    assert desk.duties(1) == (DutyState.DONE, DutyState.GIVEN_UP)
    assert (desk.count["Stored"], desk.count["MarkGivenUp"], desk.count["Marked"]) == (3, 3, 0)


def test_a_refused_address_is_given_up_at_once_and_holds_nobody(desk: Desk) -> None:
    desk.provider.failing[FAXES[0]] = AddressRefused("the address is not https")

    assert desk.retrieve() == frozenset()
    assert desk.duties(1) == (DutyState.GIVEN_UP, DutyState.PENDING)
    assert desk.duties(2) == (DutyState.DONE, DutyState.DONE)
    assert (desk.count["AddressRefused"], desk.count["RetrievalFailed"]) == (1, 0)


def test_an_address_that_comes_while_another_one_is_refused_is_tried_next(desk: Desk) -> None:
    desk.provider.failing[FAXES[0]] = AddressRefused("the address is not https")
    desk.provider.while_asked = lambda: desk.ledger.settle(
        report(FAXES[0], Status.RECEIVED, source=Source.FEED)
    )

    assert desk.retrieve() == {FAXES[0]}
    assert desk.duties(1) == (DutyState.PENDING, DutyState.PENDING)
    desk.provider.failing.clear()
    assert desk.retrieve() == frozenset()
    assert desk.duties(1) == (DutyState.DONE, DutyState.DONE)


def test_an_address_that_comes_during_the_last_try_is_not_given_up_with_the_one_before(desk: Desk) -> None:
    desk.provider.failing[FAXES[0]] = AddressRefused("the address is not https")
    desk.provider.while_asked = lambda: desk.ledger.settle(
        report(FAXES[0], Status.RECEIVED, source=Source.FEED)
    )

    assert desk.retrieve(last_tries=frozenset(FAXES[:1])) == {FAXES[0]}
    assert desk.duties(1) == (DutyState.PENDING, DutyState.PENDING)
    assert desk.ledger.due_at[FAXES[0]] <= desk.clock.now()


def test_a_fax_that_turns_out_to_have_no_page_is_marked_and_asked_for_no_document(desk: Desk) -> None:
    desk.ledger.faxes.clear()
    desk.ledger.settle(report(FAXES[0], Status.RECEIVED_PARTIAL, owes=OWED))
    pageless = report(FAXES[0], Status.RECEIVED_PARTIAL, source=Source.POLL, facts=Facts(pages=0))
    desk.ledger.settle(pageless)

    assert desk.retrieve() == frozenset()
    assert desk.provider.journal == ["login", "mark 1"]
    assert desk.ledger.faxes[FAXES[0]].duties == {Duty.MARK: DutyState.DONE}


def test_a_run_stops_in_time_and_says_what_has_to_come_again(desk: Desk) -> None:
    desk.provider.takes_minutes = 5

    assert desk.retrieve() == frozenset(FAXES[1:])
