"""One way to write a JSON document as bytes, so that whoever hashes it anywhere comes to the same hash.

That of RFC 8785: UTF-8, no white space, the members of each object in the order of their names as UTF-16, and
only what must be escaped is. Of numbers it takes whole ones alone, which every language writes alike.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Raises `TypeError` for what is no JSON, or a number with a point."""
    return json.dumps(_in_order(document), ensure_ascii=False, separators=(",", ":")).encode()


def sha256_of(document: Mapping[str, Any]) -> str:
    """The SHA-256 of its canonical JSON, in hex. Raises as `canonical_json` does."""
    return sha256(canonical_json(document)).hexdigest()


def _in_order(value: Any) -> Any:
    match value:
        case None | str() | int():
            return value
        case Mapping():
            names = sorted(value, key=lambda name: name.encode("utf-16-be"))
            return {name: _in_order(value[name]) for name in names}
        case list() | tuple():
            return [_in_order(one) for one in value]
    raise TypeError(f"a canonical document holds no {type(value).__name__}")
