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

    def claims_of(self, provider: str, direction: Direction) -> tuple[str, ...]:
        """All that has to be claimed before a request for this direction.

        Who shares an allowance claims that of each direction too: where that was changed a moment ago, or is
        in a moment, no feed is asked twice in a period.
        """
        if not self.is_shared:
            return (f"{provider}-feed-{direction}",)
        return (f"{provider}-feed", *(f"{provider}-feed-{way}" for way in Direction))
