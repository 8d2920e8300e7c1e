"""A fax that was sent by email and could not be delivered has failed at once."""

from faxledger.domain.report import Failure
from faxledger.domain.submission import Handover, JoinedBy, SubmissionState
from faxledger.usecases.ports import Count, Joins, Log, Orders


class FailBounced:
    def __init__(self, orders: Orders, joins: Joins, count: Count, log: Log) -> None:
        self._orders = orders
        self._joins = joins
        self._count = count
        self._log = log

    def __call__(self, submission_id: str, failure: Failure) -> None:
        """Nothing for one that is joined by its code: it was delivered. Raises `LedgerUnavailable`."""
        submission = self._joins.submission(submission_id)
        if submission is None or submission.joined_by is JoinedBy.CODE:
            self._log.warning("a bounce of nothing that waits", extra={"submission": submission_id})
            return
        if submission.state is SubmissionState.FAILED:
            return
        # What never arrived is no fax, whatever was guessed.
        self._joins.part(submission)
        self._orders.record(submission_id, Handover(SubmissionState.FAILED, failure=failure))
        self._count("SubmissionFailed", provider=submission.provider)
        self._log.warning("bounced", extra={"submission": submission_id, "code": failure.code})
