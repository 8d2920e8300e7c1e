"""Batches of the notify queue: events of the bus, and our own messages that a delivery is due."""

from collections.abc import Callable, Mapping
from typing import Any

from faxledger.domain.deliveries import DeliveryKey
from faxledger.domain.events import FaxEvent, event_of
from faxledger.domain.fax import FaxId
from faxledger.triggers.batches import BatchFailures, QueueBatch, Subject
from faxledger.usecases.ports.notifying import DueDelivery
from faxledger.usecases.ports.world import Count, Log


class NotifyBatches:
    """An event is planned, a due delivery is attempted; one that fails comes again and holds no other."""

    def __init__(
        self, plan: Callable[[FaxEvent], None], attempt: Callable[[DueDelivery], None], count: Count, log: Log
    ) -> None:
        self._plan = plan
        self._attempt = attempt
        self._count = count
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        batch = QueueBatch(event, self._count, self._log, out_of_reach="NotifyFailed")
        for message in batch.messages:
            with batch.apart(message) as subject:
                self._work_off(message.document(), subject)
        return batch.answer()

    def _work_off(self, document: Mapping[str, Any], subject: Subject) -> None:
        if "delivery" in document:
            due = _due_delivery_of(document["delivery"])
            subject.fax = due.key.fax
            self._attempt(due)
        else:
            event = event_of(document["detail-type"], document["detail"])
            subject.fax = event.fax
            self._plan(event)


def _due_delivery_of(document: Mapping[str, Any]) -> DueDelivery:
    key = DeliveryKey(FaxId.parse(document["fax_id"]), str(document["event_id"]), str(document["target_id"]))
    after_round = document.get("given_up_in_round")
    return DueDelivery(key, after_round if after_round is None else int(after_round))
