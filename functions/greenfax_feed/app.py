"""Every 20 minutes: settle what GreenFax's history feed says, with at most one request.

Then send for the documents that should have been stored by now.
"""

from datetime import timedelta
from typing import Any

from faxledger import bootstrap

read_feed = bootstrap.once(bootstrap.greenfax_feed)
send_for_overdue = bootstrap.once(bootstrap.greenfax_overdue)


def handler(_event: dict[str, Any], context: Any) -> None:
    read_feed()(timedelta(milliseconds=context.get_remaining_time_in_millis()))
    send_for_overdue()()
