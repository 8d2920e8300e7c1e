"""An event bus in memory."""

from collections.abc import Sequence

from faxledger.domain.events import FaxEvent


class InMemoryBus:
    """Implements `Bus`; `refused` are the ids of events that it will not take."""

    def __init__(self) -> None:
        self.taken: list[FaxEvent] = []
        self.refused: set[str] = set()

    def publish(self, events: Sequence[FaxEvent]) -> frozenset[str]:
        self.taken += [event for event in events if event.id not in self.refused]
        return frozenset(event.id for event in events) & self.refused
