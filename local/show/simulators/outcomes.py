"""What becomes of a fax: whether it got through, and if not, why."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random


class Cause(StrEnum):
    """Why a transmission failed; each provider has its own words for it."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NOT_A_FAX = "not_a_fax"
    BAD_NUMBER = "bad_number"
    LINE = "line"
    DOCUMENT = "document"
    REJECTED = "rejected"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FaxOutcome:
    """`cause` is None for a fax that got through. `takes` runs from handing in to the final status."""

    cause: Cause | None
    pages: int
    pages_done: int
    duration_seconds: int
    takes: timedelta


_SECONDS_PER_PAGE = 38
_HANDSHAKE_SECONDS = 21
_FAILING_SHARE = 0.12

# How often each cause turns up among failures: busy lines and unanswered calls are most of them.
_CAUSE_WEIGHTS = {
    Cause.BUSY: 34,
    Cause.NO_ANSWER: 28,
    Cause.NOT_A_FAX: 14,
    Cause.LINE: 12,
    Cause.BAD_NUMBER: 6,
    Cause.REJECTED: 3,
    Cause.DOCUMENT: 2,
    Cause.OTHER: 1,
}

_CAUSES_AFTER_CONNECTING = frozenset({Cause.LINE, Cause.OTHER})


def draw_cause(dice: Random) -> Cause | None:
    """Why this fax fails, or None for the most, which don't."""
    fails = dice.random() < _FAILING_SHARE
    (cause,) = dice.choices(list(_CAUSE_WEIGHTS), list(_CAUSE_WEIGHTS.values()))
    return cause if fails else None


def draw_outcome(cause: Cause | None, dice: Random) -> FaxOutcome:
    """Pages, seconds and the 1 to 10 minutes until it is final, as they go with that cause."""
    pages = min(1 + int(dice.expovariate(0.45)), 40)
    takes = timedelta(seconds=dice.randint(60, 600))
    seconds_each = _SECONDS_PER_PAGE + dice.randint(-9, 14)
    if cause is not None and cause not in _CAUSES_AFTER_CONNECTING:
        return FaxOutcome(cause, pages, pages_done=0, duration_seconds=0, takes=takes)
    done = pages if cause is None else dice.randrange(pages)
    return FaxOutcome(cause, pages, done, _HANDSHAKE_SECONDS + done * seconds_each, takes)
