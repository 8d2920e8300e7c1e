"""A span of the ledger read to its end, however many faxes it has, and as often as somebody goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from faxledger.domain.reconciliation import Evidence
from faxledger.domain.report import Fax
from faxledger.domain.spans import Span
from faxledger.domain.submission import Submission
from faxledger.domain.tallies import Flow, Owed


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


class Evidences(Protocol):
    def of(self, span: Span, now: datetime) -> Evidence:
        """What was read of each provider, and what was not since the span's end.

        Raises `LedgerUnavailable`.
        """
