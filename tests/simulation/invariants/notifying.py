"""Events and deliveries: each final status is announced, and whoever wants to know is told the truth."""

import json

from tests.simulation.invariants.checker import Checker, Posted
from tests.simulation.invariants.evidence import Evidence

_OF_FINALS = frozenset({"Fax Sent", "Fax Failed", "Fax Received"})
# As webhooks call them.
_TOLD_OF_FINALS = frozenset({"fax.sent", "fax.failed", "fax.received"})


class EveryFinalAnnounced(Checker):
    name = "every final status is announced"

    def at_rest(self) -> None:
        events = (one for one in self.town.bundle.aws.published if one["detail-type"] in _OF_FINALS)
        announced = {one["detail"]["fax_id"] for one in events}
        for key in self.evidence.settled:
            fax_id = key.removeprefix("FAX#").replace("#", ".")
            if fax_id not in announced:
                raise self.violated(fax_id, key)


class OneBody(Checker):
    name = "one body for a delivery"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._bodies: dict[str, bytes] = {}

    def posted(self, posted: Posted) -> None:
        if self._bodies.setdefault(posted.event_id, posted.body) != posted.body:
            raise self.violated(posted.event_id)


class ToldIsFinal(Checker):
    name = "what is told is what is final"

    def posted(self, posted: Posted) -> None:
        document = json.loads(posted.body)
        if document["type"] not in _TOLD_OF_FINALS:
            return
        fax_id, status = document["data"]["fax_id"], document["data"]["status"]
        key = "FAX#" + fax_id.replace(".", "#")
        settled = self.evidence.settled.get(key)
        if settled is not None and status != settled:
            raise self.violated(f"{fax_id}: {status}, {settled}", key)


class DeliveriesEnd(Checker):
    name = "every delivery comes to an end"

    def at_rest(self) -> None:
        for key, item in self.evidence.items("DELIVERY#"):
            if item["duty_deliver"]["S"] == "pending":
                raise self.violated(key, key)


class DeliveredWasTaken(Checker):
    name = "what is called delivered was taken"

    def at_rest(self) -> None:
        taken = {event_id for event_id, _, status in self.town.bundle.receiver.came if status == 200}
        for key, item in self.evidence.items("DELIVERY#"):
            event_id = item["sk"]["S"].partition("#")[0]
            if item["duty_deliver"]["S"] == "done" and event_id not in taken:
                raise self.violated(key, key)


class EventsFindDeliveries(Checker):
    """Each event is planned for whoever wanted to know by then, unless it lies among the dead letters."""

    name = "every event finds its deliveries"

    def at_rest(self) -> None:
        town = self.town
        if town.routed_from is None or any(status == 410 for *_, status in town.bundle.receiver.came):
            return
        planned = {item["sk"]["S"].partition("#")[0] for _, item in self.evidence.items("DELIVERY#")}
        # What waits there for a person is not lost.
        letters = "".join(message.body for message in town.bundle.aws.queue("NotifyQueue").dead)
        for event in town.bundle.aws.published[town.routed_from :]:
            event_id = event["detail"]["event_id"]
            if event["detail-type"] in _OF_FINALS and event_id not in planned and event_id not in letters:
                raise self.violated(str(event["detail"]))
