"""Who has no valid token: learns nothing, and leaves nothing."""

from tests.simulation.intruder import SHUT_OUT
from tests.simulation.invariants.checker import Checker

# Where the secret could not be read, nobody is known.
_LEARNS_NOTHING = frozenset({404, 503, None})


class ShutOut(Checker):
    name = "whoever has no token is shut out"
    holds_for_good = True

    def at_rest(self) -> None:
        for answer in self.town.intruder.answers:
            if answer not in _LEARNS_NOTHING:
                raise self.violated(str(answer))
        for key, item in self.evidence.items(""):
            if SHUT_OUT in str(item):
                raise self.violated(key, key)
