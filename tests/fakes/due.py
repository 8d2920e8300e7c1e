"""What somebody has to look at, in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from faxledger.domain.fax import FaxId
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.usecases.ports.ledger import UnfinishedFax
from faxledger.usecases.ports.world import Clock
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.sending import InMemoryOrders


class InMemoryDue:
    """Implements `Unfinished` and `Overdue` on the faxes and submissions of other fakes."""

    def __init__(self, ledger: InMemoryFaxLedger, orders: InMemoryOrders, clock: Clock) -> None:
        self._ledger = ledger
        self._orders = orders
        self._clock = clock

    def all(self) -> Iterator[UnfinishedFax]:
        for look_at, what in self._due():
            if isinstance(what, Fax) and what.is_settled:
                yield UnfinishedFax(what, look_at)

    def postpone(self, fax_id: FaxId, *, look_at: datetime, until: datetime) -> None:
        if self._ledger.due_at.get(fax_id) == look_at:
            self._ledger.due_at[fax_id] = until

    def stop_waiting(self, fax_id: FaxId, *, resent_at: datetime) -> None:
        fax = self._ledger.faxes.get(fax_id)
        if fax is not None and fax.resent_at == resent_at and fax_id in self._ledger.due_at:
            now = self._clock.now()
            self._ledger.due_at[fax_id] = now
            self._ledger.faxes[fax_id] = replace(fax, resend_lost_at=now)

    def overdue(self, *, before: datetime) -> Iterator[Fax | Submission]:
        for look_at, what in self._due():
            if look_at < before and not (isinstance(what, Fax) and what.is_settled):
                yield what

    def found_overdue(
        self, what: Fax | Submission, *, look_at: datetime, left_as: SubmissionState | None = None
    ) -> None:
        now = self._clock.now()
        if isinstance(what, Fax):
            fax = self._ledger.faxes.get(what.id)
            if fax is not None and not fax.is_settled and what.id in self._ledger.due_at:
                self._ledger.due_at[what.id] = look_at
                self._ledger.faxes[what.id] = replace(fax, overdue_found_at=now)
            return
        known = self._orders.submissions.get(what.id)
        if known is not None and known.has_no_fax_yet:
            found = replace(known, announced_at=known.announced_at or now, look_at=look_at)
            if left_as is not None and known.state is what.state:
                found = replace(found, state=left_as, state_at=now)
            self._orders.submissions[what.id] = found

    def _due(self) -> list[tuple[datetime, Fax | Submission]]:
        """In the order in which they are to be looked at."""
        due: list[tuple[datetime, Fax | Submission]] = [
            (look_at, self._ledger.faxes[fax_id]) for fax_id, look_at in self._ledger.due_at.items()
        ]
        for submission in self._orders.submissions.values():
            look_at = submission.look_at or submission.overdue_at
            if submission.has_no_fax_yet and look_at is not None:
                due.append((look_at, submission))
        return sorted(due, key=lambda one: (one[0], str(one[1].id)))
