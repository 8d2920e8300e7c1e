"""The notify queue: tell whoever wants to know what became of a fax."""

from typing import Any

from faxledger import bootstrap

tell = bootstrap.once(bootstrap.notify)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return tell().answer(event)
