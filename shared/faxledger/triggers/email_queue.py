"""Batches of the queue of emails that were let in: each is read from the bucket, and settled."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from faxledger.adapters.received_mail import RawEmail
from faxledger.domain.report import Report, Unreadable
from faxledger.errors import LedgerUnavailable, MailUnavailable, MalformedInput
from faxledger.triggers.received_emails import MESSAGE_ID
from faxledger.triggers.table_stream import BatchFailures
from faxledger.usecases.ports.world import Count, Log
from faxledger.usecases.record import Recorder

_ORIGIN = "greenfax-email"


class EmailQueue:
    """Settles what each email says, and keeps what can't be read. What can't be worked off comes again."""

    def __init__(
        self,
        fetch: Callable[[str], RawEmail],
        read: Callable[[RawEmail], Report],
        *,
        recorder: Recorder,
        count: Count,
        log: Log,
    ) -> None:
        self._fetch = fetch
        self._read = read
        self._recorder = recorder
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        failed = [record["messageId"] for record in event["Records"] if not self._is_done(record["body"])]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _is_done(self, body: str) -> bool:
        try:
            self._record(self._fetch(_message_id(body)))
        except (LedgerUnavailable, MailUnavailable) as error:
            self._log.error("message not worked off", extra={"reason": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            self._log.error("message unreadable", extra={"error": type(error).__name__})
            self._count("MessageUnreadable")
        else:
            return True
        return False

    def _record(self, email: RawEmail) -> None:
        try:
            report = self._read(email)
        except MalformedInput as error:
            self._keep(email, str(error))
            return
        if report.is_oversize:
            self._keep(email, "it is longer than a sighting keeps; its status was used")
        self._recorder.record(report)

    def _keep(self, email: RawEmail, problem: str) -> None:
        self._recorder.set_aside(Unreadable(_ORIGIN, problem, email.raw, is_truncated=email.is_truncated))


def _message_id(body: str) -> str:
    message_id = str(json.loads(body)["message_id"])
    if not MESSAGE_ID.fullmatch(message_id):
        raise ValueError("not an id of SES")
    return message_id
