"""The queue of deliveries to be made, and its dead letters."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.domain.deliveries import DeliveryKey
from faxledger.usecases.ports.notifying import DueDelivery

# SendMessageBatch takes at most so many entries (SQS' API reference).
_ENTRIES = 10


class SqsDeliveryQueue:
    """Implements `DeliveryQueue`; triggers/notify_queue.py reads its messages."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, due: Sequence[DueDelivery], *, delay: timedelta = timedelta(0)) -> frozenset[DeliveryKey]:
        refused: set[DeliveryKey] = set()
        for start in range(0, len(due), _ENTRIES):
            batch = {str(number): one for number, one in enumerate(due[start : start + _ENTRIES])}
            entries = [
                {
                    "Id": number,
                    "MessageBody": json.dumps({"delivery": _document(one)}),
                    "DelaySeconds": int(delay.total_seconds()),
                }
                for number, one in batch.items()
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                refused.update(one.key for one in batch.values())
                continue
            refused.update(batch[failure["Id"]].key for failure in answer.get("Failed", ()))
        return frozenset(refused)


def _document(one: DueDelivery) -> dict[str, str | int]:
    key = one.key
    document: dict[str, str | int] = {
        "fax_id": str(key.fax),
        "event_id": key.event_id,
        "target_id": key.target_id,
    }
    # Only in the dead-letter queue: whoever meets it elsewhere knows that a person put it back.
    return document if one.after_round is None else {**document, "given_up_in_round": one.after_round}
