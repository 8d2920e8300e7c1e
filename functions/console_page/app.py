"""`GET /console` and what lies beside it: the page in which people look, and how they log in."""

from typing import Any

from faxledger.bootstrap import api, once

page = once(api.console_page)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return page().answer(event)
