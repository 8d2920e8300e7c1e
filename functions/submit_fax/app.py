"""`POST /faxes`, `POST /faxes/uploads` and `POST /faxes/{id}/resend`: take faxes that are to be sent."""

from typing import Any

from faxledger.bootstrap import once, sending

submissions = once(sending.submit_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return submissions().answer(event)
