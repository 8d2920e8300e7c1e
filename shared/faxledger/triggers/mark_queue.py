"""Batches of the mark queue."""

from collections.abc import Mapping
from typing import Any

from faxledger.triggers.announce_stream import BatchFailures
from faxledger.triggers.messages import read_messages
from faxledger.usecases.mark import MarkFaxes
from faxledger.usecases.ports.world import Count, Log


class MarkBatches:
    """Marks the faxes of a batch and says which messages have to come again."""

    def __init__(self, mark: MarkFaxes, count: Count, log: Log) -> None:
        self._mark = mark
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer. Raises `LedgerUnavailable`."""
        messages = read_messages(event, self._count, self._log)
        return messages.answer(self._mark(list(messages.of_fax)))
