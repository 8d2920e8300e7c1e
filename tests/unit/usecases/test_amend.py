"""A person's word about a fax: kept beside what stands, and told without its reason."""

import pytest

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.fax import FaxId, Status
from faxledger.errors import LedgerUnavailable, MalformedInput, NotPossible
from faxledger.usecases.amend import MOST_AMENDMENTS, AmendFax
from tests.fakes.amendments import InMemoryAmendments
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import inbound, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.support import canaries

FAX = outbound()
WHY = f"{canaries.NAME} has it, called {canaries.NUMBER}"
JO = "arn:aws:sts::123456789012:assumed-role/fax-desk/jo"


class Desk:
    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.amendments = InMemoryAmendments(self.ledger)
        self.counts, self.log = Counts(), LogLines()
        self.amend = AmendFax(self.amendments, clock=self.clock, count=self.counts, log=self.log)

    def says(
        self, status: Status, fax: FaxId = FAX, *, because: str = WHY, by: str = JO
    ) -> AmendedFax | None:
        return self.amend(fax, status, because=because, by=by)


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.ledger.settle(report(FAX, Status.FAILED))
    return desk


def test_it_is_kept_with_who_when_why_and_what_stood_before(desk: Desk) -> None:
    known = desk.says(Status.SENT)

    assert known is not None
    assert known.amendments == (Amendment(Status.SENT, Status.FAILED, JO, NOON, WHY),)
    assert (known.fax.first_status, known.fax.status) == (Status.FAILED, Status.SENT)
    assert desk.counts["Amended"] == 1


def test_the_second_one_is_from_what_the_first_one_said(desk: Desk) -> None:
    desk.says(Status.SENT)
    known = desk.says(Status.FAILED, because="No, it was another fax.")
    assert known is not None
    assert [(one.was, one.status) for one in known.amendments] == [
        (Status.FAILED, Status.SENT),
        (Status.SENT, Status.FAILED),
    ]


def test_the_first_status_may_be_confirmed(desk: Desk) -> None:
    known = desk.says(Status.FAILED)
    assert known is not None
    assert (known.fax.amended_status, len(known.amendments)) == (Status.FAILED, 1)


def test_saying_it_again_adds_nothing(desk: Desk) -> None:
    first = desk.says(Status.SENT)
    desk.clock.advance(minutes=1)
    assert desk.says(Status.SENT) == first
    assert desk.counts["Amended"] == 1
    assert desk.says(Status.SENT, by="somebody else") != first


def test_neither_who_nor_why_is_logged_or_counted(desk: Desk) -> None:
    desk.says(Status.SENT)
    told = repr((desk.log.lines, desk.counts.labelled))
    assert str(FAX) in told
    for secret in (canaries.NAME, canaries.NUMBER, "jo"):
        assert secret not in told.replace("job", "")


def test_the_reason_shows_in_no_repr(desk: Desk) -> None:
    known = desk.says(Status.SENT)
    assert known is not None
    assert canaries.NAME not in repr(known)


@pytest.mark.parametrize(
    ("fax", "status"), [(FAX, Status.RECEIVED), (FAX, Status.SUBMITTED), (inbound(), Status.SENT)]
)
def test_a_status_the_direction_does_not_end_as_is_refused(desk: Desk, fax: FaxId, status: Status) -> None:
    with pytest.raises(MalformedInput, match="status"):
        desk.says(status, fax)


def test_a_fax_nobody_knows_is_not_found_and_one_without_a_final_status_refused(desk: Desk) -> None:
    assert desk.says(Status.SENT, outbound(8)) is None
    desk.ledger.note(report(outbound(7), None))
    with pytest.raises(NotPossible, match="without a final status"):
        desk.says(Status.SENT, outbound(7))


def test_there_is_an_end_to_it(desk: Desk) -> None:
    for number in range(MOST_AMENDMENTS):
        desk.says(Status.SENT, because=f"reason {number}")
    with pytest.raises(NotPossible, match="20 times"):
        desk.says(Status.SENT, because="one more")
    known = desk.amendments.find(FAX)
    assert known is not None
    assert len(known.amendments) == MOST_AMENDMENTS


class Hasty(InMemoryAmendments):
    """Somebody else is always a moment faster, `times` times."""

    times = 0

    def add(self, known: AmendedFax, amendment: Amendment) -> bool:
        if self.times:
            self.times -= 1
            faster = Amendment(Status.FAILED, known.fax.status, "somebody", amendment.at, f"{self.times}")
            super().add(known, faster)
        return super().add(known, amendment)


@pytest.mark.parametrize("times", [1, 2])
def test_one_that_came_in_between_is_read_and_stays(desk: Desk, times: int) -> None:
    hasty = Hasty(desk.ledger)
    hasty.times = times
    known = AmendFax(hasty, clock=desk.clock, count=desk.counts, log=desk.log)(
        FAX, Status.SENT, because=WHY, by=JO
    )
    assert known is not None
    assert [one.status for one in known.amendments] == [*[Status.FAILED] * times, Status.SENT]
    assert known.amendments[-1].was is Status.FAILED


def test_who_is_overtaken_again_and_again_is_told_to_come_later(desk: Desk) -> None:
    hasty = Hasty(desk.ledger)
    hasty.times = 9
    with pytest.raises(LedgerUnavailable):
        AmendFax(hasty, clock=desk.clock, count=desk.counts, log=desk.log)(
            FAX, Status.SENT, because=WHY, by=JO
        )
