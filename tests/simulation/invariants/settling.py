"""The final status: once, for good, true, listed as such, there at rest, and said of this very fax."""

from collections.abc import Iterator
from typing import Any

from tests.simulation.invariants.checker import Change, Checker, Item
from tests.simulation.invariants.evidence import final_status_of, key_of

# Attributes that hold what somebody has said.
_STATEMENTS = ("sighting_", "unsettling_", "conflict")


class SettledOnce(Checker):
    """By what the stream shows: one record in which a fax has a final status and had none."""

    name = "settled once"

    def changed(self, change: Change) -> None:
        if not change.key.startswith("FAX#") or change.key not in self.evidence.settled:
            return
        if final_status_of(change.old) is None and final_status_of(change.new) is not None:
            raise self.violated(change.key, change.key)


class FinalStatusStays(Checker):
    name = "a final status stays"

    def changed(self, change: Change) -> None:
        if not change.key.startswith("FAX#") or change.new is None:
            return
        before, after = final_status_of(change.old), final_status_of(change.new)
        if before is not None and before != after:
            raise self.violated(f"{change.key}: {before} to {after}", change.key)


class ConfirmedIsTrue(Checker):
    name = "what is confirmed is true"

    def changed(self, change: Change) -> None:
        if self.town.setting.parameters["CallbackTrust"] != "confirm" or not change.key.startswith("FAX#"):
            return
        status = final_status_of(change.new)
        if status is None or final_status_of(change.old) is not None:
            return
        if status not in self.evidence.truths_of(change.key):
            raise self.violated(f"{change.key}: {status}", change.key)


class FinalIsListedSo(Checker):
    name = "what is final is listed so"

    def changed(self, change: Change) -> None:
        if not change.key.startswith("FAX#") or change.new is None or "final_status" not in change.new:
            return
        if change.new.get("status_key", {}).get("S", "").split("#")[1:2] == ["submitted"]:
            raise self.violated(change.key, change.key)


class FinalAtRest(Checker):
    name = "every fax is final at rest"

    def at_rest(self) -> None:
        for key, word in self._ended():
            if final_status_of(self.evidence.fax(key)) is None:
                raise self.violated(f"{key}: {word}", key)

    def _ended(self) -> Iterator[tuple[str, str]]:
        for fax in self.town.softlinx.faxes.values():
            for attempt, word in enumerate(fax.ends, 1):
                yield key_of(fax, attempt), word
        for job in self.town.greenfax.jobs.values():
            yield f"FAX#greenfax#{job.direction}#12345#{job.job_id}", job.word


class ConflictHasTwoSides(Checker):
    """A repeat is none, nor is a write of our own that was made twice."""

    name = "a conflict has two sides"

    def changed(self, change: Change) -> None:
        if change.new is None or "conflict" not in change.new or not change.key.startswith("FAX#"):
            return
        if change.new["conflict"]["M"]["status"]["S"] == final_status_of(change.new):
            raise self.violated(change.key, change.key)


class EqualIdsApart(Checker):
    """Softlinx and GreenFax give the same numbers, in both directions, and so does another realm."""

    name = "equal ids never touch"

    def changed(self, change: Change) -> None:
        if change.new is None or not change.key.startswith("FAX#"):
            return
        _, provider, direction, _, job_id = change.key.split("#")
        about = f"{provider} {direction} {job_id.partition('~')[0]}"
        for name, value in change.new.items():
            if not name.startswith(_STATEMENTS) or (change.old is not None and change.old.get(name) == value):
                continue
            said_of = _said_of(value["M"]["given"]["M"])
            if said_of not in (None, about):
                raise self.violated(f"{change.key}: {name} is {said_of}", change.key)

    def at_rest(self) -> None:
        """Each document is that of its fax."""
        for key, item in self.evidence.items("FAX#"):
            if "document_key" not in item:
                continue
            content = self.town.bundle.aws.objects["unresolved:Documents", item["document_key"]["S"]]
            _, provider, direction, _, job_id = key.split("#")
            number = job_id.partition("~")[0]
            own = f"{direction} {number}" if provider == "softlinx" else f"/{number}.pdf"
            if not content.endswith(own.encode()):
                raise self.violated(f"{key}: {content!r}", key)


class ContradictionIsConflict(Checker):
    name = "a contradiction is a conflict"
    holds_for_good = True

    def at_rest(self) -> None:
        for key, item in self.evidence.items("FAX#"):
            final = final_status_of(item)
            said = {one["M"]["status"]["S"] for name, one in item.items() if _is_final_sighting(name, one)}
            if final is not None and said - {final} and "conflict" not in item:
                raise self.violated(f"{key}: {final}, {sorted(said)}", key)


def _is_final_sighting(name: str, value: Any) -> bool:
    return name.startswith("sighting_") and "status" in value["M"]


def _said_of(given: Item) -> str | None:
    """Which fax a provider has meant, whatever was made of its number."""
    for name in ("FaxDescription", "about"):
        if name in given:
            return str(given[name]["S"])
    return None
