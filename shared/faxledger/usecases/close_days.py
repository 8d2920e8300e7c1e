"""Close each day once it is over, and write down what changes of it later."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from faxledger.domain.closed_days import (
    ChangeCause,
    ClosedDay,
    DayRecord,
    DayVersion,
    changes_between,
    was_read,
)
from faxledger.domain.days import bounds_of
from faxledger.domain.reconciliation import Reconciliation
from faxledger.domain.spans import Span
from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.errors import ChainBroken, LedgerUnavailable
from faxledger.usecases.day_chain import DayChain
from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.closing import ClosedDays, DayBus, DayReading, DayReadings, DayRecords
from faxledger.usecases.ports.world import Clock, Count, Log
from faxledger.usecases.reconcile import Reconcile

LEASE: Final = "close-day"
# Writing a record down, and announcing it, fit into this.
_RESERVE: Final = timedelta(seconds=60)
# For so long it is looked whether a day that was closed as not complete is complete by now.
_LOOKED_AT_FOR: Final = timedelta(days=31)
# A record that is older, and of which the bus was never told, came out of the bucket: it is no news.
_NEWS_FOR: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CloseDays:
    """`report_of` makes the document of a reconciliation. `first` is the moment with whose day to begin.

    Faxes are kept for `retention`: what an older day was can't be found out any more. A day that takes longer
    to read than a run has time is read on by the next run.
    """

    closed: ClosedDays
    records: DayRecords
    readings: DayReadings
    reconcile: Reconcile
    report_of: Callable[[Reconciliation], Mapping[str, Any]]
    bus: DayBus
    claims: Claims
    _: KW_ONLY
    time_zone: ZoneInfo
    first: Callable[[], datetime]
    retention: timedelta
    clock: Clock
    count: Count
    log: Log

    def __call__(self, time_left: timedelta) -> None:
        """Raises `ChainBroken`, `LedgerUnavailable`, `DocumentsUnavailable`."""
        end = self.clock.now() + time_left
        with self._lease(end) as is_granted:
            if not is_granted:
                self.log.warning("another run closes days", extra={"step": LEASE})
                return
            chain = DayChain(self.closed, self.records)
            chain.open()
            self._announce_again(chain)
            self._close_what_is_over(chain, end - _RESERVE)
            self._look_again(chain, end - _RESERVE)
        if chain.gone:
            others = len(chain.gone) - 1
            raise ChainBroken(f"{min(chain.gone)} is gone, and {others} more records of closed days")

    @contextmanager
    def _lease(self, end: datetime) -> Iterator[bool]:
        """It outlives its run, for the clock of the machine on which the next one asks."""
        lease = self.claims.claim(LEASE, now=self.clock.now(), until=end + CLOCKS_DIFFER_BY)
        try:
            yield lease.is_granted
        finally:
            if lease.is_granted:
                with suppress(LedgerUnavailable):
                    self.claims.give_back(lease)

    def _close_what_is_over(self, chain: DayChain, stop_at: datetime) -> None:
        """Oldest first, so that the days of the first versions follow each other."""
        to_close = list(self._to_close(chain))
        for number, day in enumerate(to_close):
            version = DayVersion(day)
            self.closed.begin(day)
            reading = self._read(version, self.time_zone, stop_at)
            if not reading.partial.is_finished:
                self.log.error("stopped closing in time", extra={"left": len(to_close) - number})
                self.count("DaysNotClosed", len(to_close) - number)
                return
            report = self.report_of(reading.partial.finished())
            self._write(
                chain,
                DayRecord(version, str(self.time_zone), self.clock.now(), chain.head.last, report),
            )

    def _to_close(self, chain: DayChain) -> Iterator[date]:
        today = self.clock.now().astimezone(self.time_zone).date()
        if chain.days:
            day = max(chain.days) + _DAY
        else:
            first = max(self.first(), self.clock.now() - self.retention + _DAY)
            day = first.astimezone(self.time_zone).date()
        while day < today:
            yield day
            day += _DAY

    def _look_again(self, chain: DayChain, stop_at: datetime) -> None:
        today = self.clock.now().astimezone(self.time_zone).date()
        asked = [closed for closed in chain.there if self._is_asked(closed, today)]
        for number, closed in enumerate(asked):
            if self.clock.now() >= stop_at:
                self.log.warning("stopped closing in time", extra={"left": len(asked) - number})
                return
            self._look_at(chain, closed, stop_at)

    def _look_at(self, chain: DayChain, closed: ClosedDay, stop_at: datetime) -> None:
        day = closed.version.day
        known = chain.latest(day)
        zone = ZoneInfo(known.time_zone)
        changed_at = closed.changed_at
        # What has expired by now was counted when the day was closed.
        if bounds_of(day, zone)[0] > self.clock.now() - self.retention:
            reading = self._read(known.version.next, zone, stop_at, closed)
            if not reading.partial.is_finished:
                self.log.warning("stopped closing in time", extra={"left": 1})
                return
            changed_at = reading.changed_at
            report = self.report_of(reading.partial.finished())
            if changes := changes_between(known.report, report):
                read = {ChangeCause.READ} if was_read(changes) else set()
                record = DayRecord(
                    known.version.next,
                    known.time_zone,
                    self.clock.now(),
                    chain.head.last,
                    report,
                    changes,
                    closed.causes | read,
                )
                self._write(chain, record)
        self.closed.note_looked_at(day, changed_at, self.clock.now())

    def _is_asked(self, closed: ClosedDay, today: date) -> bool:
        """Whether something may be another by now than when the day was read last.

        What is missing for the proof is read by the hour: for that once a day is enough.
        """
        if closed.changed_at is not None:
            return True
        is_known_today = closed.known_at.astimezone(self.time_zone).date() >= today
        return not (closed.is_complete or is_known_today) and today - closed.version.day <= _LOOKED_AT_FOR

    def _read(
        self, version: DayVersion, zone: ZoneInfo, stop_at: datetime, closed: ClosedDay | None = None
    ) -> DayReading:
        """As far as the time suffices; the rest is left to the next run."""
        span = Span(*bounds_of(version.day, zone))
        reading = self.readings.find(version)
        if reading is None or reading.partial.span != span or _is_past(reading, closed):
            reading = DayReading(self.reconcile.begin(span), None if closed is None else closed.changed_at)
        partial = self.reconcile.go_on(reading.partial, stop_at)
        # One of many reads may have failed, which left its lane where it stood.
        while not partial.is_finished and self.clock.now() < stop_at:
            partial = self.reconcile.go_on(partial, stop_at)
        reading = replace(reading, partial=partial)
        if not partial.is_finished:
            self.readings.keep(version, reading)
        return reading

    def _write(self, chain: DayChain, record: DayRecord) -> None:
        chain.append(record)
        self.count("DaysClosed", is_complete=str(record.is_complete).lower())
        self.log.info("day closed", extra={"record": record.version.key})
        self._announce(record)

    def _announce_again(self, chain: DayChain) -> None:
        since = self.clock.now() - _NEWS_FOR
        for closed in chain.there:
            if closed.announced < closed.version.version and closed.closed_at >= since:
                self._announce(chain.latest(closed.version.day))

    def _announce(self, record: DayRecord) -> None:
        """What the bus does not take is announced by the next run."""
        if self.bus.publish(record):
            self.closed.note_announced(record.version)


def _is_past(reading: DayReading, closed: ClosedDay | None) -> bool:
    """Whether the day was read to its end since that reading was begun."""
    return closed is not None and reading.partial.begun_at <= closed.known_at
