"""Submissions and the faxes they turn out to be, in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from faxledger.domain.fax import FaxId, Provider
from faxledger.domain.numbers import canonical
from faxledger.domain.report import Failure
from faxledger.domain.submission import Submission, SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.usecases.ports.world import Clock
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.sending import InMemoryOrders


class InMemoryJoins:
    """Implements `Joins` on the submissions and faxes of other fakes."""

    def __init__(self, orders: InMemoryOrders, ledger: InMemoryFaxLedger, clock: Clock) -> None:
        self._orders = orders
        self._ledger = ledger
        self._clock = clock
        self._by: dict[FaxId, JoinedBy] = {}

    def submission(self, submission_id: str) -> Submission | None:
        return self._orders.submission(submission_id)

    def sent_to(
        self, number: str, provider: Provider, *, since: datetime, until: datetime
    ) -> Iterator[Submission]:
        for one in self._waiting():
            is_there = canonical(one.facts.to_number or "") == canonical(number)
            if is_there and one.provider is provider and since <= one.accepted_at <= until:
                yield one

    def join(self, submission: Submission, fax: FaxId, by: JoinedBy) -> bool:
        now = self._orders.submissions.get(submission.id)
        if now is None or not now.may_join(fax, by):
            return False
        self._keep(replace(now, fax=fax, joined_by=by, state=SubmissionState.HANDED_OVER))
        return self._show(now, fax, by)

    def fail(self, submission_id: str, failure: Failure) -> Submission | None:
        now = self._orders.submissions.get(submission_id)
        if now is None or now.state is SubmissionState.REFUSED:
            return None
        if now.fax is not None and now.joined_by is not JoinedBy.GUESS:
            return None
        failed = replace(now, state=SubmissionState.REFUSED, failure=failure, state_at=self._clock.now())
        self._keep(failed)
        return failed

    def part(self, submission: Submission) -> None:
        fax = self._ledger.faxes.get(submission.fax) if submission.fax else None
        if fax is not None and fax.submission == submission.id and self._by.get(fax.id) is JoinedBy.GUESS:
            self._ledger.faxes[fax.id] = replace(fax, submission=None)
            del self._by[fax.id]
        now = self._orders.submissions.get(submission.id)
        if now is not None and now.fax == submission.fax and now.joined_by is JoinedBy.GUESS:
            self._keep(replace(now, fax=None, joined_by=None))

    def _waiting(self) -> Iterator[Submission]:
        for one in list(self._orders.submissions.values()):
            if one.may_be_meant:
                yield one

    def _show(self, submission: Submission, fax_id: FaxId, by: JoinedBy) -> bool:
        fax = self._ledger.faxes.get(fax_id)
        if fax is None:
            return False
        is_free = fax.submission in (None, submission.id)
        if not is_free and (by is JoinedBy.GUESS or self._by.get(fax_id) is not JoinedBy.GUESS):
            return False
        if by is JoinedBy.CODE:
            facts, theirs = fax.facts, submission.facts
            fax = replace(
                fax,
                submitted_at=submission.state_at or submission.accepted_at,
                sent_sha256=submission.sent_sha256 or fax.sent_sha256,
                facts=replace(
                    facts,
                    user=theirs.user or facts.user,
                    reference=theirs.reference or facts.reference,
                ),
            )
        self._ledger.faxes[fax_id] = replace(fax, submission=submission.id)
        self._by[fax_id] = by
        return True

    def _keep(self, submission: Submission) -> None:
        self._orders.submissions[submission.id] = submission
