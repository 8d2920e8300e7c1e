"""A body that has to be a JSON object with known parts and no others; refusals name the part."""

import json
from collections.abc import Set as AbstractSet
from typing import Any

from faxledger.errors import MalformedInput
from faxledger.web.request import Request

NO_OBJECT = "is not a JSON object"


def json_object(request: Request, allowed: AbstractSet[str], *, most_bytes: int) -> dict[str, Any]:
    """Raises `MalformedInput`, which repeats no name of a part that is not known: it is the caller's text."""
    body = request.body()
    if len(body) > most_bytes:
        raise MalformedInput("body", f"is longer than {most_bytes} bytes")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise MalformedInput("body", NO_OBJECT)
    if document.keys() - allowed:
        raise MalformedInput("body", unknown_part(allowed))
    return document


def unknown_part(allowed: AbstractSet[str]) -> str:
    return f"holds something that is not known here: known are {', '.join(sorted(allowed))}"
