"""Which days of GreenFax's feeds are read, and how often they may be asked."""

from dataclasses import replace
from datetime import timedelta

from faxledger.domain.timestamps import CLOCKS_DIFFER_BY
from faxledger.settings.environment import Environment, choice_of, day_of, number_of, zone_of
from faxledger.usecases.feed_allowance import FeedAllowance
from faxledger.usecases.feed_plan import FeedPlan

# The first and the last day both count (doc).
MOST_DAYS = 90
# A request may leave so long after its claim, and be so much longer on its way than the next one.
_LEAVES_WITHIN = timedelta(seconds=5)
_ON_ITS_WAY = timedelta(seconds=5)
# One request every 20 minutes (doc), by GreenFax's clock. The machine that claims may have a clock that is a
# minute slow, and the one that claims next a clock that is a minute fast: a guard of 10 s left 18:10 between
# two requests. This one leaves 20 minutes and whatever is spare of the seconds on the way.
ALLOWANCE = FeedAllowance(
    period=timedelta(minutes=20),
    guard=CLOCKS_DIFFER_BY + _LEAVES_WITHIN + _ON_ITS_WAY,
    leave_within=_LEAVES_WITHIN,
    longest_wait=timedelta(seconds=120),
)


def feed_plan_of(environment: Environment) -> FeedPlan:
    return FeedPlan(
        time_zone=zone_of(environment, "GREENFAX_TIME_ZONE"),
        overlap_days=number_of(environment, "GREENFAX_OVERLAP_DAYS"),
        first_days=number_of(environment, "GREENFAX_FIRST_DAYS"),
        inbound_every=number_of(environment, "GREENFAX_INBOUND_EVERY"),
        most_days=MOST_DAYS,
        history_from=day_of(environment, "GREENFAX_HISTORY_FROM"),
    )


def feed_allowance_of(environment: Environment) -> FeedAllowance:
    """Whether the feeds share it is a parameter: GreenFax does not say (open)."""
    allowance = choice_of(environment, "GREENFAX_ALLOWANCE", ("shared", "separate"))
    return replace(ALLOWANCE, is_shared=allowance == "shared")
