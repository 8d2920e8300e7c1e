"""Batches of the order queue."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from faxledger.triggers.announce_stream import BatchFailures
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
        failed: list[str] = []
        for record in event["Records"]:
            order_id = self._order_id(record)
            is_last_try = int(record["attributes"]["ApproximateReceiveCount"]) >= self._most_received
            if order_id is None or not self._send(order_id, is_last_try=is_last_try, time_left=time_left):
                failed.append(record["messageId"])
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _order_id(self, record: Mapping[str, Any]) -> str | None:
        """None for a message that can't be read, which ends in the dead-letter queue."""
        try:
            order_id = str(json.loads(record["body"])["order_id"])
        except (KeyError, TypeError, ValueError) as error:
            self._log.error("message unreadable", extra={"error": type(error).__name__})
        else:
            if _ORDER_ID.fullmatch(order_id):
                return order_id
            self._log.error("message unreadable", extra={"error": "not an order's id"})
        self._count("MessageUnreadable")
        return None
