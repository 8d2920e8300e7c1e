"""The notify queue, as the bus's rule fills it: for events that the bus has had, and somebody has missed."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.domain.events import FaxEvent, detail_of

# SendMessageBatch takes at most so many entries (SQS' API reference).
_ENTRIES = 10


class SqsEventQueue:
    """Implements `Bus`; triggers/notify_queue.py reads its messages."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def publish(self, events: Sequence[FaxEvent]) -> frozenset[str]:
        refused: set[str] = set()
        for start in range(0, len(events), _ENTRIES):
            batch = events[start : start + _ENTRIES]
            entries = [
                {
                    "Id": event.id,
                    "MessageBody": json.dumps({"detail-type": event.type, "detail": detail_of(event)}),
                }
                for event in batch
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                refused.update(event.id for event in batch)
                continue
            refused.update(failure["Id"] for failure in answer.get("Failed", ()))
        return frozenset(refused)
