"""Whatever is read at once and however often it is gone on with, the figures are those of one reading."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.fax import Direction, Provider, Status
from faxledger.domain.reconciliation import Evidence, QueryEvidence
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.domain.tallies import Flow, Owed
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.ports.reconciling import LanePage
from faxledger.usecases.reconcile import Reconcile
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import outbound

SPAN = Span(NOON, NOON + timedelta(hours=1))
FLOW = Flow(Provider.SOFTLINX, Direction.OUTBOUND)
LATER = NOON + timedelta(days=365)
EVIDENCE = Evidence((QueryEvidence(Provider.SOFTLINX, "inbound", NOON),))


class Shelves:
    """Implements `SpanReading`: so many pages in each lane, of one fax; a page takes a second."""

    def __init__(self, lengths: Sequence[int], clock: StoppedClock) -> None:
        self.lengths = lengths
        self.clock = clock
        self.begun: list[str] = []
        self.before_page: Callable[[str], None] = self.begun.append

    def lanes(self) -> Sequence[str]:
        return [str(number) for number in range(len(self.lengths))]

    def page(self, lane: str, span: Span, *, after: str | None) -> LanePage:
        assert span == SPAN
        self.before_page(lane)
        self.clock.advance(seconds=1)
        page = int(after or 0) + 1
        return LanePage(
            None if page >= self.lengths[int(lane)] else str(page),
            found=[Fax(outbound(f"{lane}-{page}"), first_status=Status.SENT)],
            open_before=1,
            set_aside=2,
            unreadable_items=3,
            owed={(FLOW, Owed.UNDELIVERED): 4},
        )


class Asked:
    """Implements `Evidences`."""

    def of(self, span: Span, now: datetime) -> Evidence:
        assert (span, now) == (SPAN, NOON)
        return EVIDENCE


def reconcile(shelves: Shelves, at_once: int = 1) -> Reconcile:
    return Reconcile(shelves, Asked(), clock=shelves.clock, at_once=at_once)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(0, 4), st.integers(1, 3))
def test_in_however_many_goes_the_figures_are_those_of_one(
    lengths: list[int], seconds: int, at_once: int
) -> None:
    clock = StoppedClock()
    use_case = reconcile(Shelves(lengths, clock), at_once)
    partial = use_case.begin(SPAN)
    while not partial.is_finished:
        before = partial.faxes
        partial = use_case.go_on(partial, clock.now() + timedelta(seconds=seconds))
        assert partial.faxes > before, "nothing was read, and so it would go on for ever"
    found = partial.finished()
    pages = sum(lengths)
    assert (found.begun_at, found.evidence) == (NOON, EVIDENCE)
    assert (found.tally.total.faxes, found.tally.open_before) == (pages, pages)
    assert (found.tally.set_aside, found.tally.unreadable_items) == (2 * pages, 3 * pages)
    assert found.tally.flows[FLOW].owed[Owed.UNDELIVERED] == 4 * pages


def test_what_is_not_read_to_its_end_is_no_reconciliation() -> None:
    partial = reconcile(Shelves([2], StoppedClock())).begin(SPAN)
    with pytest.raises(ValueError, match="to its end"):
        partial.finished()


def test_the_providers_are_looked_at_before_the_faxes() -> None:
    shelves = Shelves([1], StoppedClock())
    reconcile(shelves).begin(SPAN)
    assert shelves.begun == []


def test_what_was_known_stays_as_it_was() -> None:
    use_case = reconcile(Shelves([1, 1], StoppedClock()))
    begun = use_case.begin(SPAN)
    assert use_case.go_on(begun, LATER) == use_case.go_on(begun, LATER)
    assert begun.faxes == 0


def test_no_further_lane_is_begun_once_the_time_is_up() -> None:
    clock = StoppedClock()
    shelves = Shelves([1, 1, 1], clock)
    partial = reconcile(shelves).go_on(reconcile(shelves).begin(SPAN), clock.now())
    assert shelves.begun == ["0"]
    assert [(lane.lane, lane.after) for lane in partial.left] == [("1", None), ("2", None)]


def test_a_page_that_could_not_be_read_is_left_to_the_next_go() -> None:
    shelves = Shelves([3, 3], StoppedClock())
    asked: list[str] = []

    def fail_once(lane: str) -> None:
        asked.append(lane)
        if len(asked) == 2:
            raise LedgerUnavailable("the table did not answer")

    shelves.before_page = fail_once
    use_case = reconcile(shelves)
    partial = use_case.go_on(use_case.begin(SPAN), LATER)
    assert [(lane.lane, lane.after) for lane in partial.left] == [("0", "1")]
    assert use_case.go_on(partial, LATER).finished().tally.total.faxes == 6


def test_a_ledger_out_of_reach_is_no_part_of_the_figures() -> None:
    shelves = Shelves([1], StoppedClock())

    def fail(_: str) -> None:
        raise LedgerUnavailable("the table did not answer")

    shelves.before_page = fail
    use_case = reconcile(shelves)
    with pytest.raises(LedgerUnavailable):
        use_case.go_on(use_case.begin(SPAN), LATER)
