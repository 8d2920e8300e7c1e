"""Event patterns as EventBridge and Lambda's filters read them, asked of many records.

What a filter means is moto's to say. moto by itself copies all it is given, and asks on when it knows:
most records match nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from moto.events.models import EventPattern

Matcher = Callable[[Any], bool]

_NOT_THERE: Final = object()
_PLAIN: Final = (str, bool, int, float)


def matcher_of(pattern: Mapping[str, Any]) -> Matcher:
    """Whether a record matches."""
    tests = [_part(name, asked) for name, asked in pattern.items()]
    return lambda record: all(test(record) for test in tests)


def _part(name: str, asked: Any) -> Matcher:
    if name == "$or":
        alternatives = [matcher_of(one) for one in asked]
        return lambda record: any(test(record) for test in alternatives)
    test = matcher_of(asked) if isinstance(asked, Mapping) else _leaf(asked)
    return lambda record: test(record.get(name, _NOT_THERE) if isinstance(record, Mapping) else _NOT_THERE)


def _leaf(filters: Sequence[Any]) -> Matcher:
    pattern = EventPattern(None, {"it": list(filters)})

    def matches(value: Any) -> bool:
        # It is typed for events of a bus.
        event: Any = {} if value is _NOT_THERE else {"it": value}
        return pattern.matches_event(event)

    remembered = lru_cache(maxsize=256, typed=True)(matches)
    return lambda value: (remembered if value is _NOT_THERE or isinstance(value, _PLAIN) else matches)(value)
