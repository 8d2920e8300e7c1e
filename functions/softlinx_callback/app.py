"""`POST /callbacks/softlinx/{token}`: Softlinx tells us what became of a fax."""

from typing import Any

from faxledger.bootstrap import once, softlinx

endpoint = once(softlinx.softlinx_callback)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return endpoint().answer(event)
