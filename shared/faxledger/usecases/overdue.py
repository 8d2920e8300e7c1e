"""Announce what was handed over and of which nothing was heard for too long."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import Provider, Status
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission, SubmissionState, unnamed
from faxledger.domain.submission_ids import order_id_of
from faxledger.errors import ItemUnreadable
from faxledger.usecases.ports.announcing import Bus
from faxledger.usecases.ports.ledger import Overdue
from faxledger.usecases.ports.sending import Orders
from faxledger.usecases.ports.world import Clock, Count, Log

# So many are announced and written down before more are read.
_AT_ONCE: Final = 100
# What was announced stays among what is not finished, and is looked at again now and then.
_LOOK_AGAIN_AFTER: Final = timedelta(days=7)
# What was still to be handed over is sooner: its tries end within hours, and may leave it in doubt.
_LOOK_AGAIN_AT_ACCEPTED_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AnnounceOverdue:
    """Announces, once, each fax and each submission that has been open for too long.

    A fax that was not handed over here is nobody's: where somebody has called about it and its provider never
    told, that is counted. A submission of which whoever was at its order came to say nothing is said to be
    unknown, or given up, as the order is. `accounts` are our own at the providers.
    """

    overdue: Overdue
    orders: Orders
    bus: Bus
    _: KW_ONLY
    accounts: Mapping[Provider, str]
    clock: Clock
    count: Count
    log: Log

    def __call__(self, deadline: datetime) -> None:
        """Raises `LedgerUnavailable`. The bus may get an event twice, under the same id."""
        now = self.clock.now()
        found = self.overdue.overdue(before=now)
        while self.clock.now() < deadline and (some := list(islice(found, _AT_ONCE))):
            self._announce(some, now)

    def _announce(self, found: Sequence[Fax | Submission], now: datetime) -> None:
        events = {str(what.id): event for what in found for event in self._events_of(what, now)}
        refused = self.bus.publish(list(events.values())) if events else frozenset()
        for what in found:
            event = events.get(str(what.id))
            if event is not None and event.id in refused:
                continue
            # Behind the announcement: a crash in between repeats it, and loses none.
            self._put_off(what, now)
            if event is not None:
                self.count("Overdue", provider=event.fax.provider)
                self.log.warning(
                    "fax overdue",
                    extra={
                        "fax_id": str(event.fax),
                        "submission_id": what.id if isinstance(what, Submission) else None,
                    },
                )
            elif isinstance(what, Fax) and what.overdue_found_at is None and _is_hinted_at(what):
                self.count("Unconfirmed", provider=what.id.provider)
                self.log.warning("hint never confirmed", extra={"fax_id": str(what.id)})

    def _put_off(self, what: Fax | Submission, now: datetime) -> None:
        if isinstance(what, Fax):
            self.overdue.found_overdue(what, look_at=now + _LOOK_AGAIN_AFTER)
            return
        is_accepted = what.state is SubmissionState.ACCEPTED
        look_at = now + (_LOOK_AGAIN_AT_ACCEPTED_AFTER if is_accepted else _LOOK_AGAIN_AFTER)
        left_as = self._left_as(what, now)
        self.overdue.found_overdue(what, look_at=look_at, left_as=left_as)
        if left_as is SubmissionState.UNKNOWN:
            self.count("SubmissionUnknown", provider=what.provider)

    def _left_as(self, submission: Submission, now: datetime) -> SubmissionState | None:
        """What somebody who has ended before did not come to say of it; None where nobody has."""
        if not submission.is_still_here:
            return None
        try:
            order = self.orders.find(order_id_of(submission.id))
        except ItemUnreadable as error:
            # It must not hold up the others.
            self.log.error("order unreadable", extra={"submission_id": submission.id, "reason": str(error)})
            return None
        left_as = order.leaves_behind(now) if order is not None else None
        return left_as if left_as is not submission.state else None

    def _events_of(self, what: Fax | Submission, now: datetime) -> Iterator[FaxEvent]:
        """The one event of what was not announced before."""
        if isinstance(what, Submission):
            if what.announced_at is None:
                yield FaxEvent(
                    type=EventType.FAX_OVERDUE,
                    fax=unnamed(what, self.accounts),
                    status=Status.SUBMITTED,
                    at=what.overdue_at or now,
                    submitted_at=what.state_at or what.accepted_at,
                )
        elif what.submitted_at is not None and what.overdue_found_at is None:
            yield FaxEvent(
                EventType.FAX_OVERDUE, what.id, Status.SUBMITTED, now, submitted_at=what.submitted_at
            )


def _is_hinted_at(fax: Fax) -> bool:
    return any(said.status is not None for said in fax.unsettling)
