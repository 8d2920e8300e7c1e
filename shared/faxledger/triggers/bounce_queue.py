"""What SES says became of the emails that faxes were sent as, from EventBridge by way of a queue."""

from collections.abc import Mapping
from typing import Any, Final

from faxledger.domain.fax import FailureClass
from faxledger.domain.report import Failure
from faxledger.domain.submission_ids import is_submission_id
from faxledger.triggers.batches import BatchFailures, QueueBatch
from faxledger.usecases.bounce import FailBounced
from faxledger.usecases.ports.sending import SUBMISSION_TAG
from faxledger.usecases.ports.world import Count, Log

# As SES's events call what they are about (SES's developer guide): each ends the message's way.
_ENDS: Final = {"Bounce": "bounce", "Reject": "reject", "Rendering Failure": "failure"}


class BounceBatches:
    """Fails the submission of each event; a message that can't be read or worked off comes again."""

    def __init__(self, fail: FailBounced, count: Count, log: Log) -> None:
        self._fail = fail
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        batch = QueueBatch(event, self._count, self._log)
        for message in batch.messages:
            with batch.apart(message) as subject:
                subject.submission_id, failure = _read(message.document()["detail"])
                self._fail(subject.submission_id, failure)
        return batch.answer()


def _read(detail: Mapping[str, Any]) -> tuple[str, Failure]:
    """The submission in the email's tags, and why it failed in SES's words."""
    (submission_id,) = detail["mail"]["tags"][SUBMISSION_TAG]
    if not is_submission_id(submission_id):
        raise ValueError("the tag is no submission's id")
    kind = str(detail["eventType"])
    about = detail.get(_ENDS[kind]) or {}
    # A suppressed address bounces, as of this subtype.
    words = [about.get(name) for name in ("bounceType", "bounceSubType", "reason", "errorMessage")]
    text = ", ".join(str(word) for word in words if word)
    return submission_id, Failure(FailureClass.REJECTED, kind, text or None)
