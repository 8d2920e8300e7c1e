"""Who may do a thing when, and how far a reader has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Claim:
    """Leave to do a thing, or the moment before which nobody has it."""

    what: str
    token: str
    is_granted: bool
    next_at: datetime


@dataclass(frozen=True, slots=True)
class StandingClaim:
    """Since when somebody has leave that nobody else gets, and until when."""

    since: datetime
    until: datetime


class Claims(Protocol):
    def claim(self, what: str, *, now: datetime, until: datetime) -> Claim:
        """Claim `what` until `until` if nobody holds it at `now`."""

    def standing(self, what: str) -> StandingClaim | None:
        """The claim that stands, past or not; None for what nobody has claimed, or what was given back."""

    def give_back(self, claim: Claim) -> None:
        """End a lease early; harmless when somebody else holds it by now."""

    def prolong(self, claim: Claim, until: datetime) -> None:
        """Hold what was claimed for longer; harmless when somebody else holds it by now."""


class Cursors(Protocol):
    def read(self, what: str) -> str | None: ...

    def advance(self, what: str, position: str) -> None:
        """Move the cursor forward; a position behind the present one changes nothing."""

    def clear(self, what: str) -> None:
        """Forget the position, so that reading begins anew."""
