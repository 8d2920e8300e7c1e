"""An email has arrived at SES: pass it on if its sender may tell us anything."""

from typing import Any

from faxledger.bootstrap import greenfax, once

admit = once(greenfax.admit_email)


def handler(event: dict[str, Any], _context: object) -> None:
    admit().take(event)
