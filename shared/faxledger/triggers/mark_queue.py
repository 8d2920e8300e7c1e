"""Batches of the mark queue: each message is an event of the bundle's bus."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.errors import MalformedInput
from faxledger.triggers.table_stream import BatchFailures
from faxledger.usecases.mark import MarkFaxes
from faxledger.usecases.ports import Count, Log


class MarkQueue:
    """Marks the faxes of a batch and says which messages have to come again."""

    def __init__(self, mark: MarkFaxes, count: Count, log: Log) -> None:
        self._mark = mark
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer; what can't be read ends in the dead-letter queue."""
        messages: defaultdict[FaxId, list[str]] = defaultdict(list)
        failed: list[str] = []
        for record in event["Records"]:
            try:
                messages[_fax_of(record["body"])].append(record["messageId"])
            except (KeyError, TypeError, ValueError, MalformedInput) as error:
                self._log.error("message unreadable", extra={"error": type(error).__name__})
                self._count("MessageUnreadable")
                failed.append(record["messageId"])
        for fax_id in self._mark(list(messages)):
            failed += messages[fax_id]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _fax_of(body: str) -> FaxId:
    return FaxId.parse(str(json.loads(body)["detail"]["fax_id"]))
