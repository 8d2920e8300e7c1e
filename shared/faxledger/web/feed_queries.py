"""Which days of which feed have been read, and which are still to be, as JSON (docs/openapi.yaml)."""

from collections.abc import Iterable, Mapping
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
class FeedRules:
    """Which days of a provider's feeds are read, and how often they may be asked."""

    plan: FeedPlan
    allowance: FeedAllowance


class FeedQueries:
    """`rules_of` are the providers that have feeds, one for each direction."""

    def __init__(
        self,
        rules_of: Mapping[Provider, FeedRules],
        progresses: FeedProgresses,
        claims: Claims,
        clock: Clock,
    ) -> None:
        self._rules_of = rules_of
        self._progresses = progresses
        self._claims = claims
        self._clock = clock

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /feeds": lambda _: json_answer(self.all())}

    def all(self) -> Document:
        """Raises `LedgerUnavailable`."""
        return {
            "feeds": [
                self._feed(provider, direction, rules)
                for provider, rules in self._rules_of.items()
                for direction in Direction
            ]
        }

    def summaries(self, provider: Provider) -> list[Document]:
        """How each of a provider's feeds stands, in short. Raises `LedgerUnavailable`."""
        rules = self._rules_of.get(provider)
        return [] if rules is None else [self._summary(provider, way, rules.plan) for way in Direction]

    def _summary(self, provider: Provider, direction: Direction, plan: FeedPlan) -> Document:
        today, progress = self._progress(provider, direction, plan)
        return {
            "direction": direction,
            "asked_at": timestamp(progress.asked_at) if progress.asked_at else None,
            "read_at": timestamp(progress.read_at) if progress.read_at else None,
            "missing_days": sum(len(days) for days in missing(plan, progress, today)),
        }

    def _progress(
        self, provider: Provider, direction: Direction, plan: FeedPlan
    ) -> tuple[date, FeedProgress]:
        """The day it is at the provider, and how far its feed has been read."""
        today = self._clock.now().astimezone(plan.time_zone).date()
        return today, self._progresses.read(f"{provider}-{direction}") or plan.beginning(today)

    def _feed(self, provider: Provider, direction: Direction, rules: FeedRules) -> Document:
        plan, allowance = rules.plan, rules.allowance
        today, progress = self._progress(provider, direction, plan)
        unread = missing(plan, progress, today)
        window = next_window(plan, progress, today)
        claims = map(self._claims.standing, allowance.claims_of(provider, direction))
        not_before = max((claim.until for claim in claims if claim), default=None)
        return {
            "provider": provider,
            "direction": direction,
            "allowance": {
                "seconds": int(allowance.period.total_seconds()),
                "is_shared": allowance.is_shared,
                "inbound_every": plan.inbound_every,
            },
            "since": progress.since.isoformat(),
            "covered": _spans(progress.covered.spans),
            "missing": _spans(unread),
            "passed_over": _passed_over(progress, unread),
            "back_fill": _back_fill(plan, progress, unread),
            "asked_at": timestamp(progress.asked_at) if progress.asked_at else None,
            "asked_for": _days(progress.asked_for) if progress.asked_for else None,
            "next": {**_days(window.days), "is_history": window.is_history},
            "not_before": timestamp(not_before) if not_before else None,
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
