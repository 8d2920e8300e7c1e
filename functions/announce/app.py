"""The table's stream: every newly settled fax, and every conflict, becomes one event on the bus."""

from typing import Any

from faxledger.bootstrap import announcing, once

announce = once(announcing.announce)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return announce().answer(event)
