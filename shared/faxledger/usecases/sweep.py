"""Once an hour: find what was forgotten, and send it round again.

Queues, their retries and the stream's do the work; this is for what none of them holds any more. Each of its
steps may be done twice without harm, and what was given up is left to a person.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol

from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import FaxId, Provider, Status
from faxledger.domain.report import Duty, DutyState, Fax
from faxledger.domain.timestamps import timestamp
from faxledger.errors import FaxledgerError
from faxledger.usecases.ports import (
    Bus,
    Clock,
    Count,
    Cursors,
    FailedBatch,
    FailedBatches,
    FaxLedger,
    FaxListing,
    FaxQueue,
    Listing,
    Log,
    Unfinished,
)

# Up to an hour longer than a queue takes to try a fax for the last time, so that nothing is on its way twice.
LATE_AFTER: Final = {Duty.MARK: timedelta(hours=2), Duty.STORE: timedelta(hours=4)}
# What was given up waits for a person, and is looked at so rarely that it costs nothing.
_GIVEN_UP_FOR = timedelta(days=7)
# Sending a batch and writing what was sent still fit into this.
_STOP_BEFORE = timedelta(seconds=20)
# As many as a queue takes at once.
_BATCH = 10
# More would not fit into a run's time and memory; what is sent for stands at the end the next time.
_MOST_LOOKED_AT = 20_000
_OVERDUE_CURSOR = "sweep-overdue"
_PAGE = 100
# How far back the very first run looks for faxes that nobody has told of.
_FIRST_LOOK = timedelta(days=7)


class SendRound:
    """Sends for the faxes whose mark or document is overdue, and counts how many there are."""

    def __init__(
        self,
        unfinished: Unfinished,
        queues: Mapping[tuple[Provider, Duty], FaxQueue],
        *,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._unfinished = unfinished
        self._queues = queues
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self, deadline: datetime) -> None:
        """Raises `LedgerUnavailable`. What there is no time for comes first the next time."""
        now = self._clock.now()
        debt = Counter(dict.fromkeys(Duty, 0))
        due: dict[tuple[Provider, Duty], list[FaxId]] = {key: [] for key in self._queues}
        # Read to the end before anything is written: postponing moves what is being read.
        for found in list(islice(self._unfinished.all(), _MOST_LOOKED_AT)):
            duty = next_duty(found.fax)
            key = None if duty is None else (found.fax.id.provider, duty)
            if duty is None or key not in due:
                if found.look_at <= now:
                    self._unfinished.postpone(found.fax.id, until=now + _GIVEN_UP_FOR)
                continue
            is_due = found.look_at <= now
            if is_due:
                due[key].append(found.fax.id)
            # What was sent for a moment ago is still debt.
            debt[duty] += is_due or _is_late(found.fax, duty, now)
        for duty, faxes in debt.items():
            # Also when there is none: a count that is missing tells that nobody looked.
            self._count("Debt", faxes, duty=duty)
        for key, fax_ids in due.items():
            self._send(key, fax_ids, now, deadline)

    def _send(
        self, key: tuple[Provider, Duty], fax_ids: Sequence[FaxId], now: datetime, deadline: datetime
    ) -> None:
        for start in range(0, len(fax_ids), _BATCH):
            if self._clock.now() >= deadline:
                self._log.warning("stopped sweeping in time", extra={"left": len(fax_ids) - start})
                return
            batch = fax_ids[start : start + _BATCH]
            refused = self._queues[key].send(batch)
            for fax_id in batch:
                if fax_id not in refused:
                    self._unfinished.postpone(fax_id, until=now + LATE_AFTER[key[1]])
            self._count("SentForAgain", len(batch) - len(refused), duty=key[1])
            if refused:
                self._log.error("the queue did not take all faxes", extra={"faxes": len(refused)})


def next_duty(fax: Fax) -> Duty | None:
    """What is to be done next about a fax; None where nothing is, or only what was given up."""
    if fax.duties.get(Duty.STORE) is DutyState.PENDING:
        return Duty.STORE
    return Duty.MARK if fax.may_be_marked else None


def _is_late(fax: Fax, duty: Duty, now: datetime) -> bool:
    return fax.settled_at is not None and fax.settled_at <= now - LATE_AFTER[duty]


class Announced(Protocol):
    """Announces a batch of the stream; names the records that could not be announced."""

    def __call__(self, event: Mapping[str, Any], /) -> Mapping[str, Sequence[object]]: ...


class AnnounceAgain:
    """Announces what the stream's own tries did not get announced; an announcement's repeat has its id."""

    def __init__(
        self, batches: FailedBatches, announce: Announced, *, clock: Clock, count: Count, log: Log
    ) -> None:
        self._batches = batches
        self._announce = announce
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self, deadline: datetime) -> None:
        """Raises `DocumentsUnavailable`."""
        left = 0
        for batch in self._batches.all():
            if self._clock.now() < deadline and self._is_announced(batch):
                self._batches.remove(batch)
                self._log.info("announced again", extra={"batch": batch.name})
            else:
                left += 1
        self._count("Debt", left, duty="announce")

    def _is_announced(self, batch: FailedBatch) -> bool:
        if batch.event is None:
            self._log.error("failed batch unreadable", extra={"batch": batch.name})
            return False
        return not self._announce(batch.event)["batchItemFailures"]


class TellOverdue:
    """Announces, once, each fax that was handed over `overdue_after` ago and has no final status.

    On the way it counts those that somebody called about, and of which the provider itself never told.
    How far it has come is a cursor, moved only when the bus has taken everything before it.
    """

    def __init__(
        self,
        listing: FaxListing,
        ledger: FaxLedger,
        cursors: Cursors,
        bus: Bus,
        *,
        overdue_after: timedelta,
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._listing = listing
        self._ledger = ledger
        self._cursors = cursors
        self._bus = bus
        self._overdue_after = overdue_after
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self, _deadline: datetime) -> None:
        """Raises `LedgerUnavailable`."""
        now = self._clock.now()
        until = now - self._overdue_after
        told_until = self._cursors.read(_OVERDUE_CURSOR)
        since = until - _FIRST_LOOK if told_until is None else datetime.fromisoformat(told_until)
        is_told = True
        for page in self._pages(since, until):
            # The index may be behind; what was settled a moment ago is not overdue.
            known = self._ledger.find_many(fax.id for fax in page)
            open_ones = [fax for fax in known.values() if not fax.is_settled]
            self._count_unconfirmed(open_ones)
            is_told &= self._tell([fax for fax in open_ones if fax.submitted_at is not None], now)
        if is_told:
            self._cursors.advance(_OVERDUE_CURSOR, timestamp(until))

    def _pages(self, since: datetime, until: datetime) -> Iterator[Sequence[Fax]]:
        listing, cursor = Listing(status=Status.SUBMITTED, since=since, until=until), None
        while True:
            page = self._listing.page(listing, limit=_PAGE, cursor=cursor)
            if page.faxes:
                yield page.faxes
            cursor = page.cursor
            if cursor is None:
                return

    def _count_unconfirmed(self, faxes: Sequence[Fax]) -> None:
        for fax in faxes:
            if any(said.status is not None for said in fax.unsettling):
                self._log.warning("hint never confirmed", extra={"fax": str(fax.id)})
                self._count("Unconfirmed", provider=fax.id.provider)

    def _tell(self, late: Sequence[Fax], now: datetime) -> bool:
        events = [
            FaxEvent(EventType.FAX_OVERDUE, fax.id, Status.SUBMITTED, now, submitted_at=fax.submitted_at)
            for fax in late
        ]
        refused = self._bus.publish(events) if events else frozenset()
        for event in events:
            if event.id not in refused:
                self._log.warning("fax overdue", extra={"fax": str(event.fax)})
                self._count("Overdue", provider=event.fax.provider)
        return not refused


class Sweep:
    """Every step, whether or not the one before it could be done."""

    def __init__(self, steps: Sequence[Callable[[datetime], None]], *, clock: Clock, log: Log) -> None:
        self._steps = steps
        self._clock = clock
        self._log = log

    def __call__(self, time_left: timedelta) -> None:
        """Raises the first step's `FaxledgerError`, after the others were tried."""
        deadline = self._clock.now() + time_left - _STOP_BEFORE
        trouble: FaxledgerError | None = None
        for step in self._steps:
            try:
                step(deadline)
            except FaxledgerError as error:
                name = type(step).__name__
                self._log.error("not swept", extra={"step": name, "reason": str(error)})
                trouble = trouble or error
        if trouble is not None:
            raise trouble
