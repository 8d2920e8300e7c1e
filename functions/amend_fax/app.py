"""`POST /faxes/{id}/amendments`: a person says what really became of a fax."""

from typing import Any

from faxledger.bootstrap import api, once

amendments = once(api.amend_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return amendments().answer(event)
