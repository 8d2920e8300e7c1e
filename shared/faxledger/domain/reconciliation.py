"""What became of every fax of a span, whether that is all of it, and why not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from faxledger.domain.coverage import Days
from faxledger.domain.fax import Direction, Provider, Status
from faxledger.domain.spans import Span
from faxledger.domain.tallies import PUSHED_WITHIN, Minutes, Tally

# One lost push among others is a rescued fax, and no silence.
_FEWEST_DEAF: Final = 2


class ReasonCode(StrEnum):
    """Why a reconciliation is not complete; a program goes by these, a person by the text."""

    NOT_OVER = "not_over"
    BEYOND_RETENTION = "beyond_retention"
    QUERY_NOT_READ = "query_not_read"
    FEED_NOT_READ = "feed_not_read"
    OPEN = "open"
    OPEN_BEFORE = "open_before"
    SET_ASIDE = "set_aside"
    ITEM_UNREADABLE = "item_unreadable"


@dataclass(frozen=True, slots=True)
class Reason:
    """`count` is of faxes, or of whatever the code names: queries, days, items."""

    code: ReasonCode
    text: str
    count: int = 1
    provider: Provider | None = None
    what: str | None = None


@dataclass(frozen=True, slots=True)
class QueryEvidence:
    """When the last reading of a provider's query began that came to its end; None where none did."""

    provider: Provider
    query: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeedEvidence:
    """When the days of a feed that a span needs were read last: the earliest of these moments.

    None where one of them was never read, and where they are kept no more, because all of them count as read:
    that is some days after their end.
    """

    provider: Provider
    direction: Direction
    days: Days
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read of the providers by the moment at which a reconciliation was begun.

    `missing` says what was not read after the span had ended.
    """

    queries: tuple[QueryEvidence, ...] = ()
    feeds: tuple[FeedEvidence, ...] = ()
    missing: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The tally of a span as the ledger stood from `begun_at` on."""

    span: Span
    begun_at: datetime
    tally: Tally
    evidence: Evidence

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is not complete; none where it is."""
        return (*self.evidence.missing, *_left(self.tally))

    @property
    def is_complete(self) -> bool:
        return not self.reasons


def _left(tally: Tally) -> Iterable[Reason]:
    for flow, one in sorted(tally.flows.items()):
        if one.statuses[Status.SUBMITTED]:
            states = ", ".join(f"{count} {state}" for state, count in sorted(one.open_as.items()))
            text = f"{flow.provider} {flow.direction}: {one.open} without a final status ({states})"
            yield Reason(ReasonCode.OPEN, text, one.open, flow.provider, str(flow.direction))
    if tally.open_before:
        text = f"{tally.open_before} from the day before are open, and may have come to their end since"
        yield Reason(ReasonCode.OPEN_BEFORE, text, tally.open_before)
    if tally.set_aside:
        text = f"{tally.set_aside} callbacks or rows were set aside, which nobody could read"
        yield Reason(ReasonCode.SET_ASIDE, text, tally.set_aside)
    if tally.unreadable_items:
        text = f"{tally.unreadable_items} items of the ledger can't be read by this version"
        yield Reason(ReasonCode.ITEM_UNREADABLE, text, tally.unreadable_items)


@dataclass(frozen=True, slots=True)
class Lateness:
    """Exact seconds from the provider's completion to our knowing; half of the faxes took `p50` at most."""

    faxes: int
    p50: int
    p95: int
    p99: int
    worst: int


def lateness_of(seconds: Counter[int]) -> Lateness | None:
    """By nearest rank; None of no faxes."""
    total = seconds.total()
    if not total:
        return None
    in_order = sorted(seconds.items())

    def at(percent: int) -> int:
        # The smallest value that so many of a hundred do not exceed.
        left = -(-total * percent // 100)
        for value, count in in_order:
            left -= count
            if left <= 0:
                return value
        return in_order[-1][0]

    return Lateness(total, at(50), at(95), at(99), in_order[-1][0])


@dataclass(frozen=True, slots=True)
class DeafSpan:
    """No push was seen from the minute of its first fax to that of its last; all were known by `known_by`."""

    since: datetime
    until: datetime
    faxes: int
    known_by: datetime


def deaf_spans(minutes: Minutes) -> tuple[DeafSpan, ...]:
    """The longest spans in which faxes were completed and no push was first seen.

    Between two minutes with a push, the minutes in which faxes were completed whose pushes did not come in
    time: at least two faxes, ten minutes apart.
    """
    found: list[DeafSpan] = []
    run: list[int] = []
    for minute in sorted(minutes.unpushed.keys() | minutes.pushes.keys()):
        if minute in minutes.pushes:
            found += _deaf(minutes, run)
            run = []
        else:
            run.append(minute)
    return (*found, *_deaf(minutes, run))


def _deaf(minutes: Minutes, run: list[int]) -> list[DeafSpan]:
    faxes = sum(minutes.unpushed[minute] for minute in run)
    if faxes < _FEWEST_DEAF or (run[-1] - run[0]) * 60 < PUSHED_WITHIN.total_seconds():
        return []
    known_by = max(minutes.known_by[minute] for minute in run)
    return [DeafSpan(_moment(run[0] * 60), _moment(run[-1] * 60), faxes, _moment(known_by))]


def known_by(minutes: Minutes) -> datetime | None:
    """When the last of the faxes was known of which no push came in time; None where there is none."""
    return None if not minutes.known_by else _moment(max(minutes.known_by.values()))


@dataclass(frozen=True, slots=True)
class PushesToCome:
    """Rescued faxes of which no push has come yet: `faxes` may still be pushed, the last `until` then.

    `given_up` are those that the provider repeats no more; both are 0 and None where it never repeats.
    """

    faxes: int
    until: datetime | None
    given_up: int


def pushes_to_come(minutes: Minutes, repeats_for: timedelta | None, now: datetime) -> PushesToCome:
    """Which pushes may still come from a provider that repeats them for so long."""
    if repeats_for is None:
        return PushesToCome(0, None, minutes.silent.total())
    ends = {minute: _moment((minute + 1) * 60) + repeats_for for minute in minutes.silent}
    to_come = [minute for minute, end in ends.items() if end > now]
    faxes = sum(minutes.silent[minute] for minute in to_come)
    until = max((ends[minute] for minute in to_come), default=None)
    return PushesToCome(faxes, until, minutes.silent.total() - faxes)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
