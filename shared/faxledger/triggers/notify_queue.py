"""Batches of the notify queue: events of the bus, and our own messages that a delivery is due."""

from collections.abc import Callable, Mapping
from typing import Any

from faxledger.domain.day_events import DayClosed, day_closed_of
from faxledger.domain.deliveries import DeliveryKey, subject_of
from faxledger.domain.events import EventType, FaxEvent, event_of
from faxledger.triggers.batches import BatchFailures, QueueBatch, Subject
from faxledger.usecases.ports.notifying import DueDelivery
from faxledger.usecases.ports.world import Count, Log


class NotifyBatches:
    """An event is planned, a due delivery is attempted; one that fails comes again and holds no other."""

    def __init__(
        self,
        plan: Callable[[FaxEvent], None],
        plan_day: Callable[[DayClosed], None],
        attempt: Callable[[DueDelivery], None],
        count: Count,
        log: Log,
    ) -> None:
        self._plan = plan
        self._plan_day = plan_day
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
            subject.is_about(due.key.subject)
            self._attempt(due)
        elif document["detail-type"] == EventType.DAY_CLOSED:
            day_closed = day_closed_of(document["detail"])
            subject.is_about(day_closed.day)
            self._plan_day(day_closed)
        else:
            event = event_of(document["detail-type"], document["detail"])
            subject.is_about(event.fax)
            self._plan(event)


def _due_delivery_of(document: Mapping[str, Any]) -> DueDelivery:
    subject = subject_of(document["record"] if "record" in document else document["fax_id"])
    key = DeliveryKey(subject, str(document["event_id"]), str(document["target_id"]))
    after_round = document.get("given_up_in_round")
    return DueDelivery(key, after_round if after_round is None else int(after_round))
