"""The notify queue: tell whoever wants to know what became of a fax."""

from typing import Any

from faxledger.bootstrap import following, once

tell = once(following.notify)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return tell().answer(event)
