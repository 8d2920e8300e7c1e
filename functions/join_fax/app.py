"""The table's stream: join what providers have told of with what was sent and not named by them."""

from typing import Any

from faxledger.bootstrap import announcing, once

join = once(announcing.join_fax)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return join().answer(event)
