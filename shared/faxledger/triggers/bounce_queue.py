"""What SES says became of the emails that faxes were sent as, from EventBridge by way of a queue."""

from collections.abc import Mapping
from typing import Any

from faxledger.domain.fax import FailureClass
from faxledger.domain.report import Failure
from faxledger.domain.submission_ids import is_submission_id
from faxledger.triggers.batches import BatchFailures, QueueBatch
from faxledger.usecases.bounce import FailBounced
from faxledger.usecases.ports.world import Count, Log

# As SES's events call themselves (SES's developer guide): each ends the message's way.
_ENDS = frozenset({"Bounce", "Reject", "Rendering Failure"})


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
                subject.submission_id, failure = _read(message.document())
                self._fail(subject.submission_id, failure)
        return batch.answer()


def _read(document: Mapping[str, Any]) -> tuple[str, Failure]:
    """The submission that the email was tagged with, and why it failed in SES's words.

    The template's rule leaves no more of SES's event: the rest says whom it was sent to.
    """
    submission_id, kind = str(document["submission"]), str(document["event"])
    if not is_submission_id(submission_id):
        raise ValueError("the tag is no submission's id")
    if kind not in _ENDS:
        raise ValueError("the event is none that ends a message's way")
    # A suppressed address bounces, as of a subtype of its own.
    text = ", ".join(str(word) for word in document["words"] if word)
    return submission_id, Failure(FailureClass.REJECTED, kind, text or None)
