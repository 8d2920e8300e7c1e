"""`GET /callbacks/greenfax/{token}` and `…/inbound`: what became of a fax, or that one came in."""

from typing import Any

from faxledger.bootstrap import greenfax, once

endpoint = once(greenfax.greenfax_notify)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return endpoint().answer(event)
