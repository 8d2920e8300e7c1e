"""The queue of GreenFax's status emails: settle the faxes that they are about."""

from typing import Any

from faxledger.bootstrap import greenfax, once

take_emails = once(greenfax.greenfax_email)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return take_emails().answer(event)
