"""When providers were last heard, in memory."""

from collections.abc import Mapping
from datetime import datetime


class InMemoryHeard:
    def __init__(self) -> None:
        self._heard: dict[str, dict[str, datetime]] = {}

    def note(self, provider: str, what: str, at: datetime) -> None:
        heard = self._heard.setdefault(provider, {})
        heard[what] = max(at, heard.get(what, at))

    def of(self, provider: str) -> Mapping[str, datetime]:
        return dict(self._heard.get(provider, {}))
