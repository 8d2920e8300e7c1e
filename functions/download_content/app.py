"""The download queue: store the documents of received GreenFax faxes, from where GreenFax says they are."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import greenfax, once

download = once(greenfax.download_content)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return download().answer(event, timedelta(milliseconds=context.get_remaining_time_in_millis()))
