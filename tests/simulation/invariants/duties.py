"""Marks and documents: never too early, done at rest, and found by the sweep until then."""

from tests.simulation.invariants.checker import Change, Checker
from tests.simulation.invariants.evidence import duty_of, final_status_of, is_left_to_a_person, key_of
from tests.simulation.softlinx import SoftlinxFax


class NoMarkBeforeStatus(Checker):
    """Of every attempt that has ended."""

    name = "no mark before the status is written"

    def before_mark(self, fax: SoftlinxFax) -> None:
        for attempt in range(1, max(1, len(fax.ends)) + 1):
            key = key_of(fax, attempt)
            if not self.evidence.was_final(key):
                raise self.violated(key, key)
        # Whoever has a token may say that a fax is over, where callbacks settle.
        if not fax.ends and key_of(fax, 1) not in self.town.intruder.forged:
            raise self.violated(key_of(fax, 1), key_of(fax, 1))


class NoMarkBeforeDocument(Checker):
    name = "no mark before the document is kept"

    def before_mark(self, fax: SoftlinxFax) -> None:
        key = key_of(fax, max(1, len(fax.ends)))
        if duty_of(self.evidence.fax(key) or {}, "store") == "pending":
            raise self.violated(key, key)


class NoUnwantedMark(Checker):
    """What began before a deployment goes on as it began, and ends within the hour."""

    name = "no mark where none is wanted"

    def before_mark(self, fax: SoftlinxFax) -> None:
        since = self.town.bundle.deployments.unmarked_since
        if since is not None and self.town.scheduler.now > since + 3600:
            raise self.violated(key_of(fax, 1), key_of(fax, 1))


class MarkedAtRest(Checker):
    name = "every final fax is marked at rest"
    holds_for_good = True

    def at_rest(self) -> None:
        if not self.town.bundle.deployments.wants_marks:
            return
        for fax in self.town.softlinx.faxes.values():
            key = key_of(fax, max(1, len(fax.ends)))
            if fax.ends and not fax.is_marked and not is_left_to_a_person(self.evidence.fax(key) or {}):
                raise self.violated(key, key)


class DutiesDone(Checker):
    name = "every duty is done at rest"
    holds_for_good = True

    def at_rest(self) -> None:
        for key, item in self.evidence.items("FAX#"):
            if final_status_of(item) is None or is_left_to_a_person(item):
                continue
            # Marks may have been wanted only when it was settled.
            for duty in ("mark", "store") if self.town.bundle.deployments.wants_marks else ("store",):
                if duty_of(item, duty) == "pending":
                    raise self.violated(f"{key}: {duty}", key)


class SweepFindsOwed(Checker):
    name = "the sweep finds whatever is owed"

    def changed(self, change: Change) -> None:
        if not change.key.startswith("FAX#") or change.new is None or "final_status" not in change.new:
            return
        owed = [duty for duty in ("mark", "store") if duty_of(change.new, duty) == "pending"]
        if owed and "due_key" not in change.new:
            raise self.violated(f"{change.key}: {owed}", change.key)
