"""Every day: write down for good what became of each day that is over, and what changed of it later."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import closing, once

close_days = once(closing.close_days)


def handler(_event: dict[str, Any], context: Any) -> None:
    close_days()(timedelta(milliseconds=context.get_remaining_time_in_millis()))
