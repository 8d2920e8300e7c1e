"""The final status: once, for good, true, listed as such, and there at rest."""

from collections.abc import Iterator
from typing import Any

from tests.simulation.invariants.checker import Change, Checker
from tests.simulation.invariants.evidence import final_status_of, key_of


class SettledOnce(Checker):
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


class ContradictionIsConflict(Checker):
    name = "a contradiction is a conflict"

    def at_rest(self) -> None:
        for key, item in self.evidence.items("FAX#"):
            final = final_status_of(item)
            said = {one["M"]["status"]["S"] for name, one in item.items() if _is_final_sighting(name, one)}
            if final is not None and said - {final} and "conflict" not in item:
                raise self.violated(f"{key}: {final}, {sorted(said)}", key)


def _is_final_sighting(name: str, value: Any) -> bool:
    return name.startswith("sighting_") and "status" in value["M"]
