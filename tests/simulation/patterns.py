"""Event patterns, as filters of streams and rules of a bus use them. moto, which is slow, agrees."""

from collections.abc import Mapping
from typing import Any

_MISSING = object()


def matches(pattern: Mapping[str, Any], document: object) -> bool:
    """Whether the document has what each name of the pattern asks for."""
    return all(
        any(matches(one, document) for one in wanted)
        if name == "$or"
        else _fits(wanted, _get(document, name))
        for name, wanted in pattern.items()
    )


def _get(document: object, name: str) -> object:
    return document.get(name, _MISSING) if isinstance(document, Mapping) else _MISSING


def _fits(wanted: Any, found: object) -> bool:
    if isinstance(wanted, Mapping):
        return matches(wanted, found)
    return any(_is(rule, found) for rule in wanted)


def _is(rule: object, found: object) -> bool:
    if not isinstance(rule, Mapping):
        return found == rule
    ((kind, value),) = rule.items()
    match kind:
        case "exists":
            # Only a leaf can be there (EventBridge's user guide).
            return (found is not _MISSING and not isinstance(found, Mapping)) is value
        case "prefix":
            return isinstance(found, str) and found.startswith(value)
        case "anything-but":
            return found is not _MISSING and found not in (value if isinstance(value, list) else [value])
    raise AssertionError(f"no template's filter has asked for {kind} yet")
