"""A queue of faxes about which something is to be done."""

import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.domain.fax import FaxId

# SendMessageBatch takes at most so many entries (SQS' API reference).
_ENTRIES = 10


class SqsFaxQueue:
    """Implements `FaxQueue`; a message is as much of the bus's event as its reader looks at."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        refused: set[FaxId] = set()
        for start in range(0, len(fax_ids), _ENTRIES):
            batch = {str(number): fax for number, fax in enumerate(fax_ids[start : start + _ENTRIES])}
            entries = [
                {"Id": number, "MessageBody": json.dumps({"detail": {"fax_id": str(fax)}})}
                for number, fax in batch.items()
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                # Nothing is lost: the next sweep finds the same faxes.
                refused.update(batch.values())
                continue
            refused.update(batch[failure["Id"]] for failure in answer.get("Failed", ()))
        return frozenset(refused)
