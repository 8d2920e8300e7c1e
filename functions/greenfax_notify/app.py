"""`GET /callbacks/greenfax/{token}` and `…/inbound`: what became of a fax, or that one came in."""

from typing import Any

from faxledger.bootstrap import callbacks, once

endpoint = once(callbacks.greenfax_notify)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return endpoint().answer(event)
