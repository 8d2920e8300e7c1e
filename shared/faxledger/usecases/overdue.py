"""Announce what was handed over and is overdue before its provider has named it."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import Provider, Status
from faxledger.domain.submission import Submission, unnamed
from faxledger.usecases.ports.announcing import Bus
from faxledger.usecases.ports.sending import OverdueSubmissions
from faxledger.usecases.ports.world import Clock, Count, Log

# More would take longer than a run has; the next run takes the rest.
_MOST_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class AnnounceOverdueSubmissions:
    """One round. `accounts` are our own at the providers."""

    submissions: OverdueSubmissions
    bus: Bus
    _: KW_ONLY
    accounts: Mapping[Provider, str]
    clock: Clock
    count: Count
    log: Log

    def __call__(self, _deadline: datetime) -> None:
        """Raises `LedgerUnavailable`. The bus may get an event twice, under the same id."""
        found = list(islice(self.submissions.overdue(before=self.clock.now()), _MOST_AT_ONCE))
        events = [self._event_of(submission) for submission in found]
        refused = self.bus.publish(events) if events else frozenset()
        for submission, event in zip(found, events, strict=True):
            if event.id in refused:
                continue
            # Behind the announcement: a crash in between repeats it, and loses none.
            self.submissions.announced(submission)
            self.count("Overdue", provider=submission.provider)
            self.log.warning(
                "nothing was heard", extra={"fax_id": str(event.fax), "submission_id": submission.id}
            )

    def _event_of(self, submission: Submission) -> FaxEvent:
        return FaxEvent(
            type=EventType.FAX_OVERDUE,
            fax=unnamed(submission, self.accounts),
            status=Status.SUBMITTED,
            at=submission.overdue_at or self.clock.now(),
            submitted_at=submission.state_at or submission.accepted_at,
        )
