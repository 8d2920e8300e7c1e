"""Event patterns, as filters of streams and rules of a bus use them. moto, which is slow, agrees."""

from collections.abc import Callable, Mapping
from typing import Any

_MISSING = object()

Matcher = Callable[[Any], bool]


def matcher_of(pattern: Mapping[str, Any]) -> Matcher:
    """Says of a document whether it has what each name of the pattern asks for."""
    parts = [
        _either(wanted) if name == "$or" else _part(name, _value_matcher_of(wanted))
        for name, wanted in pattern.items()
    ]
    return lambda document: all(is_met(document) for is_met in parts)


def _either(patterns: list[Mapping[str, Any]]) -> Matcher:
    matchers = [matcher_of(pattern) for pattern in patterns]
    return lambda document: any(matches(document) for matches in matchers)


def _part(name: str, is_met: Matcher) -> Matcher:
    return lambda document: is_met(document.get(name, _MISSING) if isinstance(document, dict) else _MISSING)


def _value_matcher_of(wanted: Any) -> Matcher:
    if isinstance(wanted, Mapping):
        return matcher_of(wanted)
    rules = [_rule(one) for one in wanted]
    return lambda found: any(allows(found) for allows in rules)


def _rule(rule: object) -> Matcher:
    if not isinstance(rule, Mapping):
        return lambda found: bool(found == rule)
    ((kind, value),) = rule.items()
    match kind:
        case "exists":
            # Only a leaf can be there (EventBridge's user guide).
            return lambda found: (found is not _MISSING and not isinstance(found, dict)) is value
        case "prefix":
            return lambda found: isinstance(found, str) and found.startswith(value)
        case "anything-but":
            others = value if isinstance(value, list) else [value]
            return lambda found: found is not _MISSING and found not in others
    raise AssertionError(f"no template's filter has asked for {kind} yet")
