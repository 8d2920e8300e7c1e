"""How providers are asked."""

from tests.simulation.invariants.checker import Checker
from tests.simulation.invariants.evidence import Evidence

_SECONDS_BETWEEN_FEEDS = 20 * 60


class FeedsSpaced(Checker):
    name = "feeds are asked every 20 minutes"

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(evidence)
        self._asked_at: dict[str, float] = {}

    def feed_asked(self, at: float, which: str) -> None:
        before = self._asked_at.get(which)
        if before is not None and at - before < _SECONDS_BETWEEN_FEEDS:
            raise self.violated(f"{which}: {before:.1f} s and {at:.1f} s")
        self._asked_at[which] = at
