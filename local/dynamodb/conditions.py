"""Conditions of writes, and those of a query's key, read once and then evaluated.

As much of the language as the ledger speaks.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from local.dynamodb.refusals import UnknownRequest, invalid
from local.dynamodb.values import Attribute, Item, has_order, is_equal, kind_of, order_of
from local.dynamodb.words import Names, Operand, Reader, Values, attribute_at, reading

Test = Callable[[Item, Values], bool]

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}


class Condition(NamedTuple):
    """Whether an item meets it, and which aliases it speaks of."""

    holds: Test
    names: frozenset[str]
    values: frozenset[str]


class KeyCondition(NamedTuple):
    """The value of a partition's key, and between which a sort key lies, by the aliases of values.

    None is no bound; an open one is not included.
    """

    partition: str
    partition_value: str
    sort: str | None
    low: str | None
    high: str | None
    is_low_open: bool
    is_high_open: bool
    names: frozenset[str]
    values: frozenset[str]


@lru_cache(maxsize=4096)
def read_condition(text: str, names: Names) -> Condition:
    """Raises `RequestRefused`, and `UnknownRequest` for what is not known here."""
    with reading("ConditionExpression"):
        reader = _ConditionReader(text, dict(names))
        test = reader.disjunction()
        reader.end()
        return Condition(test, frozenset(reader.used_names), frozenset(reader.used_values))


@lru_cache(maxsize=1024)
def read_key_condition(text: str, names: Names) -> KeyCondition:
    """Raises as `read_condition` does."""
    with reading("KeyConditionExpression"):
        reader = _ConditionReader(text, dict(names))
        parts = [reader.key_comparison()]
        if reader.takes("AND"):
            parts.append(reader.key_comparison())
        reader.end()
        used = frozenset(reader.used_names), frozenset(reader.used_values)
        # Of two that are equal to something the table has to know which is which: the first, as all write it.
        partition = next((part for part in parts if part.low is not None and part.low == part.high), None)
        if partition is None or partition.low is None:
            raise invalid("Query key condition not supported")
        sort = next((part for part in parts if part is not partition), _KeyComparison(None))
        return KeyCondition(
            str(partition.name),
            partition.low,
            sort.name,
            sort.low,
            sort.high,
            sort.is_low_open,
            sort.is_high_open,
            *used,
        )


class _KeyComparison(NamedTuple):
    name: str | None
    low: str | None = None
    high: str | None = None
    is_low_open: bool = False
    is_high_open: bool = False


class _ConditionReader(Reader):
    def disjunction(self) -> Test:
        tests = [self._conjunction()]
        while self.takes("OR"):
            tests.append(self._conjunction())
        if len(tests) == 1:
            return tests[0]
        return lambda item, values: any(test(item, values) for test in tests)

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self.takes("AND"):
            tests.append(self._negation())
        if len(tests) == 1:
            return tests[0]
        return lambda item, values: all(test(item, values) for test in tests)

    def _negation(self) -> Test:
        if self.takes("NOT"):
            test = self._negation()
            return lambda item, values: not test(item, values)
        return self._test()

    def _test(self) -> Test:
        if self.takes("("):
            test = self.disjunction()
            self._expect(")")
            return test
        if self._is_call():
            return self._function()
        return self._comparison()

    def _function(self) -> Test:
        name = self._next().text
        self._expect("(")
        if name in ("attribute_exists", "attribute_not_exists"):
            path = self._path()
            self._expect(")")
            is_there = name == "attribute_exists"
            return lambda item, _: (attribute_at(item, path) is not None) is is_there
        if name == "begins_with":
            operand = self._operand()
            self._expect(",")
            prefix = self._operand()
            self._expect(")")
            return lambda item, values: _begins_with(operand(item, values), prefix(item, values))
        raise UnknownRequest(f"the function {name}")

    def _comparison(self) -> Test:
        one = self._operand()
        if self.takes("BETWEEN"):
            return self._between(one)
        if self.takes("IN"):
            return self._in(one)
        sign = self._next().text
        other = self._operand()
        if sign == "=":
            return lambda item, values: is_equal(one(item, values), other(item, values))
        if sign == "<>":
            return lambda item, values: not is_equal(one(item, values), other(item, values))
        if sign not in _COMPARISONS:
            raise self._at_fault(sign)
        compare = _COMPARISONS[sign]
        return lambda item, values: _compare(compare, one(item, values), other(item, values))

    def _between(self, one: Operand) -> Test:
        low = self._operand()
        self._expect("AND")
        high = self._operand()

        def holds(item: Item, values: Values) -> bool:
            found = one(item, values)
            at_least = _compare(_COMPARISONS[">="], found, low(item, values))
            return _compare(_COMPARISONS["<="], found, high(item, values)) and at_least

        return holds

    def _in(self, one: Operand) -> Test:
        self._expect("(")
        others = [self._operand()]
        while self.takes(","):
            others.append(self._operand())
        self._expect(")")
        if len(others) > 100:
            raise invalid("The IN operator is provided with too many operands;")
        return lambda item, values: any(is_equal(one(item, values), other(item, values)) for other in others)

    def key_comparison(self) -> _KeyComparison:
        if self._is_call():
            raise UnknownRequest(f"the function {self._peek().text} in a key's condition")
        path = self._path()
        if len(path) != 1:
            raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
        (name,) = path
        if self.takes("BETWEEN"):
            low = self._alias()
            self._expect("AND")
            return _KeyComparison(name, low, self._alias())
        sign = self._next().text
        if sign not in {"=", *_COMPARISONS}:
            raise invalid(f"Invalid operator used in KeyConditionExpression: {sign}")
        alias = self._alias()
        return _KeyComparison(
            name,
            low=alias if sign in {"=", ">", ">="} else None,
            high=alias if sign in {"=", "<", "<="} else None,
            is_low_open=sign == ">",
            is_high_open=sign == "<",
        )


def _compare(compare: Callable[[Any, Any], bool], one: Attribute | None, other: Attribute | None) -> bool:
    if other is None:
        return False
    kind = kind_of(other)
    if not has_order(kind):
        raise invalid(f"Incorrect operand type for operator or function; operand type: {kind}")
    return one is not None and kind_of(one) == kind and compare(order_of(one), order_of(other))


def _begins_with(one: Attribute | None, prefix: Attribute | None) -> bool:
    if one is None or prefix is None or kind_of(one) != kind_of(prefix):
        return False
    return bool(one[kind_of(one)].startswith(prefix[kind_of(prefix)]))
