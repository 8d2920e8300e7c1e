"""Batches of the retrieve queue and of the download queue."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from faxledger.triggers.batches import BatchFailures, QueueBatch
from faxledger.triggers.fax_messages import by_fax
from faxledger.usecases.ports.world import Count, Log
from faxledger.usecases.retrieve import RetrieveContents


class RetrieveBatches:
    """Retrieves the documents of a batch and says which messages have to come again.

    A message received `most_received` times does not come again: the queue hands it to its dead letters.
    """

    def __init__(self, retrieve: RetrieveContents, most_received: int, count: Count, log: Log) -> None:
        self._retrieve = retrieve
        self._most_received = most_received
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any], time_left: timedelta) -> BatchFailures:
        """Lambda's partial batch answer. Raises `LedgerUnavailable`."""
        batch = QueueBatch(event, self._count, self._log)
        messages = by_fax(batch)
        last_tries = {
            fax_id
            for fax_id, about_it in messages.items()
            if any(message.received >= self._most_received for message in about_it)
        }
        for fax_id in self._retrieve(list(messages), last_tries=last_tries, time_left=time_left):
            batch.again(*messages[fax_id])
        return batch.answer()
