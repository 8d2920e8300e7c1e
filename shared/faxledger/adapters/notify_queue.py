"""What is put on the notify queue, and beside it on its dead letters; triggers/notify_queue.py reads it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from faxledger.adapters.queues import Queue
from faxledger.domain.deliveries import DeliveryKey
from faxledger.domain.events import FaxEvent, detail_of
from faxledger.domain.fax import FaxId
from faxledger.usecases.ports.notifying import DueDelivery


class SqsEventQueue:
    """Implements `Bus`: events that the bus has had and somebody has missed, as the bus's rule puts them."""

    def __init__(self, client: Any, url: str) -> None:
        self._queue = Queue(client, url)

    def publish(self, events: Sequence[FaxEvent]) -> frozenset[str]:
        return self._queue.put(
            {event.id: {"detail-type": event.type, "detail": detail_of(event)} for event in events}
        )


class SqsDeliveryQueue:
    """Implements `DeliveryQueue`: deliveries that are to be attempted."""

    def __init__(self, client: Any, url: str) -> None:
        self._queue = Queue(client, url)

    def send(self, due: Sequence[DueDelivery], *, delay: timedelta = timedelta(0)) -> frozenset[DeliveryKey]:
        return self._queue.put({one.key: {"delivery": _document(one)} for one in due}, delay=delay)


def _document(one: DueDelivery) -> dict[str, str | int]:
    key = one.key
    document: dict[str, str | int] = {
        "fax_id" if isinstance(key.subject, FaxId) else "record": str(key.subject),
        "event_id": key.event_id,
        "target_id": key.target_id,
    }
    # Only in the dead-letter queue: whoever meets it elsewhere knows that a person put it back.
    return document if one.after_round is None else {**document, "given_up_in_round": one.after_round}
