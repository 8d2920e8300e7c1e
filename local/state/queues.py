"""The messages of moto's queues, from when they are sent until they are deleted."""

import json
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from moto.sqs.models import Message, Queue, SQSBackend

from local.state.journal import Delete, Journal, Put, Write

_SENT_AS = ("sender_id", "sent_timestamp", "message_attributes")


class KeptQueues:
    """`delays` has for how many seconds a message is held back, `chains` to which chain it belongs, by id.

    A message that was given to somebody and not deleted is given again after a restart, at once.
    """

    def __init__(
        self,
        journal: Journal,
        write: Callable[[list[Write]], None],
        now: Callable[[], datetime],
        *,
        delays: MutableMapping[str, int],
        chains: MutableMapping[str, Any],
    ) -> None:
        self._journal = journal
        self._write = write
        self._now = now
        self._delays = delays
        self._chains = chains

    def restore(self, queue: Queue) -> None:
        for id_, value in self._journal.read(_shelf_of(queue)):
            kept = json.loads(value)
            message = Message(id_, kept["body"])
            for name in _SENT_AS:
                setattr(message, name, kept[name])
            due = datetime.fromisoformat(kept["due"])
            if (left := due - self._now()) > timedelta(0):
                self._delays[id_] = int(left.total_seconds()) + 1
            if kept["chain"]:
                self._chains[id_] = kept["chain"]
            queue._messages.append(message)  # noqa: SLF001 - what adds one keeps it

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """In the block whatever is sent to a queue, or deleted from one, is kept first."""
        add, delete, purge = Queue.add_message, Queue.delete_message, SQSBackend.purge_queue

        def add_message(queue: Queue, message: Message) -> None:
            self._write([Put(_shelf_of(queue), message.id, self._kept(message))])
            add(queue, message)

        def delete_message(queue: Queue, receipt_handle: str) -> None:
            gone = [one.id for one in queue._messages if one.had_receipt_handle(receipt_handle)]  # noqa: SLF001 - all of them, the invisible too
            if gone:
                self._write([Delete(_shelf_of(queue), id_) for id_ in gone])
            delete(queue, receipt_handle)

        def purge_queue(backend: SQSBackend, queue_name: str) -> None:
            queue = backend.get_queue(queue_name)
            self._write([Delete(_shelf_of(queue), one.id) for one in queue._messages])  # noqa: SLF001 - as above
            purge(backend, queue_name)

        with ExitStack() as patches:
            patches.enter_context(patch.object(Queue, "add_message", add_message))
            patches.enter_context(patch.object(Queue, "delete_message", delete_message))
            patches.enter_context(patch.object(SQSBackend, "purge_queue", purge_queue))
            yield

    def _kept(self, message: Message) -> bytes:
        kept = {name: getattr(message, name) for name in _SENT_AS}
        due = self._now() + timedelta(seconds=self._delays.get(message.id, 0))
        chain = dict(self._chains.get(message.id, {}))
        return json.dumps({**kept, "body": message.body, "due": due.isoformat(), "chain": chain}).encode()


def _shelf_of(queue: Queue) -> str:
    return f"messages of {queue.name}"
