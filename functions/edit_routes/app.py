"""`/routes`: who is told what became of whose faxes."""

from typing import Any

from faxledger.bootstrap import notifying, once

routes = once(notifying.edit_routes)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return routes().answer(event)
