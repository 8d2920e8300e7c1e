"""Announce what was sent and of which nothing was heard for too long."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import Provider, Status
from faxledger.domain.submission import Submission, unnamed
from faxledger.usecases.ports.announcing import Bus
from faxledger.usecases.ports.sending import Unheard
from faxledger.usecases.ports.world import Clock, Count, Log

# More would take longer than a run has; the next run takes the rest.
_MOST_AT_ONCE: Final = 1_000


class AnnounceUnheard:
    """One round. `accounts` are our own at the providers."""

    def __init__(
        self,
        unheard: Unheard,
        bus: Bus,
        *,
        accounts: Mapping[Provider, str],
        clock: Clock,
        count: Count,
        log: Log,
    ) -> None:
        self._unheard = unheard
        self._bus = bus
        self._accounts = accounts
        self._clock = clock
        self._count = count
        self._log = log

    def __call__(self, _deadline: datetime) -> None:
        """Raises `LedgerUnavailable`. The bus may get an event twice, under the same id."""
        found = list(islice(self._unheard.overdue(before=self._clock.now()), _MOST_AT_ONCE))
        events = [self._event_of(submission) for submission in found]
        refused = self._bus.publish(events) if events else frozenset()
        for submission, event in zip(found, events, strict=True):
            if event.id in refused:
                continue
            # Behind the announcement: a crash in between repeats it, and loses none.
            self._unheard.announced(submission)
            self._count("Overdue", provider=submission.provider)
            self._log.warning("nothing was heard", extra={"submission": submission.id})

    def _event_of(self, submission: Submission) -> FaxEvent:
        return FaxEvent(
            type=EventType.FAX_OVERDUE,
            fax=unnamed(submission, self._accounts),
            status=Status.SUBMITTED,
            at=submission.overdue_at or self._clock.now(),
            submitted_at=submission.state_at or submission.accepted_at,
        )
