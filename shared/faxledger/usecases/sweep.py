"""Once an hour: find what was forgotten, and send it round again.

Queues, their retries and the stream's do the work; this is for what none of them holds any more. Each of its
steps may be done twice without harm, and what was given up is left to a person.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.report import LATE_AFTER, Duty, Fax
from faxledger.errors import FaxledgerError
from faxledger.usecases.concurrently import concurrently
from faxledger.usecases.ports.announcing import FailedBatches, FaxQueue
from faxledger.usecases.ports.ledger import FaxLedger, Unfinished, UnfinishedFax
from faxledger.usecases.ports.notifying import Deliveries
from faxledger.usecases.ports.world import Clock, Count, Log

# What was given up waits for a person: it is counted every hour, and only kept from expiring.
_GIVEN_UP_FOR = timedelta(days=7)
# Sending a batch and writing what was sent still fit into this.
_STOP_BEFORE = timedelta(seconds=20)
# As many as a queue takes at once.
_BATCH = 10
# Of which a run keeps in mind when they were due; what is sent for stands at the end the next time.
_MOST_SENT = 100_000
# So long it is waited for what became of a resend: then its order has been looked for, and given up.
_RESEND_HEARD_OF_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SendRound:
    """Sends for the faxes whose mark or document is overdue, and counts how many there are.

    `lanes` batches of them are sent for at once.
    """

    unfinished: Unfinished
    ledger: FaxLedger
    queues: Mapping[tuple[Provider, Duty], FaxQueue]
    _: KW_ONLY
    clock: Clock
    count: Count
    log: Log
    lanes: int = 1

    def __call__(self, deadline: datetime) -> None:
        """Raises `LedgerUnavailable`. What there is no time for comes first the next time."""
        now = self.clock.now()
        debt, given_up = (Counter(dict.fromkeys(Duty, 0)) for _ in range(2))
        due: dict[tuple[Provider, Duty], dict[FaxId, datetime]] = {key: {} for key in self.queues}
        # What there is no room for comes first the next time.
        left = _MOST_SENT
        waiting: list[UnfinishedFax] = []
        # Read to the end before anything is written: postponing moves what is being read.
        for found in self.unfinished.all():
            is_due = found.look_at <= now
            owed_by_a_person = found.fax.given_up
            given_up.update(owed_by_a_person)
            key = self._queue_of(found.fax)
            if key is None:
                if (
                    is_due
                    and len(waiting) < _MOST_SENT
                    and (owed_by_a_person or found.fax.is_under_way_again)
                ):
                    waiting.append(found)
                continue
            if is_due and left:
                due[key][found.fax.id] = found.look_at
                left -= 1
            # What was sent for a moment ago is still debt.
            debt[key[1]] += is_due or _is_late(found.fax, key[1], now)
        for duty in Duty:
            # Also when there is none: a count that is missing tells that nobody looked.
            self.count("Debt", debt[duty], duty=duty)
            self.count("GivenUp", given_up[duty], duty=duty)
        for key, look_at in due.items():
            self._send(key, look_at, now, deadline)
        for found in waiting:
            if self.clock.now() < deadline:
                self._wait_for(found, now)

    def _wait_for(self, found: UnfinishedFax, now: datetime) -> None:
        """Keep a fax from expiring that waits for a person, or, not for long, for its resend."""
        fax = found.fax
        if not fax.is_under_way_again or fax.resent_at is None:
            self.unfinished.postpone(fax.id, look_at=found.look_at, until=now + _GIVEN_UP_FOR)
        elif (heard_of_by := fax.resent_at + _RESEND_HEARD_OF_WITHIN) > now:
            self.unfinished.postpone(fax.id, look_at=found.look_at, until=heard_of_by)
        else:
            self.unfinished.stop_waiting(fax.id, resent_at=fax.resent_at)
            self.log.warning("nothing was heard of a resend", extra={"fax_id": str(fax.id)})

    def _queue_of(self, fax: Fax) -> tuple[Provider, Duty] | None:
        """Whose turn a fax is; None where nothing is to be done, or only what was given up."""
        duty = fax.next_duty
        key = None if duty is None else (fax.id.provider, duty)
        return key if key in self.queues else None

    def _send(
        self,
        key: tuple[Provider, Duty],
        look_at: Mapping[FaxId, datetime],
        now: datetime,
        deadline: datetime,
    ) -> None:
        """Send for faxes of a queue, which were each found due at `look_at`."""
        fax_ids = list(look_at)
        in_time = self._in_time(fax_ids, deadline)
        send = partial(self._send_batch, key, look_at, now + LATE_AFTER[key[1]])
        sent_for = 0
        try:
            with closing(concurrently(send, in_time, lanes=self.lanes)) as outcomes:
                for _, outcome in outcomes:
                    batch, refused = outcome.result()
                    sent_for += len(batch) - len(refused)
                    for fax_id in refused:
                        self.log.error("the queue did not take a fax", extra={"fax_id": str(fax_id)})
        finally:
            if sent_for:
                self.count("SentForAgain", sent_for, duty=key[1])

    def _in_time(self, fax_ids: Sequence[FaxId], deadline: datetime) -> Iterator[Sequence[FaxId]]:
        for start in range(0, len(fax_ids), _BATCH):
            if self.clock.now() >= deadline:
                self.log.warning("stopped sweeping in time", extra={"left": len(fax_ids) - start})
                return
            yield fax_ids[start : start + _BATCH]

    def _send_batch(
        self,
        key: tuple[Provider, Duty],
        look_at: Mapping[FaxId, datetime],
        until: datetime,
        fax_ids: Sequence[FaxId],
    ) -> tuple[Sequence[FaxId], frozenset[FaxId]]:
        """Those that were sent for, and which of them the queue did not take."""
        # The index may be behind: what was done or given up a moment ago is not sent for.
        known = self.ledger.find_many(fax_ids)
        batch = [fax.id for fax in known.values() if self._queue_of(fax) == key]
        refused = self.queues[key].send(batch)
        for fax_id in batch:
            if fax_id not in refused:
                self.unfinished.postpone(fax_id, look_at=look_at[fax_id], until=until)
        return batch, refused


def _is_late(fax: Fax, duty: Duty, now: datetime) -> bool:
    return fax.settled_at is not None and fax.settled_at <= now - LATE_AFTER[duty]


class Announced(Protocol):
    """Announces a batch of the stream; gives the records that could not be announced."""

    def __call__(self, event: Mapping[str, Any], /) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class AnnounceAgain:
    """Announces what the stream's own tries did not get announced; an announcement's repeat has its id.

    Of a batch that which still could not be announced is left, so that nothing else of it is announced again.
    """

    batches: FailedBatches
    announce: Announced
    _: KW_ONLY
    clock: Clock
    count: Count
    log: Log

    def __call__(self, deadline: datetime) -> None:
        """Raises `DocumentsUnavailable`."""
        left = 0
        for name in self.batches.names():
            if self.clock.now() < deadline and self._is_announced(name):
                self.batches.remove(name)
                self.log.info("announced again", extra={"batch": name})
            else:
                left += 1
        self.count("Debt", left, duty="announce")

    def _is_announced(self, name: str) -> bool:
        event = self.batches.read(name)
        if event is None:
            self.log.error("failed batch unreadable", extra={"batch": name})
            return False
        try:
            failed = self.announce(event)
        except FaxledgerError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever one batch holds, it must not hold up the others)
            self.log.error("failed batch unreadable", extra={"batch": name, "error": type(error).__name__})
            return False
        if 0 < len(failed) < len(event["Records"]):
            self.batches.keep(name, failed)
        return not failed


@dataclass(frozen=True, slots=True)
class CountUndelivered:
    """Counts the deliveries that nobody has looked at for an hour; whoever looks sends for them too."""

    deliveries: Deliveries
    _: KW_ONLY
    clock: Clock
    count: Count

    def __call__(self, _deadline: datetime) -> None:
        """Raises `LedgerUnavailable`."""
        forgotten = self.deliveries.due(before=self.clock.now() - timedelta(hours=1))
        self.count("Debt", sum(1 for _ in forgotten), duty="deliver")


@dataclass(frozen=True, slots=True)
class Sweep:
    """Every step, whether or not the one before it could be done, and each with its share of the time."""

    steps: Sequence[Callable[[datetime], None]]
    _: KW_ONLY
    clock: Clock
    log: Log

    def __call__(self, time_left: timedelta) -> None:
        """Raises what the first step has raised, after the others were tried."""
        end = self.clock.now() + time_left - _STOP_BEFORE
        trouble: Exception | None = None
        for steps_left, step in zip(range(len(self.steps), 0, -1), self.steps, strict=True):
            now = self.clock.now()
            try:
                # A backlog of one step, which may last for days, must not take all of every run.
                step(now + (end - now) / steps_left)
            except Exception as error:  # noqa: BLE001 (the edge of a step: raised again below)
                reason = str(error) if isinstance(error, FaxledgerError) else type(error).__name__
                self.log.error("not swept", extra={"step": type(step).__name__, "reason": reason})
                trouble = trouble or error
        if trouble is not None:
            raise trouble
