"""The retrieve queue: store the documents of received faxes, then mark the faxes at Softlinx."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import once, softlinx

retrieve = once(softlinx.retrieve_content)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return retrieve().answer(event, timedelta(milliseconds=context.get_remaining_time_in_millis()))
