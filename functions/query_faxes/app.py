"""`GET /faxes` and what is under it: what became of each fax, how we know, and its receipt; `GET /feeds`."""

from typing import Any

from faxledger.bootstrap import api, once

queries = once(api.query_faxes)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return queries().answer(event)
