"""Callbacks that are only hints: kept, never believed, and held against what the provider itself says."""

import pytest

from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Facts
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.record import Recorder
from tests.fakes.clock import RETENTION, StoppedClock
from tests.fakes.faxes import MARK, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines

FAX = outbound()
CALLED = report(FAX, Status.FAILED, facts=Facts(to_number="2155550100"), owes=MARK)


class Desk:
    def __init__(self) -> None:
        clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(clock)
        self.count, self.log = Counts(), LogLines()
        kept = self.ledger, InMemoryUnreadables(), self.count, self.log
        self.by_callback = Recorder(*kept, clock=clock, retention=RETENTION, only_hints=True)
        self.by_poll = Recorder(*kept, clock=clock, retention=RETENTION)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_hint_settles_nothing_owes_nothing_and_fills_in_no_fact(desk: Desk) -> None:
    assert desk.by_callback.record(CALLED) is None

    fax = desk.ledger.faxes[FAX]
    assert (fax.status, fax.duties, fax.facts) == (Status.SUBMITTED, {}, Facts())
    (hint,) = fax.unsettling
    assert (hint.source, hint.status, hint.given) == (Source.CALLBACK, Status.FAILED, CALLED.given)
    assert desk.count.labelled == [("Hint", {"provider": "softlinx", "source": "callback"})]


def test_what_the_provider_itself_says_settles_it(desk: Desk) -> None:
    desk.by_callback.record(CALLED)
    desk.by_poll.record_all([report(FAX, Status.FAILED, source=Source.POLL, owes=MARK)])

    fax = desk.ledger.faxes[FAX]
    assert (fax.first_status, fax.settled_by, fax.conflict) == (Status.FAILED, Source.POLL, None)
    assert (desk.count["Settled"], desk.count["HintDenied"]) == (1, 0)


def test_where_the_provider_says_otherwise_that_is_loud(desk: Desk) -> None:
    desk.by_callback.record(CALLED)
    desk.by_poll.record_all([report(FAX, Status.SENT, source=Source.POLL)])
    desk.by_poll.record_all([report(FAX, Status.SENT, source=Source.POLL)])

    assert desk.ledger.faxes[FAX].first_status is Status.SENT
    assert desk.count["HintDenied"] == 1
    assert desk.log.lines[-1][1] == "hint not confirmed"


def test_a_hint_after_the_end_changes_nothing(desk: Desk) -> None:
    desk.by_poll.record_all([report(FAX, Status.SENT, source=Source.POLL)])
    desk.by_callback.record(CALLED)

    fax = desk.ledger.faxes[FAX]
    assert (fax.status, fax.conflict) == (Status.SENT, None)


def test_a_word_that_is_not_final_is_noted_as_ever(desk: Desk) -> None:
    desk.by_callback.record(report(FAX, None))
    assert (desk.count["UnknownStatusWord"], desk.count["Hint"]) == (1, 0)


def test_a_hint_that_is_not_durable_is_not_told_of(desk: Desk) -> None:
    desk.ledger.is_down = True
    with pytest.raises(LedgerUnavailable):
        desk.by_callback.record(CALLED)
    assert desk.count.labelled == []
