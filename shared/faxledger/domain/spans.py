"""A span of time, and what of the ledger counts to it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until), in UTC.

    A fax counts to the span in which it was completed; without such a time to that in which it was settled,
    and unsettled to that in which it was submitted or first heard of. A submission that is not joined with a
    fax counts by when it was accepted.
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.until <= self.since:
            raise ValueError("a span does not end before it has begun")
