"""The queue of tellings to be made, and its dead letters."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.domain.tellings import TellingKey
from faxledger.usecases.ports.telling import Errand

# SendMessageBatch takes at most so many entries (SQS' API reference).
_ENTRIES = 10


class SqsErrandQueue:
    """Implements `ErrandQueue`; triggers/notify_queue.py reads its messages."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, errands: Sequence[Errand], *, delay: timedelta = timedelta(0)) -> frozenset[TellingKey]:
        refused: set[TellingKey] = set()
        for start in range(0, len(errands), _ENTRIES):
            batch = {str(number): errand for number, errand in enumerate(errands[start : start + _ENTRIES])}
            entries = [
                {
                    "Id": number,
                    "MessageBody": json.dumps({"errand": _document(errand)}),
                    "DelaySeconds": int(delay.total_seconds()),
                }
                for number, errand in batch.items()
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                refused.update(errand.telling for errand in batch.values())
                continue
            refused.update(batch[failure["Id"]].telling for failure in answer.get("Failed", ()))
        return frozenset(refused)


def _document(errand: Errand) -> dict[str, str | int]:
    key = errand.telling
    document: dict[str, str | int] = {
        "fax_id": str(key.fax),
        "event_id": key.event_id,
        "target_id": key.target_id,
    }
    # Only in the dead-letter queue: whoever meets it elsewhere knows that a person put it back.
    return document if errand.after_round is None else {**document, "given_up_in_round": errand.after_round}
