"""Claims, cursors, and how far feeds were read, in memory."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from threading import Lock

from faxledger.domain.coverage import FeedProgress
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.ports.claims import Claim, StandingClaim


class InMemoryClaims:
    """Implements `Claims`."""

    def __init__(self) -> None:
        self.held: dict[str, Claim] = {}
        self._since: dict[str, datetime] = {}
        self.is_down = False
        self._tokens = count(1)
        self._lock = Lock()

    def claim(self, what: str, *, now: datetime, until: datetime) -> Claim:
        with self._lock:
            if self.is_down:
                raise LedgerUnavailable("the claims in memory are down")
            token = str(next(self._tokens))
            held = self.held.get(what)
            if held is not None and held.next_at > now:
                return Claim(what, token, is_granted=False, next_at=held.next_at)
            self._since[what] = now
            self.held[what] = Claim(what, token, is_granted=True, next_at=until)
            return self.held[what]

    def standing(self, what: str) -> StandingClaim | None:
        with self._lock:
            if self.is_down:
                raise LedgerUnavailable("the claims in memory are down")
            if what not in self.held:
                return None
            return StandingClaim(self._since[what], self.held[what].next_at)

    def give_back(self, claim: Claim) -> None:
        with self._lock:
            if self.is_down:
                raise LedgerUnavailable("the claims in memory are down")
            held = self.held.get(claim.what)
            if held is not None and held.token == claim.token:
                del self.held[claim.what]

    def prolong(self, claim: Claim, until: datetime) -> None:
        with self._lock:
            held = self.held.get(claim.what)
            if held is not None and held.token == claim.token and held.next_at < until:
                self.held[claim.what] = replace(held, next_at=until)


class InMemoryCursors:
    """Implements `Cursors`."""

    def __init__(self) -> None:
        self.positions: dict[str, str] = {}

    def read(self, what: str) -> str | None:
        return self.positions.get(what)

    def clear(self, what: str) -> None:
        self.positions.pop(what, None)

    def advance(self, what: str, position: str) -> None:
        self.positions[what] = max(position, self.positions.get(what, position))


class InMemoryFeedProgresses:
    """Implements `FeedProgresses`."""

    def __init__(self) -> None:
        self.progresses: dict[str, FeedProgress] = {}

    def read(self, feed: str) -> FeedProgress | None:
        return self.progresses.get(feed)

    def write(self, feed: str, progress: FeedProgress) -> None:
        stands = self.progresses.get(feed)
        if stands is None or stands.revision < progress.revision:
            self.progresses[feed] = progress
