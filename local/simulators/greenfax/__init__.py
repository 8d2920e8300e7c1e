"""GreenFax: HTTP Notify, which is never repeated, and the XML feeds with their allowance."""

from local.simulators.greenfax.feeds import FeedRequest
from local.simulators.greenfax.options import (
    FeedTimes,
    FeedWords,
    GreenFaxAccount,
    GreenFaxOptions,
    Naming,
    RowStyle,
)
from local.simulators.greenfax.simulator import GreenFaxSimulator

__all__ = [
    "FeedRequest",
    "FeedTimes",
    "FeedWords",
    "GreenFaxAccount",
    "GreenFaxOptions",
    "GreenFaxSimulator",
    "Naming",
    "RowStyle",
]
