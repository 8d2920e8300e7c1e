"""Pull a provider's history feed within its allowance, and settle what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime, timedelta

from faxledger.domain.coverage import FeedProgress
from faxledger.domain.fax import Direction
from faxledger.errors import (
    AnswerLost,
    AskedTooSoon,
    ProviderAnswerUnreadable,
    ProviderError,
    ProviderRefused,
    RequestTooLate,
)
from faxledger.usecases.feed_allowance import FeedAllowance
from faxledger.usecases.feed_plan import FeedPlan, Window, finished, next_window, too_much
from faxledger.usecases.feed_reading import Reading, WindowReader
from faxledger.usecases.ports.claims import Claim, Claims
from faxledger.usecases.ports.feeds import Feed, FeedProgresses, FeedRows
from faxledger.usecases.ports.world import Clock, Count, Log

# The piece of an answer that is waited for when the time is up, and the batch under way, still fit into this.
_STOP_BEFORE = timedelta(seconds=75)
_TOOK_TOO_LONG = "reading it took longer than a run has"
# Clocks that are being set right may make a sleep seem shorter than it was.
_OVERSLEEP = timedelta(milliseconds=100)
# Of a wait that a provider asks for, so that a wrong header does not silence a feed for days.
_LONGEST_SILENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One direction's turn in a run: what is known of it, and what is asked for."""

    feed: str
    claims: Sequence[str]
    rows: FeedRows
    progress: FeedProgress
    window: Window
    today: date


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """One run: at most one request for each allowance, claimed before it is made and never given back."""

    name: str
    feeds: Mapping[Direction, Feed]
    _: KW_ONLY
    allowance: FeedAllowance
    plan: FeedPlan
    claims: Claims
    progresses: FeedProgresses
    reader: WindowReader
    clock: Clock
    count: Count
    log: Log

    def __call__(self, time_left: timedelta) -> None:
        """Read a window and settle its rows; raises `LedgerUnavailable` and `SecretUnavailable`.

        A day counts as read only after every row of its window is in the ledger.
        """
        deadline = self.clock.now() + time_left - _STOP_BEFORE
        progresses = {direction: self.progresses.read(self._feed(direction)) for direction in self.feeds}
        if self.allowance.is_shared:
            direction = self._due(progresses)
            self._take(self._turn(direction, progresses[direction]), deadline)
            return
        # Who was asked longest ago comes first, and again the next time if a long answer leaves too little.
        halfway = deadline - (deadline - self.clock.now()) / 2
        for direction in sorted(progresses, key=lambda direction: _asked_at(progresses[direction])):
            if self.clock.now() <= halfway:
                self._take(self._turn(direction, progresses[direction]), deadline)

    def _due(self, progresses: Mapping[Direction, FeedProgress | None]) -> Direction:
        if Direction.INBOUND not in self.feeds or progresses[Direction.OUTBOUND] is None:
            return Direction.OUTBOUND
        inbound = progresses[Direction.INBOUND]
        if inbound is None or inbound.asked_at is None:
            return Direction.INBOUND
        # By time and not by counting requests, which would be a write each and lose its place in a crash.
        # Half a period early is still this turn: runs don't come to the second.
        pause = self.allowance.period * (self.plan.inbound_every - 0.5)
        return Direction.INBOUND if self.clock.now() >= inbound.asked_at + pause else Direction.OUTBOUND

    def _turn(self, direction: Direction, progress: FeedProgress | None) -> _Turn:
        today = self.clock.now().astimezone(self.plan.time_zone).date()
        progress = progress or self.plan.beginning(today)
        return _Turn(
            feed=self._feed(direction),
            claims=self.allowance.claims_of(self.name, direction),
            # Before the claim: a secret that can't be read must not cost a turn, nor a slow one the moment.
            rows=self.feeds[direction].ready(),
            progress=progress,
            window=next_window(self.plan, progress, today),
            today=today,
        )

    def _take(self, turn: _Turn, deadline: datetime) -> None:
        claims, claimed_at = self._claim(turn.claims, deadline)
        if not claims[-1].is_granted:
            self._tell("warning", "the feed may not be asked yet", "FeedNotYet")
            return
        # Before the request, so that a window that ends every run does not take every turn.
        progress = turn.progress.changed(
            asked_at=claimed_at, asked_for=turn.window.days, asked_for_older=turn.window.is_older
        )
        self.progresses.write(turn.feed, progress)
        reading = Reading()
        leave_by = claimed_at + self.allowance.leave_within
        try:
            self.reader.read(turn.feed, turn.window, turn.rows, leave_by, deadline, reading)
        except RequestTooLate:
            self._tell("warning", "the feed's claim was abandoned", "FeedAbandoned")
            return
        except AskedTooSoon as error:
            self._leave_alone(claims, error)
            return
        except ProviderError as error:
            self._tell("error", "the feed could not be read", "FeedFailed", error)
            if self._was_too_much(turn, error, reading):
                self.progresses.write(turn.feed, too_much(progress, turn.window, because=str(error)))
            return
        if reading.is_whole:
            progress = finished(self.plan, progress, turn.window, turn.today)
        else:
            self._tell("warning", "stopped reading in time", "FeedCutShort")
            progress = too_much(progress, turn.window, because=_TOOK_TOO_LONG)
        self.progresses.write(turn.feed, progress)

    def _claim(self, wanted: Sequence[str], deadline: datetime) -> tuple[Sequence[Claim], datetime]:
        """The claims up to one that is refused, and when they were made; who comes seconds early waits."""
        claims, claimed_at = self._try_claim(wanted)
        if not claims[-1].is_granted:
            next_at = claims[-1].next_at
            wait = next_at - claimed_at
            if wait <= self.allowance.longest_wait and next_at < deadline:
                self.clock.sleep((wait + _OVERSLEEP).total_seconds())
                return self._try_claim(wanted)
        return claims, claimed_at

    def _try_claim(self, wanted: Sequence[str]) -> tuple[Sequence[Claim], datetime]:
        """What was granted before another is refused is kept, and costs a run: once, after a change."""
        now = self.clock.now()
        until = now + self.allowance.period + self.allowance.guard
        claims: list[Claim] = []
        for what in wanted:
            claims.append(self.claims.claim(what, now=now, until=until))
            if not claims[-1].is_granted:
                break
        return claims, now

    def _leave_alone(self, claims: Sequence[Claim], error: AskedTooSoon) -> None:
        """Somebody else uses the allowance as well, or the provider counts in another way."""
        asked_for = min(timedelta(seconds=error.retry_after_seconds), _LONGEST_SILENCE)
        pause = max(asked_for, 2 * self.allowance.period) + self.allowance.guard
        until = self.clock.now() + pause
        for claim in claims:
            self.claims.prolong(claim, until)
        self._tell("warning", "the feed was asked too soon", "FeedTooSoon", error)

    def _was_too_much(self, turn: _Turn, error: ProviderError, reading: Reading) -> bool:
        """Whether fewer days may succeed; if nothing came of the latest, only where they were unusually many.

        Older days have others behind them, which wait as long as the provider stumbles over the first.
        """
        if isinstance(error, ProviderRefused):
            return False
        broke_off = isinstance(error, AnswerLost) or (
            isinstance(error, ProviderAnswerUnreadable) and reading.has_rows
        )
        return broke_off or turn.window.is_older or len(turn.window.days) > self.plan.overlap_days + 1

    def _tell(self, level: str, message: str, metric: str, error: Exception | None = None) -> None:
        say: Callable[..., None] = self.log.error if level == "error" else self.log.warning
        say(
            message,
            extra={
                "provider": self.name,
                "error": None if error is None else type(error).__name__,
                "reason": None if error is None else str(error),
            },
        )
        self.count(metric, provider=self.name)

    def _feed(self, direction: Direction) -> str:
        return f"{self.name}-{direction}"


def _asked_at(progress: FeedProgress | None) -> str:
    return progress.asked_at.isoformat() if progress and progress.asked_at else ""
