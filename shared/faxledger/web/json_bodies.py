"""A body that has to be a JSON object with known parts and no others; refusals name the part."""

import json
from collections.abc import Mapping
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


def parameters_in(request: Request, allowed: AbstractSet[str], *, most_bytes: int) -> Mapping[str, str]:
    """The parts of an object of texts, numbers and truth values, as a query string would write them.

    Raises `MalformedInput`.
    """
    document = json_object(request, allowed, most_bytes=most_bytes)
    return {name: _as_parameter(name, value) for name, value in document.items() if value is not None}


def _as_parameter(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and value.isprintable():
        return value
    raise MalformedInput(name, "is not a text of characters that can be printed")


def unknown_part(allowed: AbstractSet[str]) -> str:
    return f"holds something that is not known here: known are {', '.join(sorted(allowed))}"
