"""When each provider was last heard, and by what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from faxledger.domain.fax import Provider, Source

# Beside a provider's sources and its queries.
LOGIN_REFUSED: Final = "login refused"


def query(name: str) -> str:
    """What a provider's query is called here, once it was read to its end."""
    return f"query {name}"


def whole(name: str) -> str:
    """What a query is called here whose last reading was whole: noted for the moment at which that began.

    Where one run goes on with what another has begun, neither is.
    """
    return f"whole {name}"


class Heard(Protocol):
    """Every method raises `LedgerUnavailable`."""

    def note(self, provider: str, what: str, at: datetime) -> None:
        """It was heard then; a moment before the one that is known changes nothing."""

    def of(self, provider: str) -> Mapping[str, datetime]:
        """When each thing that was ever heard of the provider was heard last."""


@dataclass(frozen=True, slots=True)
class WatchedProvider:
    """What can be heard of a provider that we have an account at, and what is claimed before it is asked.

    `pushes` are the sources by which it may speak unasked, none where nobody listens; it repeats what was not
    taken for `repeats_for`, None where it does not. `queries` of every run offer whatever has ended since,
    and so are `proving` that nothing is missing. `login_rests` is how long a login that was refused is not
    tried again.
    """

    provider: Provider
    account: str
    pushes: tuple[Source, ...]
    queries: tuple[str, ...] = ()
    proving: tuple[str, ...] = ()
    repeats_for: timedelta | None = None
    claims: tuple[str, ...] = ()
    login_rests: timedelta | None = None
