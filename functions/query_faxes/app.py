"""`GET /faxes`, `GET /faxes/{id}` and its content: what became of each fax, and how we know; `GET /feeds`."""

from typing import Any

from faxledger.bootstrap import api, once

queries = once(api.query_faxes)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return queries().answer(event)
