"""Providers in memory: one that keeps a mark on each fax, and one with a history feed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from hashlib import sha256

from faxledger.domain.coverage import Days
from faxledger.domain.fax import FaxId
from faxledger.domain.report import Fax, Report, Unreadable
from faxledger.errors import DocumentsUnavailable, ProviderError, RequestTooLate, SecretUnavailable
from faxledger.usecases.ports.marking import Offer, OfferedPage
from tests.fakes.clock import StoppedClock

FAILED = Offer("failed")
SENT = Offer("sent")
INBOUND = Offer("inbound")
ANY_STATUS = Offer("any-status", every=timedelta(days=1))
AGAIN = Offer("again", looks_back=True)


class InMemoryMarkingProvider:
    """Implements `MarkingProvider`.

    `offered` holds what each query finds while it is not marked, `known` what is said of a fax that is asked
    for by its id. `journal` tells what was asked and marked,
    in order. A query breaks off with an error before the page that `unreadable_pages` names; `mark_faults`
    says which marks fail, `login_fault` that nobody gets in. Each page and each mark takes its seconds.
    `patience` is what each session was given; with `has_positions` pages say where to go on.
    """

    name = "softlinx"

    def __init__(self, clock: StoppedClock, *, page_size: int = 2) -> None:
        self.offers: Sequence[Offer] = (FAILED, SENT, INBOUND, ANY_STATUS, AGAIN)
        self.offered: dict[Offer, list[Report | Unreadable]] = {offer: [] for offer in self.offers}
        self.known: dict[FaxId, Report | Unreadable] = {}
        self.marked: list[FaxId] = []
        self.journal: list[str] = []
        self.page_faults: dict[tuple[Offer, int], ProviderError] = {}
        self.find_faults: dict[FaxId, ProviderError] = {}
        self.mark_faults: dict[FaxId, ProviderError] = {}
        self.login_fault: ProviderError | None = None
        self.page_seconds = 0.0
        self.mark_seconds = 0.0
        self.before_mark: Callable[[FaxId], None] = lambda _: None
        self.patience: list[float] = []
        self.has_positions = False
        self._clock = clock
        self._page_size = page_size

    @contextmanager
    def session(self, *, patience: float = 0.0) -> Iterator["InMemoryMarkingSession"]:
        self.patience.append(patience)
        self.journal.append("login")
        if self.login_fault:
            raise self.login_fault
        try:
            yield InMemoryMarkingSession(self)
        finally:
            self.journal.append("logout")

    def pages(self, offer: Offer, after: str | None) -> Iterator[OfferedPage]:
        rows = [
            row
            for row in self.offered[offer]
            if (isinstance(row, Unreadable) or offer.looks_back or row.fax not in self.marked)
            and _place(row) > (after or "")
        ]
        for number, start in enumerate(range(0, max(len(rows), 1), self._page_size), start=1):
            self.journal.append(f"page {number} of {offer.name}")
            self._clock.advance(seconds=self.page_seconds)
            if fault := self.page_faults.get((offer, number)):
                raise fault
            page = rows[start : start + self._page_size]
            yield OfferedPage(
                reports=tuple(row for row in page if isinstance(row, Report)),
                unreadable=tuple(row for row in page if isinstance(row, Unreadable)),
                position=max(map(_place, page)) if self.has_positions and page else None,
            )

    def find(self, fax_id: FaxId) -> Report | Unreadable | None:
        self.journal.append(f"find {fax_id.job_id}")
        self._clock.advance(seconds=self.page_seconds)
        if fault := self.find_faults.get(fax_id):
            raise fault
        return self.known.get(fax_id)

    def mark(self, fax_id: FaxId, *, is_marked: bool = True) -> None:
        if is_marked:
            self.before_mark(fax_id)
        self.journal.append(f"{'mark' if is_marked else 'unmark'} {fax_id.job_id}")
        self._clock.advance(seconds=self.mark_seconds)
        if fault := self.mark_faults.get(fax_id):
            raise fault
        if is_marked:
            self.marked.append(fax_id)
        else:
            self.marked.remove(fax_id)


def _place(row: Report | Unreadable) -> str:
    return row.fax.job_id.zfill(18) if isinstance(row, Report) else "0"


class InMemoryMarkingSession:
    """Implements `MarkingSession`."""

    def __init__(self, provider: InMemoryMarkingProvider) -> None:
        self._provider = provider

    def pages(self, offer: Offer, *, after: str | None = None) -> Iterator[OfferedPage]:
        yield from self._provider.pages(offer, after)

    def find(self, fax: Fax) -> Report | Unreadable | None:
        return self._provider.find(fax.id)

    def mark(self, fax: Fax, *, is_marked: bool = True) -> None:
        self._provider.mark(fax.id, is_marked=is_marked)


class InMemoryFeed:
    """Implements `Feed` and `FeedRows`.

    `rows` are in every answer, those of `days` in the answers whose window holds their day. `requests` holds
    when each request left and for which days. `connect_seconds` pass before it leaves and `row_seconds`
    before each row; `breaks_off_with` is raised after the rows, or after `breaks_off_after` of them, and
    `on_request` called before the first. `looked_at` counts the rows that were made sense of.
    """

    def __init__(self, clock: StoppedClock) -> None:
        self.rows: list[Report | Unreadable] = []
        self.days: dict[date, list[Report | Unreadable]] = {}
        self.requests: list[tuple[datetime, date, date]] = []
        self.connect_seconds = 0.0
        self.row_seconds = 0.0
        self.breaks_off_with: Exception | None = None
        self.breaks_off_after: int | None = None
        self.has_password = True
        self.on_request: Callable[[], None] = lambda: None
        self.looked_at = 0
        self._clock = clock

    def ready(self) -> "InMemoryFeed":
        if not self.has_password:
            raise SecretUnavailable("the feed in memory has no password")
        return self

    def window(self, days: Days, *, leave_by: datetime) -> Iterator["InMemoryFeedRow"]:
        self._clock.advance(seconds=self.connect_seconds)
        if self._clock.now() > leave_by:
            raise RequestTooLate("connecting to the feed in memory took too long")
        self.requests.append((self._clock.now(), days.first, days.last))
        self.on_request()
        of_days = (
            row for day, rows in sorted(self.days.items()) if days.first <= day <= days.last for row in rows
        )
        rows = [*self.rows, *of_days]
        for row in rows if self.breaks_off_after is None else rows[: self.breaks_off_after]:
            self._clock.advance(seconds=self.row_seconds)
            yield InMemoryFeedRow(self, row)
        if self.breaks_off_with:
            raise self.breaks_off_with

    def left_at(self) -> list[datetime]:
        return [moment for moment, _, _ in self.requests]

    def windows(self) -> list[Days]:
        return [Days(first, last) for _, first, last in self.requests]


class InMemoryFeedRow:
    """Implements `FeedRow`."""

    def __init__(self, feed: InMemoryFeed, said: Report | Unreadable) -> None:
        self._feed = feed
        self._said = said

    @property
    def digest(self) -> int:
        return int.from_bytes(sha256(repr(self._said).encode()).digest()[:8], "big")

    def read(self) -> Report | Unreadable:
        self._feed.looked_at += 1
        return self._said


class InMemoryFeedMemory:
    """Implements `FeedMemory`."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_down = False

    def recall(self, feed: str) -> bytes | None:
        self._refuse_when_down()
        return self.kept.get(feed)

    def keep(self, feed: str, content: bytes) -> None:
        self._refuse_when_down()
        self.kept[feed] = content

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise DocumentsUnavailable("the memory in memory is down")
