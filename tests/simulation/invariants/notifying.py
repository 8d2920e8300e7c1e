"""Events and deliveries: each final status is announced, and whoever wants to know is told the truth."""

import json

from faxledger.domain.submission_ids import is_submission_id
from tests.simulation.invariants.checker import Checker, Item, Posted
from tests.simulation.invariants.evidence import Evidence

_OF_CONFLICTS = "Fax Status Conflict"
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


class ConflictAnnounced(Checker):
    name = "every conflict is announced"

    def at_rest(self) -> None:
        events = self.town.bundle.aws.published
        announced = {one["detail"]["fax_id"] for one in events if one["detail-type"] == _OF_CONFLICTS}
        for key, item in self.evidence.items("FAX#"):
            if "conflict" in item and key.removeprefix("FAX#").replace("#", ".") not in announced:
                raise self.violated(key, key)


class OneEventForEachFinal(Checker):
    """However often it is announced, and whoever repeats it."""

    name = "a final status has one event"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._ids: dict[str, str] = {}

    def published(self, event: Item) -> None:
        if event["detail-type"] not in _OF_FINALS:
            return
        fax_id, event_id = event["detail"]["fax_id"], event["detail"]["event_id"]
        # Whoever has its id months later is another fax.
        if fax_id in self.town.months.reused:
            return
        if self._ids.setdefault(fax_id, event_id) != event_id:
            raise self.violated(f"{fax_id}: {self._ids[fax_id]} and {event_id}", _fax_key(fax_id))


class NothingToldBeforeFinal(Checker):
    name = "nothing is told before the status is written"

    def published(self, event: Item) -> None:
        if event["detail-type"] in _OF_FINALS:
            self._check(event["detail"]["fax_id"])

    def posted(self, posted: Posted) -> None:
        document = json.loads(posted.body)
        if document["type"] in _TOLD_OF_FINALS:
            self._check(document["data"]["fax_id"])

    def _check(self, fax_id: str) -> None:
        key = _fax_key(fax_id)
        if is_submission_id(fax_id.rpartition(".")[2]) or key in self.evidence.settled:
            return
        raise self.violated(fax_id, key)


class OneBody(Checker):
    """A fax whose id was given to another one months before shares its deliveries' ids with that one."""

    name = "one body for a delivery"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._bodies: dict[tuple[str, bool], bytes] = {}

    def posted(self, posted: Posted) -> None:
        is_reused = json.loads(posted.body)["data"].get("fax_id") in self.town.months.reused
        if self._bodies.setdefault((posted.event_id, is_reused), posted.body) != posted.body:
            raise self.violated(posted.event_id)


class ToldIsFinal(Checker):
    name = "what is told is what is final"

    def posted(self, posted: Posted) -> None:
        document = json.loads(posted.body)
        if document["type"] not in _TOLD_OF_FINALS:
            return
        fax_id, status = document["data"]["fax_id"], document["data"]["status"]
        key = _fax_key(fax_id)
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


def _fax_key(fax_id: str) -> str:
    return "FAX#" + fax_id.replace(".", "#")
