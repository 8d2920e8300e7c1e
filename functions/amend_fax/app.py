"""`POST /faxes/{id}/amendments`: a person says what really became of a fax."""

from typing import Any

from faxledger.bootstrap import asking, once

amendments = once(asking.amend_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return amendments().answer(event)
