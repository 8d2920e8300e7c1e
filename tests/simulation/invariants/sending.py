"""What was taken to be sent: once, and somebody says what became of it."""

from collections import Counter

from faxledger.ledger.attributes import from_attributes
from tests.simulation.faults import Fault
from tests.simulation.invariants.checker import Checker, Item

_ENDED = frozenset({"handed_over", "refused", "unknown", "given_up"})


class SentOnce(Checker):
    name = "nothing is sent twice"
    holds_for_good = True

    def at_rest(self) -> None:
        codes = Counter(code for code in self.town.softlinx.asked_to_send if code)
        for code, times in codes.items():
            if times > 1:
                raise self.violated(code)


class NothingInDoubt(Checker):
    name = "nothing is in doubt where nothing went wrong"

    def at_rest(self) -> None:
        if self.town.faults.counts.keys() - {str(Fault.TWICE)}:
            return
        for key, item in self.evidence.items("SUBMISSION#"):
            if from_attributes(item).get("state") == "unknown":
                raise self.violated(key, key)


class OrdersToldOf(Checker):
    """Whatever was taken to be sent has come to an end, or is said to be unknown."""

    name = "every order is told of"

    def at_rest(self) -> None:
        for key, item in self.evidence.items("SUBMISSION#"):
            state = from_attributes(item).get("state")
            if state not in _ENDED and not self._was_never_asked(item):
                raise self.violated(f"{key}: {state}", key)

    def _was_never_asked(self, submission: Item) -> bool:
        """Whether every try ended before anything was asked, which a person is told of."""
        name = {"pk": {"S": f"ORDER#{submission['order_id']['S']}"}, "sk": {"S": "ORDER"}}
        order = self.town.bundle.aws.table.get(name) or {}
        return order.get("state", {}).get("S") == "accepted" and "announced_at" in submission
