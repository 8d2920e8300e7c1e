"""A fax that was sent by email and could not be delivered has failed at once."""

from dataclasses import dataclass

from faxledger.domain.report import Failure
from faxledger.domain.submission import SubmissionState
from faxledger.domain.submission_ids import JoinedBy
from faxledger.usecases.ports.sending import Joins
from faxledger.usecases.ports.world import Count, Log


@dataclass(frozen=True, slots=True)
class FailBounced:
    joins: Joins
    count: Count
    log: Log

    def __call__(self, submission_id: str, failure: Failure) -> None:
        """Harmless twice. Raises `LedgerUnavailable`."""
        failed = self.joins.fail(submission_id, failure)
        if failed is None:
            self._look_why_not(submission_id)
            return
        # What never arrived is no fax, whatever was guessed.
        self.joins.part(failed)
        self.count("SubmissionFailed", provider=failed.provider)
        self.log.warning("bounced", extra={"submission_id": submission_id, "code": failure.code})

    def _look_why_not(self, submission_id: str) -> None:
        known = self.joins.submission(submission_id)
        if known is None:
            self.log.warning("a bounce of nothing that is known", extra={"submission_id": submission_id})
        elif known.joined_by is JoinedBy.CODE:
            # Two that should know say otherwise; the provider has told of the fax itself.
            self.log.warning(
                "a bounce of what has arrived",
                extra={"fax_id": str(known.fax), "submission_id": submission_id},
            )
            self.count("FailureDenied", provider=known.provider)
        elif known.state is SubmissionState.REFUSED:
            # Whoever failed it may have ended before undoing the guess.
            self.joins.part(known)
