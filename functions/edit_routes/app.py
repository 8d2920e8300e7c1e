"""`/routes`: who is told what became of whose faxes."""

from typing import Any

from faxledger.bootstrap import following, once

routes = once(following.edit_routes)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return routes().answer(event)
