"""The table's stream: join what GreenFax has told of with what was mailed to it."""

from typing import Any

from faxledger import bootstrap

join = bootstrap.once(bootstrap.join_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return join().answer(event)
