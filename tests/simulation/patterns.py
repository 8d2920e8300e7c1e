"""Event patterns, as filters of streams and rules of a bus use them. moto, which is slow, agrees."""

from collections.abc import Callable, Mapping
from typing import Any

_MISSING = object()

Matcher = Callable[[Any], bool]


def matcher_of(pattern: Mapping[str, Any]) -> Matcher:
    """Says of a document whether it has what each name of the pattern asks for."""
    return _all(
        [
            any_of([matcher_of(one) for one in wanted]) if name == "$or" else _part(name, wanted)
            for name, wanted in pattern.items()
        ]
    )


def _all(matchers: list[Matcher]) -> Matcher:
    if len(matchers) == 1:
        return matchers[0]

    def matches(document: Any) -> bool:
        # These are asked of every change of a table, and a generator takes longer than they do.
        for one in matchers:  # noqa: SIM110
            if not one(document):
                return False
        return True

    return matches


def any_of(matchers: list[Matcher]) -> Matcher:
    """Says of a document whether any of them does."""
    if len(matchers) == 1:
        return matchers[0]

    def matches(document: Any) -> bool:
        for one in matchers:  # noqa: SIM110 - as above
            if one(document):
                return True
        return False

    return matches


def _part(name: str, wanted: Any) -> Matcher:
    is_met = matcher_of(wanted) if isinstance(wanted, Mapping) else any_of([_rule(one) for one in wanted])
    return lambda document: is_met(document.get(name, _MISSING) if isinstance(document, dict) else _MISSING)


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
