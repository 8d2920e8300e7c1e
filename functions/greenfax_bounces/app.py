"""Emails to GreenFax that SES could not deliver: what was sent so has failed."""

from typing import Any

from faxledger import bootstrap

bounces = bootstrap.once(bootstrap.greenfax_bounces)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bounces().answer(event)
