"""Batches of the order queue."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from faxledger.triggers.batches import BatchFailures, QueueBatch
from faxledger.usecases.ports.world import Count, Log
from faxledger.usecases.send import SendFax

_ORDER_ID = re.compile(r"[0-9a-f]{32}")


class OrderBatches:
    """Hands over the orders of a batch and says which messages have to come again.

    A message received `most_received` times does not come again: the queue hands it to its dead letters.
    """

    def __init__(self, send: SendFax, most_received: int, count: Count, log: Log) -> None:
        self._send = send
        self._most_received = most_received
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any], time_left: timedelta) -> BatchFailures:
        """Lambda's partial batch answer. Raises `LedgerUnavailable`."""
        batch = QueueBatch(event, self._count, self._log)
        order_ids: dict[str, str] = {}
        for message in batch.messages:
            with batch.apart(message):
                order_ids[message.id] = _order_id_in(message.document())
        for message in batch.messages:
            if (order_id := order_ids.get(message.id)) is None:
                continue
            is_last_try = message.received >= self._most_received
            if not self._send(order_id, is_last_try=is_last_try, time_left=time_left):
                batch.again(message)
        return batch.answer()


def _order_id_in(document: Mapping[str, Any]) -> str:
    order_id = str(document["order_id"])
    if not _ORDER_ID.fullmatch(order_id):
        raise ValueError("not an order's id")
    return order_id
