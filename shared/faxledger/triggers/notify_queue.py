"""Batches of the notify queue: events of the bus, and our own messages that a delivery is due."""

import json
from collections.abc import Mapping
from typing import Any

from faxledger.domain.deliveries import DeliveryKey
from faxledger.domain.events import event_of
from faxledger.domain.fax import FaxId
from faxledger.triggers.announce_stream import BatchFailures
from faxledger.triggers.single_messages import SingleMessages
from faxledger.usecases.notify import AttemptDelivery, PlanDeliveries
from faxledger.usecases.ports.notifying import DueDelivery
from faxledger.usecases.ports.world import Count, Log


class NotifyBatches:
    """An event is planned, a due delivery is attempted; one that fails comes again and holds no other."""

    def __init__(self, plan: PlanDeliveries, run: AttemptDelivery, count: Count, log: Log) -> None:
        self._plan = plan
        self._run = run
        self._messages = SingleMessages(self._work_off, count, log, failed="NotifyFailed")

    def answer(self, event: Mapping[str, Any]) -> BatchFailures:
        """Lambda's partial batch answer."""
        return self._messages.answer(event)

    def _work_off(self, body: str) -> None:
        message = json.loads(body)
        if "delivery" in message:
            self._run(_due_delivery_of(message["delivery"]))
        else:
            self._plan(event_of(message["detail-type"], message["detail"]))


def _due_delivery_of(document: Mapping[str, Any]) -> DueDelivery:
    key = DeliveryKey(FaxId.parse(document["fax_id"]), str(document["event_id"]), str(document["target_id"]))
    after_round = document.get("given_up_in_round")
    return DueDelivery(key, after_round if after_round is None else int(after_round))
