"""A fax that was sent by email and could not be delivered has failed at once."""

from faxledger.domain.report import Failure
from faxledger.domain.submission import SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.usecases.ports.sending import Joins
from faxledger.usecases.ports.world import Count, Log


class FailBounced:
    def __init__(self, joins: Joins, count: Count, log: Log) -> None:
        self._joins = joins
        self._count = count
        self._log = log

    def __call__(self, submission_id: str, failure: Failure) -> None:
        """Harmless twice. Raises `LedgerUnavailable`."""
        failed = self._joins.fail(submission_id, failure)
        if failed is None:
            self._look_why_not(submission_id)
            return
        # What never arrived is no fax, whatever was guessed.
        self._joins.part(failed)
        self._count("SubmissionFailed", provider=failed.provider)
        self._log.warning("bounced", extra={"submission": submission_id, "code": failure.code})

    def _look_why_not(self, submission_id: str) -> None:
        known = self._joins.submission(submission_id)
        if known is None:
            self._log.warning("a bounce of nothing that is known", extra={"submission": submission_id})
        elif known.joined_by is JoinedBy.CODE:
            # Two that should know say otherwise; the provider has told of the fax itself.
            self._log.warning("a bounce of what has arrived", extra={"submission": submission_id})
            self._count("FailureDenied", provider=known.provider)
        elif known.state is SubmissionState.FAILED:
            # Whoever failed it may have ended before undoing the guess.
            self._joins.part(known)
