"""What GreenFax allows of its feeds (doc)."""

from datetime import timedelta

from faxledger.usecases.feed_allowance import FeedAllowance

# The first and the last day both count.
MOST_DAYS = 90
# One request every 20 minutes.
ALLOWANCE = FeedAllowance(
    period=timedelta(minutes=20),
    guard=timedelta(seconds=10),
    leave_within=timedelta(seconds=5),
    longest_wait=timedelta(seconds=120),
)
