"""The notify queue: notify whoever wants to know what became of a fax."""

from typing import Any

from faxledger.bootstrap import notifying, once

notify = once(notifying.notify)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return notify().answer(event)
