"""The table's stream: join what GreenFax has told of with what was mailed to it."""

from typing import Any

from faxledger.bootstrap import following, once

join = once(following.join_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return join().answer(event)
