"""Which days of which feed have been read, and which are still to be, as JSON (docs/openapi.yaml)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from faxledger.domain.coverage import Days, FeedProgress
from faxledger.domain.fax import Direction, Provider
from faxledger.domain.timestamps import timestamp
from faxledger.usecases.feed_allowance import FeedAllowance
from faxledger.usecases.feed_plan import FeedPlan, missing, next_window, passed_over
from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.feeds import FeedProgresses
from faxledger.usecases.ports.world import Clock
from faxledger.web.responses import json_answer
from faxledger.web.routing import Answer

Document = dict[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NamedFeed:
    provider: Provider
    direction: Direction

    def __str__(self) -> str:
        return f"{self.provider}-{self.direction}"


class FeedQueries:
    """Answers about `feeds`, all of which are read by one plan and within one allowance."""

    def __init__(
        self,
        feeds: Sequence[NamedFeed],
        plan: FeedPlan,
        allowance: FeedAllowance,
        progresses: FeedProgresses,
        claims: Claims,
        clock: Clock,
    ) -> None:
        self._feeds = feeds
        self._plan = plan
        self._allowance = allowance
        self._progresses = progresses
        self._claims = claims
        self._clock = clock

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /feeds": lambda _: json_answer(self.all())}

    def all(self) -> Document:
        """Raises `LedgerUnavailable`."""
        today = self._clock.now().astimezone(self._plan.time_zone).date()
        return {
            "allowance": {
                "seconds": int(self._allowance.period.total_seconds()),
                "is_shared": self._allowance.is_shared,
                "inbound_every": self._plan.inbound_every,
            },
            "feeds": [self._feed(feed, today) for feed in self._feeds],
        }

    def summaries(self, provider: Provider) -> list[Document]:
        """How each of a provider's feeds stands, in short. Raises `LedgerUnavailable`."""
        today = self._clock.now().astimezone(self._plan.time_zone).date()
        return [self._summary(feed, today) for feed in self._feeds if feed.provider is provider]

    def _summary(self, feed: NamedFeed, today: date) -> Document:
        progress = self._progresses.read(str(feed)) or self._plan.beginning(today)
        return {
            "direction": feed.direction,
            "asked_at": timestamp(progress.asked_at) if progress.asked_at else None,
            "missing_days": sum(len(days) for days in missing(self._plan, progress, today)),
        }

    def _feed(self, feed: NamedFeed, today: date) -> Document:
        progress = self._progresses.read(str(feed)) or self._plan.beginning(today)
        unread = missing(self._plan, progress, today)
        window = next_window(self._plan, progress, today)
        claim = self._claims.standing(self._allowance.claim_of(feed.provider, feed.direction))
        return {
            "provider": feed.provider,
            "direction": feed.direction,
            "since": progress.since.isoformat(),
            "covered": _spans(progress.covered.spans),
            "missing": _spans(unread),
            "passed_over": _passed_over(progress, unread),
            "back_fill": _back_fill(self._plan, progress, unread),
            "asked_at": timestamp(progress.asked_at) if progress.asked_at else None,
            "asked_for": _days(progress.asked_for) if progress.asked_for else None,
            "next": {**_days(window.days), "is_history": window.is_history},
            "not_before": timestamp(claim.until) if claim else None,
        }


def _passed_over(progress: FeedProgress, unread: Iterable[Days]) -> Document | None:
    days = passed_over(progress, unread)
    return {"days": _spans(days), "because": progress.because} if days else None


def _back_fill(plan: FeedPlan, progress: FeedProgress, unread: Iterable[Days]) -> Document | None:
    """How far the history has come that the plan asks for, which ends before the first day ever watched."""
    if plan.history_from is None or plan.history_from >= progress.since:
        return None
    history = Days(plan.history_from, progress.since - _DAY)
    left = (Days(span.first, min(span.last, history.last)) for span in unread if span.first <= history.last)
    return {**_days(history), "days": len(history), "days_read": len(history) - sum(map(len, left))}


def _spans(spans: Iterable[Days]) -> list[Document]:
    return [_days(span) for span in spans]


def _days(days: Days) -> Document:
    return {"first": days.first.isoformat(), "last": days.last.isoformat()}
