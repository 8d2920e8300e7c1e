"""Every hour: settle and mark every fax that Softlinx offers unmarked. By hand: look certain faxes up."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import once, softlinx

poll = once(softlinx.softlinx_poll)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    return poll()(event, timedelta(milliseconds=context.get_remaining_time_in_millis()))
