"""Read one window of a feed into the ledger, skipping what was there the last time."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime

from faxledger.domain.report import Report, Unreadable
from faxledger.errors import DocumentsUnavailable, ProviderError
from faxledger.usecases.feed_plan import Window
from faxledger.usecases.feed_seen_rows import SeenRows
from faxledger.usecases.ports.feeds import FeedMemory, FeedRow, FeedRows
from faxledger.usecases.ports.world import Clock, Count, Log
from faxledger.usecases.record import Recorder

# Rows that are looked up together; BatchGetItem takes 100 keys.
_BATCH = 100
# Faxes that are written at once: a write is nothing but waiting.
_LANES = 8


@dataclass(slots=True)
class Reading:
    """How far the reading of a window came; filled in meanwhile, because it may end in an error."""

    has_rows: bool = False
    is_cut_short: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class _Looked:
    """A row that was not skipped, and what it says."""

    digest: int
    said: Report | Unreadable


@dataclass(frozen=True, slots=True)
class WindowReader:
    """`way` says how rows are read: where it differs from the last time, every row is looked at again."""

    _: KW_ONLY
    way: str
    memory: FeedMemory
    recorder: Recorder
    clock: Clock
    count: Count
    log: Log

    def read(
        self,
        feed: str,
        window: Window,
        rows: FeedRows,
        leave_by: datetime,
        deadline: datetime,
        reading: Reading,
    ) -> None:
        """Record every row up to the deadline; raises `ProviderError`, `LedgerUnavailable`."""
        # Older days are not read again, so there is nothing to remember of them.
        seen = None if window.is_older else self._recall(feed)
        try:
            found = rows.window(window.days, leave_by=leave_by)
            for batch in self._batches(found, seen, deadline, reading):
                self._record(batch, seen, is_history=window.is_history)
            reading.is_whole = not reading.is_cut_short
        finally:
            if seen is not None and (reading.has_rows or reading.is_whole):
                self._keep(feed, seen.content(is_whole=reading.is_whole))

    def _batches(
        self, rows: Iterator[FeedRow], seen: SeenRows | None, deadline: datetime, reading: Reading
    ) -> Iterator[list[_Looked]]:
        """What is not known from the last reading; what came before an answer broke off is as good as any."""
        batch: list[_Looked] = []
        try:
            for row in rows:
                reading.has_rows = True
                digest = row.digest if seen is not None else 0
                if seen is not None and digest in seen:
                    seen.add(digest)
                else:
                    batch.append(_Looked(digest, row.read()))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
                if self.clock.now() >= deadline:
                    reading.is_cut_short = True
                    break
        except ProviderError:
            yield batch
            raise
        yield batch

    def _record(self, batch: list[_Looked], seen: SeenRows | None, *, is_history: bool) -> None:
        reports = [row.said for row in batch if isinstance(row.said, Report)]
        if is_history:
            reports = [replace(report, is_history=True) for report in reports]
        _, failed = self.recorder.record_all(reports, lanes=_LANES) if reports else ((), ())
        for row in batch:
            if isinstance(row.said, Unreadable):
                self.recorder.set_aside(row.said)
        if seen is None:
            return
        for row in batch:
            # A word that is not final is looked at every time, until it is, and so is what failed.
            if isinstance(row.said, Unreadable) or (
                row.said.status is not None and row.said.fax not in failed
            ):
                seen.add(row.digest)

    def _recall(self, feed: str) -> SeenRows:
        try:
            content = self.memory.recall(feed)
        except DocumentsUnavailable as error:
            self._forget(feed, error)
            content = None
        return SeenRows.recalled(content, self.way, self.clock.now())

    def _keep(self, feed: str, content: bytes) -> None:
        try:
            self.memory.keep(feed, content)
        except DocumentsUnavailable as error:
            self._forget(feed, error)

    def _forget(self, feed: str, error: Exception) -> None:
        self.log.warning(
            "the rows of the last reading are forgotten", extra={"feed": feed, "reason": str(error)}
        )
        self.count("FeedMemoryLost", feed=feed)
