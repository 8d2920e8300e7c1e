"""GreenFax: HTTP Notify, which is never repeated, and the XML feeds with their allowance."""

from local.show.simulators.greenfax.faxes import GreenFaxJob
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
from local.show.simulators.greenfax.traffic import GreenFaxShelves

__all__ = [
    "FailureWords",
    "FeedRequest",
    "FeedTimes",
    "GreenFaxCustomer",
    "GreenFaxJob",
    "GreenFaxOptions",
    "GreenFaxShelves",
    "GreenFaxSimulator",
    "Naming",
    "RowStyle",
]
