"""DynamoDB's expressions, read once and then evaluated: as much of the language as the ledger speaks.

The grammar is that of DynamoDB's developer guide, "Expressions". It is strict where DynamoDB is:
about words of its own as names, aliases that nobody defined, paths that overlap.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from local.dynamodb.refusals import RequestRefused, UnknownRequest, invalid
from local.dynamodb.values import Attribute, Item, checked, has_order, is_equal, kind_of, number_of, order_of

Values = Mapping[str, Attribute]
Operand = Callable[[Item, Values], Attribute | None]
Test = Callable[[Item, Values], bool]
Path = tuple[str, ...]

_LONGEST: Final = 4096
_TOKENS: Final = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*|#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<sign><>|<=|>=|[=<>(),.+\-\[\]]))"
)
_WORDS: Final = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN"})
_CLAUSES: Final = ("SET", "REMOVE", "ADD", "DELETE")
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


class Update(NamedTuple):
    """What an item becomes; `paths` are those that are written."""

    apply: Callable[[Item, Values], dict[str, Attribute]]
    paths: tuple[Path, ...]
    names: frozenset[str]
    values: frozenset[str]


# An expression's aliases and what they stand for, as pairs.
Names = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def read_condition(text: str, names: Names) -> Condition:
    """Raises `RequestRefused`, and `UnknownRequest` for what is not known here."""
    with _reading("ConditionExpression"):
        reader = _Reader(text, dict(names))
        test = reader.disjunction()
        reader.end()
        return Condition(test, frozenset(reader.used_names), frozenset(reader.used_values))


@lru_cache(maxsize=1024)
def read_key_condition(text: str, names: Names) -> KeyCondition:
    """Raises as `read_condition` does."""
    with _reading("KeyConditionExpression"):
        reader = _Reader(text, dict(names))
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


@lru_cache(maxsize=4096)
def read_update(text: str, names: Names) -> Update:
    """Raises as `read_condition` does."""
    with _reading("UpdateExpression"):
        reader = _Reader(text, dict(names))
        changes = list(reader.clauses())
        reader.end()
        paths = tuple(change.path for change in changes)
        _check_overlaps(paths)

        def apply(item: Item, values: Values) -> dict[str, Attribute]:
            # Every clause sees the item as it was.
            found = [change.value(item, values) for change in changes]
            made = dict(item)
            for change, value in zip(changes, found, strict=True):
                _put(made, change.path, value)
            return made

        return Update(apply, paths, frozenset(reader.used_names), frozenset(reader.used_values))


@contextmanager
def _reading(kind: str) -> Iterator[None]:
    try:
        yield
    except RequestRefused as refusal:
        raise RequestRefused(refusal.code, f"Invalid {kind}: {refusal.message}") from None


class _Change(NamedTuple):
    path: Path
    # None removes.
    value: Operand


class _KeyComparison(NamedTuple):
    name: str | None
    low: str | None = None
    high: str | None = None
    is_low_open: bool = False
    is_high_open: bool = False


@dataclass(slots=True)
class _Token:
    kind: str
    text: str


class _Reader:
    """Goes through an expression from left to right."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        if not text.strip():
            raise invalid("The expression can not be empty;")
        if len(text.encode()) > _LONGEST:
            raise invalid("Expression size has exceeded the maximum allowed size;")
        self._tokens = list(_tokens(text))
        self._at = 0
        self._names = names
        self.used_names: set[str] = set()
        self.used_values: set[str] = set()

    # --- conditions ------------------------------------------------------------------------------------

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
            return lambda item, _: (_get(item, path) is not None) is is_there
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

    def _alias(self) -> str:
        token = self._next()
        if token.kind != "value":
            raise self._at_fault(token.text)
        self.used_values.add(token.text)
        return token.text

    # --- updates ---------------------------------------------------------------------------------------

    def clauses(self) -> Iterator[_Change]:
        seen = set()
        while not self._is_at_end():
            verb = self._next().text.upper()
            if verb not in _CLAUSES:
                raise self._at_fault(verb)
            if verb in seen:
                raise invalid(f'The "{verb}" section can only be used once in an update expression;')
            seen.add(verb)
            if verb == "DELETE":
                raise UnknownRequest("DELETE in an update expression")
            yield self._change(verb)
            while self.takes(","):
                yield self._change(verb)

    def _change(self, verb: str) -> _Change:
        path = self._path()
        if verb == "REMOVE":
            return _Change(path, lambda *_: None)
        if verb == "ADD":
            return self._addition(path)
        self._expect("=")
        value = self._set_operand()
        if self._peek().text in {"+", "-"}:
            raise UnknownRequest("sums in an update expression")

        def known(item: Item, values: Values) -> Attribute:
            found = value(item, values)
            if found is None:
                raise invalid(
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            return found

        return _Change(path, known)

    def _set_operand(self) -> Operand:
        if not self._is_call():
            return self._operand()
        name = self._next().text
        if name != "if_not_exists":
            raise UnknownRequest(f"the function {name}")
        self._expect("(")
        path = self._path()
        self._expect(",")
        otherwise = self._operand()
        self._expect(")")

        def first(item: Item, values: Values) -> Attribute | None:
            found = _get(item, path)
            return otherwise(item, values) if found is None else found

        return first

    def _addition(self, path: Path) -> _Change:
        alias = self._alias()

        def total(item: Item, values: Values) -> Attribute:
            added = _value(values, alias)
            if kind_of(added) != "N":
                raise invalid(
                    "Incorrect operand type for operator or function; operator: ADD, operand type: "
                    + kind_of(added)
                )
            found = _get(item, path)
            if found is None:
                return added
            if kind_of(found) != "N":
                raise invalid("An operand in the update expression has an incorrect data type")
            return checked({"N": str(number_of(found) + number_of(added))})

        return _Change(path, total)

    # --- words -----------------------------------------------------------------------------------------

    def takes(self, text: str) -> bool:
        """Whether this comes next; if so, it is behind us."""
        token = self._peek()
        is_next = token.text.upper() == text if text in _WORDS else token.text == text
        if is_next:
            self._at += 1
        return is_next

    def end(self) -> None:
        if not self._is_at_end():
            raise self._at_fault(self._peek().text)

    def _operand(self) -> Operand:
        token = self._peek()
        if token.kind == "value":
            self._at += 1
            alias = token.text
            self.used_values.add(alias)
            return lambda _, values: _value(values, alias)
        if self._is_call():
            raise UnknownRequest(f"the function {token.text}")
        path = self._path()
        if len(path) == 1:
            (name,) = path
            return lambda item, _: item.get(name)
        return lambda item, _: _get(item, path)

    def _path(self) -> Path:
        steps = [self._name()]
        while self.takes("."):
            steps.append(self._name())
        if self._peek().text == "[":
            raise UnknownRequest("an element of a list")
        return tuple(steps)

    def _name(self) -> str:
        token = self._next()
        if token.kind != "name" or token.text.upper() in _WORDS:
            raise self._at_fault(token.text)
        if not token.text.startswith("#"):
            if token.text.upper() in _reserved():
                raise invalid(f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
            return token.text
        if token.text not in self._names:
            raise invalid(
                "An expression attribute name used in the document path is not defined; "
                f"attribute name: {token.text}"
            )
        self.used_names.add(token.text)
        return self._names[token.text]

    def _is_call(self) -> bool:
        here, behind = self._peek(), self._peek(1)
        return here.kind == "name" and behind.text == "(" and here.text.upper() not in _WORDS

    def _peek(self, ahead: int = 0) -> _Token:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else _Token("end", "<EOF>")

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, text: str) -> None:
        if not self.takes(text):
            raise self._at_fault(self._peek().text)

    def _is_at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def _at_fault(self, text: str) -> RequestRefused:
        return invalid(f'Syntax error; token: "{text}"')


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKENS.match(text, at)
        if found is None or found.lastgroup is None:
            raise invalid(f'Syntax error; token: "{text[at : at + 1].strip() or text[at : at + 2].strip()}"')
        yield _Token(found.lastgroup, found[found.lastgroup])
        at = found.end()


@lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    return frozenset(word.upper() for word in ReservedKeywords.get_reserved_keywords())


def _value(values: Values, alias: str) -> Attribute:
    if alias not in values:
        raise invalid(f"An expression attribute value used in expression is not defined: {alias}")
    return values[alias]


def _get(item: Item, path: Path) -> Attribute | None:
    found = item.get(path[0])
    for name in path[1:]:
        if found is None or "M" not in found:
            return None
        found = found["M"].get(name)
    return found


def _put(item: dict[str, Attribute], path: Path, value: Attribute | None) -> None:
    """Write into an item of ours; the maps in it are somebody else's as well, and copied."""
    here: dict[str, Any] = item
    for name in path[:-1]:
        inner = here.get(name)
        if inner is None or "M" not in inner:
            raise invalid("The document path provided in the update expression is invalid for update")
        copied = dict(inner["M"])
        here[name] = {"M": copied}
        here = copied
    if value is None:
        here.pop(path[-1], None)
    else:
        here[path[-1]] = value


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


def _check_overlaps(paths: tuple[Path, ...]) -> None:
    for at, one in enumerate(paths):
        for other in paths[at + 1 :]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                raise invalid(
                    "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                    f"path one: [{', '.join(one)}], path two: [{', '.join(other)}]"
                )
