"""Batches of the mark queue."""

from collections.abc import Mapping
from typing import Any

from faxledger.triggers.batches import BatchFailures, QueueBatch
from faxledger.triggers.fax_messages import by_fax
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
        batch = QueueBatch(event, self._count, self._log)
        messages = by_fax(batch)
        for fax_id in self._mark(list(messages)):
            batch.again(*messages[fax_id])
        return batch.answer()
