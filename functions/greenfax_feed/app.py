"""Every 23 minutes: settle what GreenFax's history feed says, with at most one request."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import greenfax, once

read_feed = once(greenfax.greenfax_feed)


def handler(_event: dict[str, Any], context: Any) -> None:
    read_feed()(timedelta(milliseconds=context.get_remaining_time_in_millis()))
