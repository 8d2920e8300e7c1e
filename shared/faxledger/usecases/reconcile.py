"""Add up what became of the faxes of a span, lane by lane, as far as the time allows."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import KW_ONLY, dataclass
from datetime import datetime

from faxledger.domain.spans import Span
from faxledger.domain.tallies import Tally
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.concurrently import concurrently
from faxledger.usecases.ports.reconciling import (
    Evidences,
    LanePage,
    LeftLane,
    PartialReconciliation,
    SpanReading,
)
from faxledger.usecases.ports.world import Clock


@dataclass(frozen=True, slots=True)
class _Lane:
    """What was counted in a lane, and what is left of it."""

    tally: Tally
    left: Sequence[LeftLane] = ()
    trouble: LedgerUnavailable | None = None


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Up to `at_once` lanes are read side by side; what is held of each is one page."""

    reading: SpanReading
    evidences: Evidences
    _: KW_ONLY
    clock: Clock
    at_once: int = 8

    def begin(self, span: Span) -> PartialReconciliation:
        """Nothing is read yet but what the providers were asked. Raises `LedgerUnavailable`.

        That comes before the faxes: what a poll settles while they are read must prove nothing.
        """
        now = self.clock.now()
        lanes = tuple(LeftLane(lane) for lane in self.reading.lanes())
        return PartialReconciliation(span, now, len(lanes), lanes, Tally(), self.evidences.of(span, now))

    def go_on(self, known: PartialReconciliation, stop_at: datetime) -> PartialReconciliation:
        """The same, and what could be read by then, at least one page. Raises `LedgerUnavailable`.

        Of many thousand reads one may fail: its lane is left where it stands, unless nothing else was read.
        """
        tally = Tally()
        tally.add(known.tally)
        left: list[LeftLane] = []
        trouble: LedgerUnavailable | None = None
        first = next(iter(known.left), None)

        def read(lane: LeftLane) -> _Lane:
            return self._read(lane, known.span, stop_at, is_first=lane is first)

        with closing(concurrently(read, known.left, lanes=self.at_once)) as outcomes:
            for _, outcome in outcomes:
                lane = outcome.result()
                tally.add(lane.tally)
                left += lane.left
                trouble = lane.trouble or trouble
        if trouble is not None and set(left) == set(known.left):
            raise trouble
        return PartialReconciliation(
            known.span, known.begun_at, known.lanes, tuple(left), tally, known.evidence
        )

    def _read(self, lane: LeftLane, span: Span, stop_at: datetime, *, is_first: bool) -> _Lane:
        tally, after = Tally(), lane.after
        # Whoever has too little time still comes forward.
        while is_first or self.clock.now() < stop_at:
            try:
                page = self.reading.page(lane.lane, span, after=after)
            except LedgerUnavailable as error:
                return _Lane(tally, (LeftLane(lane.lane, after),), error)
            _count(tally, page)
            if page.position is None:
                return _Lane(tally)
            after, is_first = page.position, False
        return _Lane(tally, (LeftLane(lane.lane, after),))


def _count(tally: Tally, page: LanePage) -> None:
    tally.add(Tally.of(page.found))
    tally.open_before += page.open_before
    tally.set_aside += page.set_aside
    tally.unreadable_items += page.unreadable_items
    for (flow, owed), count in page.owed.items():
        tally.flow(flow).owed[owed] += count
