"""What checkers have in common: the items as they are, what became of them, and what is true."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from faxledger.domain.fax import Direction
from tests.simulation.invariants.checker import Change, Item
from tests.simulation.poison import POISONED
from tests.simulation.scheduler import BEGINNING
from tests.simulation.softlinx import SoftlinxFax

if TYPE_CHECKING:
    from tests.simulation.world import Town

# What a provider's final words mean.
_FINAL = {
    "sent": "sent",
    "sendFailed": "failed",
    "recvOk": "received",
    "recvIncomplete": "received_partial",
    "success": "sent",
    "busy": "failed",
}
# What nobody reads in an item's life.
_DULL = frozenset({"pk", "sk", "version", "provider", "expires_at", "write_token"})


class Evidence:
    """Of one town. `settled` is the first final status of each fax, by its key; `expired` are keys.

    It `is_quiet` once everything has come to rest, for as long as somebody looks on.
    """

    def __init__(self, town: "Town") -> None:
        self.town = town
        self.settled: dict[str, str] = {}
        self.is_quiet = False
        self.expired: set[str] = set()
        self._states: Counter[str] = Counter()

    def note(self, change: Change) -> None:
        """Take in a change, once every checker has seen it."""
        if not change.key.startswith("FAX#") or is_poison(change.key):
            return
        if change.is_expiry:
            # Whoever has its id from now on is another fax.
            self.settled.pop(change.key, None)
            self.expired.add(change.key)
        if change.new is None:
            return
        status = final_status_of(change.new)
        if status is not None:
            self.settled.setdefault(change.key, status)
        self._states[_state_of(change.new)] += 1

    def covered(self) -> frozenset[str]:
        """The states in which faxes were."""
        return frozenset(self._states)

    def fax(self, key: str) -> Item | None:
        return self.town.bundle.aws.table.get({"pk": {"S": key}, "sk": {"S": "STATUS"}})

    def was_final(self, key: str) -> bool:
        """Whether a fax has a final status here, or had one until it expired."""
        return final_status_of(self.fax(key)) is not None or key in self.expired

    def items(self, kind: str) -> Iterator[tuple[str, Item]]:
        """Those of the table whose keys begin so, each with its key."""
        for item in self.town.bundle.aws.table.items():
            key = item["pk"]["S"]
            if key.startswith(kind) and not is_poison(key):
                yield key, item

    def truths_of(self, key: str) -> set[str]:
        """The final statuses that the provider has held for this fax."""
        _, provider, direction, _, job_id = key.split("#")
        if provider == "greenfax":
            job = self.town.greenfax.jobs.get((Direction(direction), job_id))
            if job is None or not job.word:
                return set()
            return {_FINAL[job.word] if direction == "outbound" else "received"}
        number, _, attempt = job_id.partition("~")
        fax = self.town.softlinx.faxes.get((Direction(direction), int(number)))
        index = int(attempt or 1) - 1
        if fax is None:
            return set()
        # Once its attempts have expired, whatever is said of the fax is said of its first.
        ends = fax.ends if key in self.expired else fax.ends[index : index + 1]
        return {_FINAL[word] for word in ends}

    def life_of(self, key: str) -> tuple[str, ...]:
        """Every write of an item, in words."""
        return tuple(
            f"{(change['dynamodb']['ApproximateCreationDateTime'] - BEGINNING).total_seconds():.0f} s: "
            f"{_difference(change['dynamodb'])}"
            for change in self.town.bundle.aws.table.changes
            if change["dynamodb"]["Keys"]["pk"]["S"] == key
        )


def key_of(fax: SoftlinxFax, attempt: int) -> str:
    job_id = str(fax.number) if attempt == 1 else f"{fax.number}~{attempt}"
    return f"FAX#softlinx#{fax.direction}#acme#{job_id}"


def is_poison(key: str) -> bool:
    """Whether an item was made to be unreadable."""
    return key.startswith(POISONED)


def final_status_of(item: Item | None) -> str | None:
    return str(item["final_status"]["S"]) if item is not None and "final_status" in item else None


def duty_of(item: Item, name: str) -> str | None:
    """How far what a fax needs has come: of `mark` or `store`."""
    return str(item[f"duty_{name}"]["S"]) if f"duty_{name}" in item else None


def is_left_to_a_person(item: Item) -> bool:
    """Whether a duty was given up: without its document a received fax is not marked either."""
    return "given_up" in (duty_of(item, "mark"), duty_of(item, "store"))


def _state_of(item: Item) -> str:
    duties = "/".join(f"{name} {state}" for name in ("mark", "store") if (state := duty_of(item, name)))
    more = [name for name in ("conflict", "resent_at", "amendment", "submission") if name in item]
    return f"{item['provider']['S']} {final_status_of(item) or 'open'} {duties} {' '.join(more)}"


def _difference(change: Any) -> str:
    """What a write has changed."""
    before, after = change.get("OldImage", {}), change.get("NewImage")
    if after is None:
        return "removed"
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    gone = [name for name in before if name not in after]
    plain = {name: next(iter(value.values())) for name, value in changed.items() if name not in _DULL}
    return f"{plain}{f' without {gone}' if gone else ''}"
