"""Which days of which feed have been read, as a JSON document (docs/openapi.yaml)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faxledger.domain.coverage import Days, FeedProgress
from faxledger.domain.fax import Direction, Provider
from faxledger.domain.timestamps import timestamp
from faxledger.usecases.ports import FeedProgresses

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NamedFeed:
    provider: Provider
    direction: Direction

    def __str__(self) -> str:
        return f"{self.provider}-{self.direction}"


class FeedQueries:
    """Answers about `feeds`, as far as they have been asked for anything."""

    def __init__(self, progresses: FeedProgresses, feeds: Sequence[NamedFeed]) -> None:
        self._progresses = progresses
        self._feeds = feeds

    def all(self) -> Document:
        """Raises `LedgerUnavailable`."""
        found = [(feed, self._progresses.read(str(feed))) for feed in self._feeds]
        return {"feeds": [_feed(feed, progress) for feed, progress in found if progress is not None]}


def _feed(feed: NamedFeed, progress: FeedProgress) -> Document:
    covered = progress.covered
    missing: Iterable[Days] = ()
    if covered.spans:
        first = min(progress.since, covered.spans[0].first)
        missing = covered.missing(Days(first, covered.spans[-1].last))
    return {
        "provider": feed.provider,
        "direction": feed.direction,
        "since": progress.since.isoformat(),
        "covered": [_days(span) for span in covered.spans],
        "missing": [_days(span) for span in missing],
        "asked_at": timestamp(progress.asked_at) if progress.asked_at else None,
    }


def _days(days: Days) -> Document:
    return {"first": days.first.isoformat(), "last": days.last.isoformat()}
