"""Every five minutes: send for the tellings whose time has come."""

from typing import Any

from faxledger import bootstrap

send_for_due = bootstrap.once(bootstrap.notify_due)


def handler(_event: dict[str, Any], _context: object) -> None:
    send_for_due()()
