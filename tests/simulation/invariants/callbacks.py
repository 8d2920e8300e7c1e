"""What a callback is answered: 2xx for what is durable, 503 for our own outages, and nothing of the fax."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from tests.simulation.bundle import Answered
from tests.simulation.faults import Fault
from tests.simulation.invariants.checker import Checker, Item
from tests.simulation.invariants.evidence import Evidence

_SOURCES = {"SoftlinxCallback": "callback", "GreenFaxNotify": "notify"}
_ORIGINS = {"SoftlinxCallback": "softlinx-callback", "GreenFaxNotify": "greenfax-notify"}
_OURS = "acme"
# So long a function may go by a secret that it could not read.
_OUTAGE_SECONDS = 60


class TakenLeavesTrace(Checker):
    """At the moment of the answer, in the words that were said."""

    name = "a callback that is taken leaves a trace"

    def answered(self, answered: Answered) -> None:
        if not _is_taken(answered):
            return
        key = _key_of(answered)
        is_there = any(self._said_of(item, answered) for item in self._attempts(key))
        if not is_there and not self._is_set_aside(answered):
            raise self.violated(f"{key}: {dict(answered.fields)}", key)

    def _attempts(self, key: str) -> Iterator[Item]:
        attempt, item = 1, self.evidence.fax(key)
        while item is not None:
            yield item
            attempt += 1
            item = self.evidence.fax(f"{key}~{attempt}")

    def _said_of(self, item: Item, answered: Answered) -> bool:
        said = {name: text for name, text in answered.fields.items() if text}
        for name, value in item.items():
            if name.startswith(("sighting_", "unsettling_", "conflict")):
                statement = value["M"]
                if statement["source"]["S"] == _SOURCES[answered.function] and said == _given(statement):
                    return True
        return False

    def _is_set_aside(self, answered: Answered) -> bool:
        origin = _ORIGINS[answered.function]
        fingerprint = sha256(origin.encode() + b"\0" + answered.body).hexdigest()
        key = {"pk": {"S": f"UNREADABLE#{fingerprint}"}, "sk": {"S": "UNREADABLE"}}
        return self.town.bundle.aws.table.get(key) is not None


class AnswerTellsNothing(Checker):
    """Whether the fax is unknown, under way, final, or said to be otherwise: status, headers and body."""

    name = "the answer tells nothing of the fax"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._answers: dict[tuple[str, int], Mapping[str, Any]] = {}

    def answered(self, answered: Answered) -> None:
        answer = answered.answer
        if answer is None:
            return
        first = self._answers.setdefault((answered.function, answer["statusCode"]), answer)
        if answer != first:
            key = _key_of(answered)
            raise self.violated(f"{key}: {dict(answer)}, and before {dict(first)}", key)


class OutageAlone(Checker):
    """503, with the time to wait, for an outage of our own; 404 without a token; 400 for another realm.

    A write that was made twice is no outage.
    """

    name = "only an outage is answered 503"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._outage_at: dict[str, float] = {}
        self._read = 0

    def answered(self, answered: Answered) -> None:
        if answered.answer is None:
            return
        struck = self.town.bundle.wire.struck
        for at, process, fault in struck[self._read :]:
            if fault is not Fault.TWICE:
                self._outage_at[process.name] = at
        self._read = len(struck)
        since = self.town.scheduler.now - self._outage_at.get(answered.function, -_OUTAGE_SECONDS)
        is_outage = since < _OUTAGE_SECONDS or answered.struck - {Fault.TWICE}
        is_said = answered.answer["statusCode"] == 503 and "retry-after" in answered.answer["headers"]
        if is_outage and is_said:
            return
        if answered.answer["statusCode"] != _due_status(answered):
            raise self.violated(f"{_key_of(answered)}: {dict(answered.answer)}", _key_of(answered))


def _is_taken(answered: Answered) -> bool:
    return answered.answer is not None and 200 <= answered.answer["statusCode"] < 300


def _due_status(answered: Answered) -> int:
    if not answered.has_token:
        return 404
    return 200 if answered.fields.get("Realm", _OURS).casefold() == _OURS else 400


def _key_of(answered: Answered) -> str:
    fields = answered.fields
    if answered.function == "GreenFaxNotify":
        if "greenfax_job_id" in fields:
            return f"FAX#greenfax#inbound#12345#{fields['greenfax_job_id']}"
        return f"FAX#greenfax#outbound#12345#{fields['greenfaxreferenceid']}"
    direction = "inbound" if fields["FaxStatus"].startswith("recv") else "outbound"
    return f"FAX#softlinx#{direction}#{_OURS}#{fields['FaxId']}"


def _given(statement: Mapping[str, Any]) -> dict[str, str]:
    return {name: value["S"] for name, value in statement["given"]["M"].items() if value["S"]}
