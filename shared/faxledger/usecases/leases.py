"""One query at a time: whoever asks a provider for its faxes holds this lease while doing so."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.ports.claims import Claims
from faxledger.usecases.ports.world import Clock


def query_lease_of(provider: str) -> str:
    return f"{provider}-query"


@contextmanager
def query_lease(claims: Claims, clock: Clock, provider: str, *, end: datetime) -> Iterator[bool]:
    """Whether queries may be asked now, until `end` at most. Raises `LedgerUnavailable`, but not at its end.

    A lease that can't be given back ends by itself: what was done under it counts all the same.
    """
    # It outlives its run, for the clock of the machine on which the next one asks.
    lease = claims.claim(query_lease_of(provider), now=clock.now(), until=end + CLOCKS_DIFFER_BY)
    try:
        yield lease.is_granted
    finally:
        if lease.is_granted:
            with suppress(LedgerUnavailable):
                claims.give_back(lease)
