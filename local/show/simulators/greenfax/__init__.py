"""GreenFax: HTTP Notify, which is never repeated, and the XML feeds with their allowance."""

from local.show.simulators.greenfax.feeds import FeedRequest
from local.show.simulators.greenfax.options import (
    FailureWords,
    FeedTimes,
    GreenFaxCustomer,
    GreenFaxOptions,
    Naming,
    RowStyle,
)
from local.show.simulators.greenfax.simulator import GreenFaxSimulator

__all__ = [
    "FailureWords",
    "FeedRequest",
    "FeedTimes",
    "GreenFaxCustomer",
    "GreenFaxOptions",
    "GreenFaxSimulator",
    "Naming",
    "RowStyle",
]
