"""Emails to GreenFax that SES could not deliver: what was sent so has failed."""

from typing import Any

from faxledger.bootstrap import greenfax, once

bounces = once(greenfax.greenfax_bounces)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bounces().answer(event)
