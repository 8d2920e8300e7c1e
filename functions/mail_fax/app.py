"""GreenFax's order queue: mail what was accepted, each fax once."""

from datetime import timedelta
from typing import Any

from faxledger.bootstrap import greenfax, once

send = once(greenfax.mail_fax)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return send().answer(event, timedelta(milliseconds=context.get_remaining_time_in_millis()))
