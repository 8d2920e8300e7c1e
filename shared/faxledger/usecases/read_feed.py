"""Pull a provider's history feed within its allowance, and settle what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Direction
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import ProviderError, RequestTooLate
from faxledger.usecases.ports import Claim, Claims, Clock, Count, Cursors, FeedRows, Log
from faxledger.usecases.record import Recorder

# The piece of an answer that is waited for when the time is up, and the batch under way, still fit into this.
_STOP_BEFORE = timedelta(seconds=75)
# Clocks that are being set right may make a sleep seem shorter than it was.
_OVERSLEEP = timedelta(milliseconds=100)
# Rows that are looked up together; BatchGetItem takes 100 keys.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class FeedAllowance:
    """How often and how widely a provider lets its feed be read.

    One request in `period`; `guard` is added for clocks that differ, and a request that can't leave within
    `leave_within` of its claim is not made. `longest_wait` is how long a run that comes early waits. A window
    has at most `most_days` days, both end days counted.
    """

    period: timedelta
    guard: timedelta
    leave_within: timedelta
    longest_wait: timedelta
    most_days: int


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What to read: each window begins `overlap_days` before the watermark; the first one `first_days` ago.

    Every `inbound_every`-th request is for inbound faxes. `time_zone` is that of the feed's dates.
    """

    time_zone: ZoneInfo
    overlap_days: int
    first_days: int
    inbound_every: int


class ReadFeed:
    """One run: at most one request, claimed before it is made and never given back."""

    def __init__(
        self,
        name: str,
        feeds: Mapping[Direction, FeedRows],
        *,
        allowance: FeedAllowance,
        plan: FeedPlan,
        claims: Claims,
        cursors: Cursors,
        recorder: Recorder,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._name = name
        self._feeds = feeds
        self._allowance = allowance
        self._plan = plan
        self._claims = claims
        self._cursors = cursors
        self._recorder = recorder
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self, time_left: timedelta) -> None:
        """Read one window and settle its rows; raises `LedgerUnavailable`.

        The watermark moves only after every row of the window is in the ledger.
        """
        deadline = self._clock.now() + time_left - _STOP_BEFORE
        direction = self._turn()
        first, last = self._window(direction)
        leave_by = self._claim(deadline)
        if leave_by is None:
            self._log.warning("the feed may not be asked yet", extra={"provider": self._name})
            self._count("FeedNotYet", provider=self._name)
            return
        if direction is Direction.INBOUND:
            self._cursors.advance(self._inbound_cursor, self._clock.now().isoformat())
        try:
            is_whole = self._read(self._feeds[direction], first, last, leave_by, deadline)
        except RequestTooLate:
            self._log.warning("the feed's claim was abandoned", extra={"provider": self._name})
            self._count("FeedAbandoned", provider=self._name)
            return
        except ProviderError as error:
            extra = {"provider": self._name, "error": type(error).__name__, "reason": str(error)}
            self._log.error("the feed could not be read", extra=extra)
            self._count("FeedFailed", provider=self._name)
            return
        if is_whole:
            self._cursors.advance(self._watermark(direction), last.isoformat())

    def _turn(self) -> Direction:
        if (
            Direction.INBOUND not in self._feeds
            or self._cursors.read(self._watermark(Direction.OUTBOUND)) is None
        ):
            return Direction.OUTBOUND
        asked_at = self._cursors.read(self._inbound_cursor)
        if asked_at is None:
            return Direction.INBOUND
        # Half a period early is still this turn: runs don't come to the second.
        pause = self._allowance.period * (self._plan.inbound_every - 0.5)
        is_due = self._clock.now() >= datetime.fromisoformat(asked_at) + pause
        return Direction.INBOUND if is_due else Direction.OUTBOUND

    def _window(self, direction: Direction) -> tuple[date, date]:
        today = self._clock.now().astimezone(self._plan.time_zone).date()
        watermark = self._cursors.read(self._watermark(direction))
        if watermark is None:
            first = today - timedelta(days=self._plan.first_days - 1)
        else:
            first = date.fromisoformat(watermark) - timedelta(days=self._plan.overlap_days)
        # After a long pause the oldest days come first, a window a run.
        return first, min(today, first + timedelta(days=self._allowance.most_days - 1))

    def _claim(self, deadline: datetime) -> datetime | None:
        """The moment by which the request must leave, or None when it may not be made in this run."""
        claim, claimed_at = self._try_claim()
        if not claim.is_granted:
            wait = claim.next_at - claimed_at
            if wait > self._allowance.longest_wait or claim.next_at >= deadline:
                return None
            self._clock.sleep((wait + _OVERSLEEP).total_seconds())
            claim, claimed_at = self._try_claim()
        return claimed_at + self._allowance.leave_within if claim.is_granted else None

    def _try_claim(self) -> tuple[Claim, datetime]:
        now = self._clock.now()
        until = now + self._allowance.period + self._allowance.guard
        return self._claims.claim(f"{self._name}-feed", now=now, until=until), now

    def _read(self, feed: FeedRows, first: date, last: date, leave_by: datetime, deadline: datetime) -> bool:
        """Whether every row of the window was recorded before the deadline."""
        unrecorded: list[Report] = []
        is_whole = True
        try:
            for row in feed.window(first, last, leave_by=leave_by):
                if isinstance(row, Unreadable):
                    self._recorder.set_aside(row)
                else:
                    unrecorded.append(row)
                if len(unrecorded) == _BATCH:
                    self._recorder.record_all(unrecorded)
                    unrecorded = []
                if self._clock.now() >= deadline:
                    is_whole = False
                    break
        except ProviderError:
            # Rows before the place where an answer broke off are as good as any.
            self._recorder.record_all(unrecorded)
            raise
        self._recorder.record_all(unrecorded)
        if not is_whole:
            self._log.warning("stopped reading in time", extra={"provider": self._name})
            self._count("FeedCutShort", provider=self._name)
        return is_whole

    @property
    def _inbound_cursor(self) -> str:
        return f"{self._name}-inbound-asked"

    def _watermark(self, direction: Direction) -> str:
        return f"{self._name}-{direction}"
