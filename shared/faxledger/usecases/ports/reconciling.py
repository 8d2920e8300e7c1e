"""A span of the ledger read to its end, however many faxes it has, and as often as somebody goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from faxledger.domain.reconciliation import Evidence, Reconciliation
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.domain.submission import Submission
from faxledger.domain.tallies import Flow, Owed, Tally


@dataclass(frozen=True, slots=True, repr=False)
class LanePage:
    """Some of what counts to a span; without a `position` this was the lane's end.

    `owed` are deliveries of the span's faxes that nobody has taken, by flow.
    """

    position: str | None
    found: Sequence[Fax | Submission] = ()
    open_before: int = 0
    set_aside: int = 0
    unreadable_items: int = 0
    owed: Mapping[tuple[Flow, Owed], int] = field(default_factory=dict)


class SpanReading(Protocol):
    """All that counts to a span, in lanes that may be read side by side."""

    def lanes(self) -> Sequence[str]: ...

    def page(self, lane: str, span: Span, *, after: str | None) -> LanePage:
        """What comes in a lane behind that position. Raises `LedgerUnavailable`."""


@dataclass(frozen=True, slots=True)
class LeftLane:
    """A lane that was not read to its end, and behind which position it goes on."""

    lane: str
    after: str | None = None


@dataclass(frozen=True, slots=True)
class PartialReconciliation:
    """As far as a reconciliation has come: `left` is what is still to be read, of so many lanes."""

    span: Span
    begun_at: datetime
    lanes: int
    left: tuple[LeftLane, ...]
    tally: Tally
    evidence: Evidence

    @property
    def is_finished(self) -> bool:
        return not self.left

    @property
    def faxes(self) -> int:
        """How many were counted so far."""
        return sum(flow.faxes for flow in self.tally.flows.values())

    def finished(self) -> Reconciliation:
        """Raises `ValueError` while something is left."""
        if self.left:
            raise ValueError("a reconciliation is read to its end before it is one")
        return Reconciliation(self.span, self.begun_at, self.tally, self.evidence)


class PartialReconciliations(Protocol):
    """Kept for a day. Every method raises `DocumentsUnavailable`."""

    def keep(self, partial: PartialReconciliation) -> str:
        """The name by which it is found."""

    def find(self, name: str) -> PartialReconciliation | None: ...


class Evidences(Protocol):
    def of(self, span: Span, now: datetime) -> Evidence:
        """What was read of each provider, and what was not since the span's end.

        Raises `LedgerUnavailable`.
        """
