"""When each provider was last heard, and by what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

# Beside a provider's sources and its queries.
LOGIN_REFUSED: Final = "login refused"


def query(name: str) -> str:
    """What a provider's query is called here, once it was read to its end."""
    return f"query {name}"


class Heard(Protocol):
    """Every method raises `LedgerUnavailable`."""

    def note(self, provider: str, what: str, at: datetime) -> None:
        """It was heard then; a moment before the one that is known changes nothing."""

    def of(self, provider: str) -> Mapping[str, datetime]:
        """When each thing that was ever heard of the provider was heard last."""
