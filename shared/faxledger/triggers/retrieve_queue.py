"""Batches of the retrieve queue."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from faxledger.triggers.announce_stream import BatchFailures
from faxledger.triggers.messages import read_messages
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
        messages = read_messages(event, self._count, self._log)
        last_tries = {fax for fax, times in messages.received.items() if times >= self._most_received}
        failed = self._retrieve(list(messages.of_fax), last_tries=last_tries, time_left=time_left)
        return messages.answer(failed)
