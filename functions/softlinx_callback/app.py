"""`POST /callbacks/softlinx/{token}`: Softlinx tells us what became of a fax."""

from typing import Any

from faxledger import bootstrap

endpoint = bootstrap.once(bootstrap.softlinx_callback)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return endpoint().answer(event)
