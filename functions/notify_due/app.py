"""Every five minutes: send for the deliveries whose time has come."""

from typing import Any

from faxledger.bootstrap import notifying, once

queue_due_deliveries = once(notifying.notify_due)


def handler(_event: dict[str, Any], _context: object) -> None:
    queue_due_deliveries()()
