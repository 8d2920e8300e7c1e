"""Batches of the queue of emails that were let in: each is read from the bucket, and settled."""

from collections.abc import Callable, Mapping
from typing import Any

from faxledger.domain.report import Report, Unreadable
from faxledger.errors import MalformedInput
from faxledger.triggers.batches import BatchFailures, QueueBatch
from faxledger.triggers.status_email_receipts import MESSAGE_ID
from faxledger.usecases.ports.status_emails import RawEmail, StatusEmails
from faxledger.usecases.ports.world import Count, Log
from faxledger.usecases.record import Recorder


class StatusEmailBatches:
    """Settles what each email says, and keeps what can't be read. What can't be worked off comes again.

    `origin` names the way in beside what could not be read.
    """

    def __init__(
        self,
        emails: StatusEmails,
        read: Callable[[RawEmail], Report],
        *,
        origin: str,
        recorder: Recorder,
        count: Count,
        log: Log,
    ) -> None:
        self._emails = emails
        self._read = read
        self._origin = origin
        self._recorder = recorder
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        batch = QueueBatch(event, self._count, self._log)
        for message in batch.messages:
            with batch.apart(message) as subject:
                subject.email_id = _message_id_in(message.document())
                self._settle(self._emails.fetch(subject.email_id))
        return batch.answer()

    def _settle(self, email: RawEmail) -> None:
        try:
            report = self._read(email)
        except MalformedInput as error:
            self._keep(email, str(error))
            return
        if report.is_oversize:
            self._keep(email, "it is longer than a sighting keeps; its status was used")
        self._recorder.record(report)

    def _keep(self, email: RawEmail, problem: str) -> None:
        self._recorder.set_aside(
            Unreadable(self._origin, problem, email.raw, is_truncated=email.is_truncated)
        )


def _message_id_in(document: Mapping[str, Any]) -> str:
    message_id = str(document["message_id"])
    if not MESSAGE_ID.fullmatch(message_id):
        raise ValueError("not an id of SES")
    return message_id
