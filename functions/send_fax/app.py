"""The order queue: hand over to Softlinx what was accepted, and open a job for each fax it names."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import once, softlinx

send = once(softlinx.send_fax)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return send().answer(event, timedelta(milliseconds=context.get_remaining_time_in_millis()))
