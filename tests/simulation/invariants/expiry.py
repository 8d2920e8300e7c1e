"""Nothing expires before what it owes is done or given up: somebody looks sooner, and that renews it."""

from datetime import timedelta

from faxledger.ledger import keys
from tests.simulation.invariants.checker import Change, Checker, Item
from tests.simulation.invariants.evidence import duty_of

# Two hosts' clocks, and for how long a write may be under way.
_MARGIN = timedelta(minutes=10)
_RETENTION_DAYS = 400


class ExpiryOutlivesDuty(Checker):
    """Of faxes, submissions and deliveries."""

    name = "nothing expires that is owed"

    def changed(self, change: Change) -> None:
        item = change.new
        if item is None:
            if change.old is not None and _owed(change.old):
                raise self.violated(f"{change.key} is gone and owes {_owed(change.old)}", change.key)
            return
        if "expires_at" not in item:
            return
        expires_at = int(item["expires_at"]["N"])
        look_at = keys.look_at_of(item)
        # What was announced as overdue is looked at again now and then, until it expires.
        is_announced = "announced_at" in item or "overdue_found_at" in item
        if look_at is not None and look_at.timestamp() >= expires_at and not is_announced:
            raise self.violated(f"{change.key}: due at {look_at}, gone at {expires_at}", change.key)
        if expires_at < self._in_full() and self._is_to_be_renewed(change.old, item):
            raise self.violated(f"{change.key}: owed from now on, and gone at {expires_at}", change.key)

    def _in_full(self) -> float:
        days = int(self.town.bundle.template.parameters.get("RetentionDays", _RETENTION_DAYS))
        return (self.town.scheduler.time + timedelta(days=days) - _MARGIN).timestamp()

    def _is_to_be_renewed(self, old: Item | None, new: Item) -> bool:
        """Whether something is owed that was not, or somebody has put off what is."""
        before = [] if old is None else _owed(old)
        if any(duty not in before for duty in _owed(new)):
            return True
        if old is None or "final_status" not in new:
            return False
        was, look_at = keys.look_at_of(old), keys.look_at_of(new)
        soon = self.town.scheduler.time + _MARGIN
        return was is not None and look_at is not None and look_at > max(was, soon)


def _owed(item: Item) -> list[str]:
    return [duty for duty in ("mark", "store", "deliver") if duty_of(item, duty) == "pending"]
