"""Every hour: find what is settled and not marked, not stored or not told, and send it round again."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import once, sweeping

sweep = once(sweeping.sweep)


def handler(_event: dict[str, Any], context: Any) -> None:
    sweep()(timedelta(milliseconds=context.get_remaining_time_in_millis()))
