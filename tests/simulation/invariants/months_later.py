"""Months later: what waits for a person is still there, and what comes again after its expiry is no news."""

from tests.simulation.invariants.checker import Change, Checker, Item
from tests.simulation.invariants.evidence import Evidence, duty_of

_OF_FINALS = frozenset({"Fax Sent", "Fax Failed", "Fax Received"})
_DAYS_APART = 30 * 24 * 3600.0


class ExpiryLeavesToPersons(Checker):
    """What was given up waits for a person, and is renewed until one has seen to it."""

    name = "expiry takes nothing that was given up"

    def changed(self, change: Change) -> None:
        if change.new is not None or change.old is None:
            return
        if "given_up" in (duty_of(change.old, duty) for duty in ("mark", "store")):
            raise self.violated(change.key, change.key)


class OldIsNoNews(Checker):
    name = "what was announced months ago is not announced again"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._announced_at: dict[str, float] = {}

    def published(self, event: Item) -> None:
        fax_id = event["detail"]["fax_id"]
        if event["detail-type"] not in _OF_FINALS or fax_id in self.town.months.reused:
            return
        now = self.town.scheduler.now
        if now - self._announced_at.setdefault(fax_id, now) > _DAYS_APART:
            raise self.violated(fax_id, f"FAX#{fax_id.replace('.', '#')}")


class ReusedIsNews(Checker):
    """The fax that had the id before has expired, so that nothing is known of it but that."""

    name = "a fax whose id was given before is announced"
    holds_for_good = True

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._announced_at: dict[str, float] = {}

    def published(self, event: Item) -> None:
        if event["detail-type"] in _OF_FINALS:
            self._announced_at[event["detail"]["fax_id"]] = self.town.scheduler.now

    def at_rest(self) -> None:
        for fax_id, since in self.town.months.reused.items():
            if self._announced_at.get(fax_id, 0.0) < since:
                raise self.violated(fax_id, f"FAX#{fax_id.replace('.', '#')}")
