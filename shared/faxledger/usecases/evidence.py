"""Whether each provider was asked, to the end, for whatever has ended in a span, after the span was over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from faxledger.domain.coverage import Days, FeedProgress
from faxledger.domain.fax import Direction, Provider
from faxledger.domain.reconciliation import Evidence, FeedEvidence, QueryEvidence, Reason, ReasonCode
from faxledger.domain.spans import Span
from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.usecases.feed_plan import FeedPlan
from faxledger.usecases.ports.feeds import FeedProgresses
from faxledger.usecases.ports.heard import Heard, WatchedProvider, whole

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ReadingsOfProviders:
    """Implements `Evidences`: what the ledger keeps of the readings of queries and feeds.

    `plans` are of the providers that have feeds, one for each direction. Faxes are kept for `retention`.
    """

    watched: Sequence[WatchedProvider]
    plans: Mapping[Provider, FeedPlan]
    heard: Heard
    progresses: FeedProgresses
    retention: timedelta

    def of(self, span: Span, now: datetime) -> Evidence:
        """A reading proves something from `CLOCKS_DIFFER_BY` after the span's end on.

        By a provider's clock, which says when a fax was completed, the span may end later than by ours.
        """
        queries: list[QueryEvidence] = []
        feeds: list[FeedEvidence] = []
        missing: list[Reason] = []
        proves_from = span.until + CLOCKS_DIFFER_BY
        for watched in self.watched:
            heard = self.heard.of(watched.provider) if watched.proving else {}
            for name in watched.proving:
                query = QueryEvidence(watched.provider, name, heard.get(whole(name)))
                queries.append(query)
                missing += _of_query(query, proves_from)
            if plan := self.plans.get(watched.provider):
                for direction in Direction:
                    progress = self.progresses.read(f"{watched.provider}-{direction}")
                    feed, reasons = _of_feed(watched.provider, direction, plan, progress, span)
                    feeds.append(feed)
                    missing += reasons
        if now < span.until:
            # What has to be read after its end can't have been yet.
            missing = []
        return Evidence(tuple(queries), tuple(feeds), (*_of_the_span(span, now, self.retention), *missing))


def _of_the_span(span: Span, now: datetime, retention: timedelta) -> Iterator[Reason]:
    if now < span.until:
        yield Reason(ReasonCode.NOT_OVER, f"the span ends at {_text(span.until)}, which is still to come")
    if span.since < now - retention:
        text = f"faxes are kept for {retention.days} days: those of the span may have expired"
        yield Reason(ReasonCode.BEYOND_RETENTION, text)


def _of_query(query: QueryEvidence, proves_from: datetime) -> Iterator[Reason]:
    if query.read_at is None or query.read_at < proves_from:
        last = "never" if query.read_at is None else f"last begun at {_text(query.read_at)}"
        text = f"{query.provider}: {query.query} was not read to its end since {_text(proves_from)} ({last})"
        yield Reason(ReasonCode.QUERY_NOT_READ, text, provider=query.provider, what=query.query)


def _of_feed(
    provider: Provider, direction: Direction, plan: FeedPlan, progress: FeedProgress | None, span: Span
) -> tuple[FeedEvidence, list[Reason]]:
    """A day that counts as read was read after its end, and so after that of a span which ends in it."""
    days = _days_of(span, plan)
    proves_from = span.until + CLOCKS_DIFFER_BY
    covered = set() if progress is None else {day for day in days if day in progress.covered}
    read_at = {
        day: None if progress is None else progress.last_read(day) for day in days if day not in covered
    }
    late = {day: at for day, at in read_at.items() if at is None or at < proves_from}
    known = [at for at in read_at.values() if at is not None]
    feed = FeedEvidence(provider, direction, days, min(known) if len(known) == len(read_at) > 0 else None)
    if not late:
        return feed, []
    unread = f"{len(late)} days of the {direction} feed, from {min(late)} to {max(late)}"
    text = f"{provider}: {unread}, were not read since {_text(proves_from)}"
    return feed, [Reason(ReasonCode.FEED_NOT_READ, text, len(late), provider, str(direction))]


def _days_of(span: Span, plan: FeedPlan) -> Days:
    """The days under which a feed may list the span's faxes: they may have been sent some days before."""
    first = span.since.astimezone(plan.time_zone).date() - timedelta(days=plan.overlap_days)
    return Days(first, (span.until - _INSTANT).astimezone(plan.time_zone).date())


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
