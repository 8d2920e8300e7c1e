"""Every hour: settle every fax that Softlinx offers unmarked, then mark it."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import once, softlinx

poll = once(softlinx.softlinx_poll)


def handler(_event: dict[str, Any], context: Any) -> None:
    poll()(timedelta(milliseconds=context.get_remaining_time_in_millis()))
