"""The table's stream: join what GreenFax has told of with what was mailed to it."""

from typing import Any

from faxledger.bootstrap import announcing, once

join = once(announcing.join_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return join().answer(event)
