"""How much is done for a fax or a delivery, and how long it takes, whatever stands beside it."""

import json
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from tests.simulation.aws import Sent
from tests.simulation.faults import Event, Fault
from tests.simulation.invariants.checker import Change, Checker, Item, Posted
from tests.simulation.invariants.evidence import (
    Evidence,
    duty_of,
    final_status_of,
    key_of,
)
from tests.simulation.softlinx import SoftlinxFax

# As docs/notifications.md says: a first attempt and seven more.
_MOST_ATTEMPTS = 8
# Who sends for what nobody has in hand any more.
_LOOKING_AFTER = frozenset({"Sweep", "NotifyDue"})
_MOST_MARKS = 12
_MOST_ANNOUNCEMENTS = 12
# Beside one for each time that a provider says something: it may say so for months, and be only hinting.
_MOST_WRITES = 60
# Of each message that an announcement has led to: a queue delivers some twice, each as often as it may.
_MOST_FAILED_TRIES = _MOST_ANNOUNCEMENTS * 2 * 10
# What holds up whoever comes next to it, if anybody lets it; and that nobody was told otherwise.
_POISON = frozenset({Event.ROW_POISONED, Event.ITEM_POISONED, Event.MESSAGE_POISONED, Event.CALLBACK_LOST})
_MINUTE = 60.0
_ROW_IS_SAFE_WITHIN = 5 * _MINUTE
# A look at what is due, and one more where hosts' clocks have made the first too early.
_TOLD_WITHIN = 40 * _MINUTE
# A poll, and as long as one may take.
_MARKED_WITHIN = 75 * _MINUTE


class WorkIsBounded(Checker):
    """Attempts for each delivery, marks, announcements and writes for each fax."""

    name = "the work on a fax is bounded"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self.done: Counter[tuple[str, str]] = Counter()

    def posted(self, posted: Posted) -> None:
        self._count("attempts", posted.event_id, _MOST_ATTEMPTS)

    def before_mark(self, fax: SoftlinxFax) -> None:
        self._count("marks", key_of(fax, len(fax.ends)), _MOST_MARKS)

    def published(self, event: Item) -> None:
        self._count("announcements", event["detail"]["event_id"], _MOST_ANNOUNCEMENTS)

    def changed(self, change: Change) -> None:
        if change.key.startswith(("FAX#", "DELIVERY#", "SUBMISSION#")):
            is_failed_try = _failed_tries(change.new) > _failed_tries(change.old)
            if is_failed_try:
                self._count("failed tries", change.key, _MOST_FAILED_TRIES)
            else:
                self._count("writes", change.key, _MOST_WRITES, self._said_of)

    def _said_of(self, key: str) -> int:
        """How often providers have said something of the fax, whichever attempt it was."""
        fax = key.partition("~")[0]
        return sum(said.key == fax for said in (*self.town.softlinx.taken, *self.town.greenfax.taken))

    def _count(self, what: str, of: str, most: int, beside: Callable[[str], int] = lambda _: 0) -> None:
        """`beside` is asked for more only where the `most` alone is not enough."""
        done = self.done[what, of] = self.done[what, of] + 1
        if done > most and done > most + beside(of):
            raise self.violated(f"{of}: more than {most} {what}", of)


def _failed_tries(item: Item | None) -> int:
    return sum(int(value["N"]) for name, value in (item or {}).items() if name.endswith("_failed_tries"))


class QuietAtRest(Checker):
    """Nobody sends again for what is done or was given up, and nobody announces it once more."""

    name = "nothing goes round at rest"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._announced: set[str] = set()

    def published(self, event: Item) -> None:
        event_id = event["detail"]["event_id"]
        if self.evidence.is_quiet and event_id in self._announced:
            raise self.violated(f"announced again: {event['detail']}")
        self._announced.add(event_id)

    def sent(self, sent: Sent) -> None:
        if self.evidence.is_quiet and sent.by in _LOOKING_AFTER and not self._is_owed(json.loads(sent.body)):
            raise self.violated(f"{sent.by} sends to {sent.queue}: {sent.body}")

    def _is_owed(self, message: Any) -> bool:
        """Whether it has become due meanwhile, as what comes late does."""
        if "delivery" in message:
            name = message["delivery"]
            key, sort = f"DELIVERY#{name['fax_id']}", f"{name['event_id']}#{name['target_id']}"
        else:
            key, sort = "FAX#" + message["detail"]["fax_id"].replace(".", "#"), "STATUS"
        item = self.town.bundle.aws.table.get({"pk": {"S": key}, "sk": {"S": sort}}) or {}
        return "pending" in (duty_of(item, duty) for duty in ("mark", "store", "deliver"))


