"""Every five minutes: send for the tellings whose time has come."""

from typing import Any

from faxledger.bootstrap import following, once

send_for_due = once(following.notify_due)


def handler(_event: dict[str, Any], _context: object) -> None:
    send_for_due()()
