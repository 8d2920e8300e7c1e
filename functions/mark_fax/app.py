"""The mark queue: set the mark of settled faxes at Softlinx, some at a time."""

from typing import Any

from faxledger.bootstrap import once, softlinx

mark = once(softlinx.mark_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return mark().answer(event)
