"""What must always hold, looked at after each step, and once more when everything has come to rest."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from faxledger.domain.fax import Direction
from faxledger.ledger.attributes import from_attributes
from tests.simulation.softlinx import SoftlinxFax

if TYPE_CHECKING:
    from tests.simulation.world import Town

Item = Mapping[str, Any]

_FINAL = {
    "sent": "sent",
    "sendFailed": "failed",
    "recvOk": "received",
    "recvIncomplete": "received_partial",
    "success": "sent",
    "busy": "failed",
}
_OF_FINALS = frozenset({"Fax Sent", "Fax Failed", "Fax Received"})
# As webhooks call them.
_TOLD_OF_FINALS = frozenset({"fax.sent", "fax.failed", "fax.received"})
# Numbers of people, which no log may hold.
_PLANTED = ("12025550", "caller ")
_MINUTES_BETWEEN_FEEDS = 20
_ENDED = frozenset({"handed_over", "refused", "unknown", "given_up"})


class Violation(Exception):
    """`name` is the invariant, `item` what it was about, with everything that became of it."""

    def __init__(self, name: str, about: str, item: Iterable[str] = ()) -> None:
        super().__init__(f"{name}: {about}")
        self.name = name
        self.about = about
        self.item = tuple(item)


class Invariants:
    def __init__(self, town: "Town") -> None:
        self._town = town
        self._seen = self._came = self._asked = self._said = 0
        self._settled: dict[str, str] = {}
        self._bodies: dict[str, bytes] = {}
        self._states: Counter[str] = Counter()
        self._asked_at: dict[str, float] = {}
        self._lives: dict[str, list[str]] = defaultdict(list)
        self.trace: list[str] = []
        softlinx = town.softlinx
        set_mark = softlinx.mark

        def mark(direction: Direction, fax_id: str, *, is_marked: bool = True) -> None:
            if is_marked:
                self._before_mark(softlinx.faxes.get((direction, int(fax_id))))
            set_mark(direction, fax_id, is_marked=is_marked)

        softlinx.mark = mark  # type: ignore[method-assign]

    # --- at each step ------------------------------------------------------------------------------------

    def at_each_step(self) -> None:
        town = self._town
        changes = town.bundle.aws.table.changes
        for change in changes[self._seen :]:
            self._changed(change["dynamodb"])
        self._seen = len(changes)
        for came in town.bundle.receiver.came[self._came :]:
            self._told(*came)
        self._came = len(town.bundle.receiver.came)
        for line in town.bundle.told[self._said :]:
            if any(text in line for text in _PLANTED):
                raise Violation("no person in a log", line)
        self._said = len(town.bundle.told)
        asked = town.greenfax.asked_at
        for at in asked[self._asked :]:
            self._feed_asked(*at)
        self._asked = len(asked)
        if town.bundle.broken:
            function, error = town.bundle.broken[0]
            if isinstance(error, Violation):
                # Found at the moment of a call, within the function that made it.
                raise error
            raise Violation("no function breaks", f"{function}: {error!r}") from error

    def _changed(self, change: Mapping[str, Any]) -> None:
        key = change["Keys"]["pk"]["S"]
        old, new = change.get("OldImage"), change.get("NewImage")
        life = self._lives[key]
        if new is not None:
            life.append(f"{self._town.scheduler.now:.0f} s: {_difference(old, new)}")
            self.trace.append(f"{self._town.scheduler.now:.3f} {key} {sorted(new)}")
        if not key.startswith("FAX#") or new is None:
            return
        self._count_state(new)
        before = old["final_status"]["S"] if old and "final_status" in old else None
        after = new["final_status"]["S"] if "final_status" in new else None
        if before is None and after is not None:
            if key in self._settled:
                raise Violation("settled once", key, life)
            self._settled[key] = str(after)
            self._check_truth(key, str(after), life)
        elif before != after:
            raise Violation("a final status stays", f"{key}: {before} to {after}", life)
        owed = [name for name in ("duty_mark", "duty_store") if new.get(name, {}).get("S") == "pending"]
        if after is not None and owed and "due_key" not in new:
            raise Violation("the sweep finds whatever is owed", f"{key}: {owed}", life)
        if after is not None and new.get("status_key", {}).get("S", "").split("#")[1:2] == ["submitted"]:
            raise Violation("what is final is listed so", key, life)

    def _count_state(self, item: Item) -> None:
        duties = "/".join(
            f"{name[5:]} {item[name]['S']}" for name in ("duty_mark", "duty_store") if name in item
        )
        status = str(item["final_status"]["S"]) if "final_status" in item else "open"
        more = [name for name in ("conflict", "resent_at", "amendment", "submission") if name in item]
        self._states[f"{item['provider']['S']} {status} {duties} {' '.join(more)}"] += 1

    def _check_truth(self, key: str, status: str, life: list[str]) -> None:
        if self._town.setting.parameters["CallbackTrust"] != "confirm":
            return
        if status not in self._truths(key):
            raise Violation("what is confirmed is true", f"{key}: {status}", life)

    def _truths(self, key: str) -> set[str]:
        """The final statuses that the provider has held for this fax."""
        _, provider, direction, _, job_id = key.split("#")
        if provider == "greenfax":
            job = self._town.greenfax.jobs.get((Direction(direction), job_id))
            if job is None or not job.word:
                return set()
            return {_FINAL[job.word] if direction == "outbound" else "received"}
        number, _, attempt = job_id.partition("~")
        fax = self._town.softlinx.faxes.get((Direction(direction), int(number)))
        index = int(attempt or 1) - 1
        if fax is None:
            return set()
        return {_FINAL[word] for word in fax.ends[index : index + 1]}

    def _before_mark(self, fax: SoftlinxFax | None) -> None:
        """At the provider's own moment: the status of every attempt that has ended is safe."""
        if fax is None:
            return
        for attempt in range(1, len(fax.ends) + 1):
            key = _key(fax, attempt)
            item = self._item(key)
            if item is None or "final_status" not in item:
                raise Violation("no mark before the status is written", key, self._lives[key])
        newest = self._item(_key(fax, max(1, len(fax.ends)))) or {}
        if newest.get("duty_store", {}).get("S") == "pending":
            raise Violation("no mark before the document is kept", _key(fax, 1), self._lives[_key(fax, 1)])
        if not fax.ends:
            raise Violation("no mark before the status is written", _key(fax, 1))

    def _told(self, event_id: str, body: bytes, _status: int) -> None:
        if self._bodies.setdefault(event_id, body) != body:
            raise Violation("one body for a delivery", event_id)
        document = json.loads(body)
        if document["type"] not in _TOLD_OF_FINALS:
            return
        fax_id, status = document["data"]["fax_id"], document["data"]["status"]
        settled = self._settled.get("FAX#" + fax_id.replace(".", "#"))
        if settled is not None and status != settled:
            raise Violation("what is told is what is final", f"{fax_id}: {status}, {settled}")

    def _feed_asked(self, at: float, what: str) -> None:
        before = self._asked_at.get(what)
        if before is not None and at - before < _MINUTES_BETWEEN_FEEDS * 60:
            raise Violation("feeds are asked every 20 minutes", f"{what}: {before:.1f} s and {at:.1f} s")
        self._asked_at[what] = at

    # --- at rest -----------------------------------------------------------------------------------------

    def at_rest(self) -> None:
        for fax in self._town.softlinx.faxes.values():
            for attempt in range(1, len(fax.ends) + 1):
                self._is_known(_key(fax, attempt), fax.ends[attempt - 1])
            self._is_marked(fax)
        for job in self._town.greenfax.jobs.values():
            self._is_known(f"FAX#greenfax#{job.direction}#12345#{job.job_id}", job.word)
        self._is_finished()
        self._is_said()
        self._is_sent_once()
        self._is_announced()
        self._is_told()

    def _is_known(self, key: str, word: str) -> None:
        item = self._item(key)
        life = self._lives[key]
        if item is None or "final_status" not in item:
            raise Violation("every fax is final at rest", f"{key}: {word}", life)
        final = item["final_status"]["S"]
        said = {one["M"]["status"]["S"] for name, one in item.items() if _is_final_sighting(name, one)}
        if said - {final} and "conflict" not in item:
            raise Violation("a contradiction is a conflict", f"{key}: {final}, {sorted(said)}", life)

    def _is_marked(self, fax: SoftlinxFax) -> None:
        key = _key(fax, max(1, len(fax.ends)))
        item = self._item(key) or {}
        if fax.ends and not fax.is_marked and not _is_left_to_a_person(item):
            raise Violation("every final fax is marked at rest", key, self._lives[key])

    def _is_finished(self) -> None:
        for item in self._town.bundle.aws.table.items():
            key = item["pk"]["S"]
            if not key.startswith("FAX#") or "final_status" not in item:
                continue
            for duty in ("duty_mark", "duty_store"):
                if item.get(duty, {}).get("S") == "pending" and not _is_left_to_a_person(item):
                    raise Violation("every duty is done at rest", f"{key}: {duty}", self._lives[key])

    def _is_said(self) -> None:
        """Whatever was taken to be sent has come to an end, or is said to be unknown."""
        for item in self._town.bundle.aws.table.items():
            key = item["pk"]["S"]
            if key.startswith("SUBMISSION#"):
                state = from_attributes(item).get("state")
                if state == "unknown" and not self._town.faults.counts:
                    raise Violation("nothing is in doubt where nothing went wrong", key, self._lives[key])
                if state not in _ENDED and not self._was_never_asked(item):
                    raise Violation("every order is told of", f"{key}: {state}", self._lives[key])

    def _was_never_asked(self, submission: Item) -> bool:
        """Whether every try ended before anything was asked, which a person is told of."""
        name = {"pk": {"S": f"ORDER#{submission['order_id']['S']}"}, "sk": {"S": "ORDER"}}
        order = self._town.bundle.aws.table.get(name) or {}
        return order.get("state", {}).get("S") == "accepted" and "announced_at" in submission

    def _is_sent_once(self) -> None:
        codes = Counter(code for code in self._town.softlinx.asked_to_send if code)
        twice = [code for code, times in codes.items() if times > 1]
        if twice:
            raise Violation("nothing is sent twice", twice[0])

    def _is_announced(self) -> None:
        events = (one for one in self._town.bundle.aws.published if one["detail-type"] in _OF_FINALS)
        announced = {one["detail"]["fax_id"] for one in events}
        for key in self._settled:
            fax_id = key.removeprefix("FAX#").replace("#", ".")
            if fax_id not in announced:
                raise Violation("every final status is announced", fax_id, self._lives[key])

    def _is_told(self) -> None:
        """Each event is told to whoever wanted to know by then, or that is given up."""
        town = self._town
        taken = {event_id for event_id, _, status in town.bundle.receiver.came if status == 200}
        planned = set()
        for item in town.bundle.aws.table.items():
            key = item["pk"]["S"]
            if not key.startswith("DELIVERY#"):
                continue
            event_id = item["sk"]["S"].partition("#")[0]
            planned.add(event_id)
            state = item["duty_deliver"]["S"]
            if state == "pending":
                raise Violation("every delivery comes to an end", key, self._lives[key])
            if state == "done" and event_id not in taken:
                raise Violation("what is called delivered was taken", key, self._lives[key])
        # What waits there for a person is not lost.
        letters = "".join(message.body for message in town.bundle.aws.queue("NotifyQueue").dead)
        if town.routed_from is not None and not self._is_anybody_gone():
            for event in town.bundle.aws.published[town.routed_from :]:
                event_id = event["detail"]["event_id"]
                if event["detail-type"] in _OF_FINALS and event_id not in planned and event_id not in letters:
                    raise Violation("every event finds its deliveries", str(event["detail"]))

    def _is_anybody_gone(self) -> bool:
        return any(status == 410 for _, _, status in self._town.bundle.receiver.came)

    def covered(self) -> frozenset[str]:
        """The states in which faxes were."""
        return frozenset(self._states)

    def _item(self, key: str) -> Item | None:
        return self._town.bundle.aws.table.get({"pk": {"S": key}, "sk": {"S": "STATUS"}})


def _is_left_to_a_person(item: Item) -> bool:
    """Whether a duty was given up: without its document a received fax is not marked either."""
    return any(item.get(duty, {}).get("S") == "given_up" for duty in ("duty_mark", "duty_store"))


def _is_final_sighting(name: str, value: Any) -> bool:
    return name.startswith("sighting_") and "status" in value["M"]


def _key(fax: SoftlinxFax, attempt: int) -> str:
    job_id = str(fax.number) if attempt == 1 else f"{fax.number}~{attempt}"
    return f"FAX#softlinx#{fax.direction}#acme#{job_id}"


def _difference(old: Item | None, new: Item) -> str:
    """What a write has changed, without what nobody reads."""
    before = {} if old is None else old
    changed = {name: value for name, value in new.items() if before.get(name) != value}
    gone = [name for name in before if name not in new]
    plain = {name: next(iter(value.values())) for name, value in changed.items() if name not in _DULL}
    return f"{plain}{f' without {gone}' if gone else ''}"


_DULL = frozenset({"pk", "sk", "version", "provider", "expires_at", "write_token"})
