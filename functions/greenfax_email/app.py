"""A status email has arrived at SES: settle the fax that it is about."""

from typing import Any

from faxledger.bootstrap import greenfax, once

take_emails = once(greenfax.greenfax_email)


def handler(event: dict[str, Any], _context: object) -> None:
    take_emails().take(event)
