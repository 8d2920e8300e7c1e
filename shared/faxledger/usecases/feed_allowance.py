"""How often a provider lets its feeds be read."""

from dataclasses import dataclass
from datetime import timedelta

from faxledger.domain.fax import Direction


@dataclass(frozen=True, slots=True)
class FeedAllowance:
    """How often a provider lets its feed be read.

    One request in `period`; `guard` is added for clocks that differ, and a request that can't leave within
    `leave_within` of its claim is not made. `longest_wait` is how long a run that comes early waits. Both
    directions have one allowance together if it `is_shared`, else one each.
    """

    period: timedelta
    guard: timedelta
    leave_within: timedelta
    longest_wait: timedelta
    is_shared: bool = True

    def claim_of(self, provider: str, direction: Direction) -> str:
        """What has to be claimed before a request for this direction."""
        return f"{provider}-feed" if self.is_shared else f"{provider}-feed-{direction}"
