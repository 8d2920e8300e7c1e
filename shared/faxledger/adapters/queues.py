"""SQS queues: messages go out as many a call as SQS takes, and whoever sends hears what it did not take."""

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from faxledger.domain.fax import FaxId

# Of one SendMessageBatch, all its messages together (SQS' API reference; since 2025 a queue may take 1 MiB).
_MOST_MESSAGES: Final = 10
_MOST_BYTES: Final = 256 * 1024

Key = TypeVar("Key", bound=Hashable)


class Queue:
    """One queue; a message is a JSON document."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, messages: Mapping[Key, object], *, delay: timedelta = timedelta(0)) -> frozenset[Key]:
        """Send the messages, to be read after `delay`, which is 15 minutes at most.

        Returns the keys of those that were not taken: a call succeeds as a whole although some were refused.
        """
        refused: set[Key] = set()
        bodies = [(key, json.dumps(document)) for key, document in messages.items()]
        for batch in _batches(bodies):
            entries = [
                # Numbered: a key may hold what SQS does not take in an entry's id, or be too long for one.
                {"Id": str(number), "MessageBody": body, "DelaySeconds": int(delay.total_seconds())}
                for number, (_, body) in enumerate(batch)
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            except (BotoCoreError, ClientError):
                refused.update(key for key, _ in batch)
                continue
            refused.update(batch[int(failure["Id"])][0] for failure in answer.get("Failed", ()))
        return frozenset(refused)


def _batches(bodies: Sequence[tuple[Key, str]]) -> Iterator[list[tuple[Key, str]]]:
    """What one call may hold; a message that is too large alone goes alone, and is refused alone."""
    batch: list[tuple[Key, str]] = []
    size = 0
    for key, body in bodies:
        # JSON is written in ASCII here: a character is a byte.
        if batch and (len(batch) == _MOST_MESSAGES or size + len(body) > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((key, body))
        size += len(body)
    if batch:
        yield batch


class SqsFaxQueue:
    """Implements `FaxQueue`; a message is as much of the bus's event as its reader looks at."""

    def __init__(self, client: Any, url: str) -> None:
        self._queue = Queue(client, url)

    def send(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        return self._queue.put({fax_id: {"detail": {"fax_id": str(fax_id)}} for fax_id in fax_ids})


class SqsOrderQueue:
    """Implements `OrderQueue`; a message is the order's id and nothing else."""

    def __init__(self, client: Any, url: str) -> None:
        self._queue = Queue(client, url)

    def send(self, order_id: str) -> bool:
        return not self._queue.put({order_id: {"order_id": order_id}})
