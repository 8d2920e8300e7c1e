"""What has to be known of a state beside what lies in its services: a few values by name, as JSON."""

import json
from typing import Any, Final

from local.state.journal import Journal, Put

_SHELF: Final = "facts"


class StateFacts:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._values = {name: json.loads(value) for name, value in journal.read(_SHELF)}

    def get(self, name: str) -> Any:
        """None for what was never set."""
        return self._values.get(name)

    def set(self, **values: Any) -> None:
        self._journal.write(fact(name, value) for name, value in values.items())
        self._values.update(values)


def fact(name: str, value: Any) -> Put:
    return Put(_SHELF, name, json.dumps(value).encode())
