"""`POST /deliveries/redrive`: have made after all what was given up or missed."""

from typing import Any

from faxledger.bootstrap import notifying, once

redrives = once(notifying.redrive_deliveries)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return redrives().answer(event)