class PoisonHoldsUpNobody(Checker):
    """Where nothing else goes wrong: whoever stands beside what can't be read is done in good time."""

    name = "poison holds up nobody"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        profile = self.town.faults.profile
        self._is_alone = not profile.calls and _POISON.issuperset(profile.events)
        self._deadlines: list[tuple[float, str, str]] = []
        self._ends: dict[str, Callable[[str], bool]] = {
            "is not settled": lambda key: final_status_of(self.evidence.fax(key)) is not None,
            "is not announced": lambda key: key in self._announced,
            "is not marked": lambda key: duty_of(self.evidence.fax(key) or {}, "mark") != "pending",
            "is not delivered": lambda key: key in self._delivered,
        }
        self._announced: set[str] = set()
        self._delivered: set[str] = set()
        self._expired: set[str] = set()
        self._read = [0, 0]

    def changed(self, change: Change) -> None:
        if not self._is_alone:
            return
        self._take_in_rows()
        if change.is_expiry:
            self._expired.add(change.key)
        if change.new is not None and change.key.startswith("FAX#"):
            self._fax_changed(change.key, change.old, change.new)
        elif change.old is None and change.key.startswith("DELIVERY#"):
            self._within(_TOLD_WITHIN, f"{change.key}", "is not delivered")
        elif change.new is not None and duty_of(change.new, "deliver") == "done":
            self._delivered.add(change.key)
        while self._deadlines and self._deadlines[0][0] < self.town.scheduler.now:
            _, key, end = heappop(self._deadlines)
            if not self._ends[end](key):
                raise self.violated(f"{key} {end}", key)

    def published(self, event: Item) -> None:
        self._announced.add("FAX#" + event["detail"]["fax_id"].replace(".", "#"))

    def _fax_changed(self, key: str, old: Item | None, new: Item) -> None:
        if final_status_of(old) is None and final_status_of(new) is not None:
            self._within(_TOLD_WITHIN, key, "is not announced")
            # What is said again behind its expiry is announced to nobody: the sweep sees to it, in its time.
            if duty_of(new, "mark") == "pending" and key not in self._expired:
                self._within(_MARKED_WITHIN, key, "is not marked")

    def _take_in_rows(self) -> None:
        softlinx, greenfax = self.town.softlinx.shown, self.town.greenfax.shown
        for fax, attempt in softlinx[self._read[0] :]:
            self._within(_ROW_IS_SAFE_WITHIN, key_of(fax, attempt), "is not settled")
        for job, _ in greenfax[self._read[1] :]:
            key = f"FAX#greenfax#{job.direction}#12345#{job.job_id}"
            self._within(_ROW_IS_SAFE_WITHIN, key, "is not settled")
        self._read = [len(softlinx), len(greenfax)]

    def _within(self, seconds: float, key: str, end: str) -> None:
        heappush(self._deadlines, (self.town.scheduler.now + seconds, key, end))


class RepeatedWriteIsOne(Checker):
    """Where nothing goes wrong but that calls have their effect twice, all goes as if they had it once."""

    name = "a write that is made twice is one"

    def posted(self, posted: Posted) -> None:
        if self._is_alone() and [one[0] for one in self.town.bundle.receiver.came].count(posted.event_id) > 1:
            raise self.violated(f"{posted.event_id} is told twice")

    def logged(self, line: str) -> None:
        # To resend is to ask Softlinx as well: while that is under way, the lease was last written by it.
        is_resending = self.town.bundle.aws.written_by.get(_SOFTLINX_LEASE) == "SendFax"
        is_true = line.startswith(_WAITS_FOR_SOFTLINX) and is_resending
        if line.startswith(_WAITS) and not is_true and self._is_alone():
            raise self.violated(line)

    def at_rest(self) -> None:
        if not self._is_alone():
            return
        settled = self.town.bundle.counts["Settled"]
        if settled != len(self.evidence.settled):
            raise self.violated(f"{len(self.evidence.settled)} were settled, {settled} were counted")
        for key, item in self.evidence.items("SUBMISSION#"):
            if item["state"]["S"] not in ("handed_over", "refused"):
                raise self.violated(f"{key}: {item['state']['S']}", key)

    def _is_alone(self) -> bool:
        return _TWICE.issuperset(self.town.faults.counts)


_TWICE = frozenset({str(Fault.TWICE)})
# What functions say that wait for another run which there is not.
_WAITS_FOR_SOFTLINX = "another run is under way"
_SOFTLINX_LEASE = "CLAIM#softlinx-query"
_WAITS = (_WAITS_FOR_SOFTLINX, "the feed may not be asked yet")
