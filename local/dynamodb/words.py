"""What all of DynamoDB's expressions are made of: words and signs, paths, and aliases of names and values.

The grammar is that of DynamoDB's developer guide, "Expressions". It is strict where DynamoDB is: about words
of its own as names, and aliases that nobody defined.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from local.dynamodb.refusals import RequestRefused, UnknownRequest, invalid
from local.dynamodb.values import Attribute, Item

Values = Mapping[str, Attribute]
Operand = Callable[[Item, Values], Attribute | None]
Path = tuple[str, ...]
# An expression's aliases and what they stand for, as pairs.
Names = tuple[tuple[str, str], ...]

_LONGEST: Final = 4096
_TOKENS: Final = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*|#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<sign><>|<=|>=|[=<>(),.+\-\[\]]))"
)
_WORDS: Final = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN"})


@contextmanager
def reading(kind: str) -> Iterator[None]:
    try:
        yield
    except RequestRefused as refusal:
        raise RequestRefused(refusal.code, f"Invalid {kind}: {refusal.message}") from None


@dataclass(slots=True)
class _Token:
    kind: str
    text: str


class Reader:
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
            return lambda _, values: value_of(values, alias)
        if self._is_call():
            raise UnknownRequest(f"the function {token.text}")
        path = self._path()
        if len(path) == 1:
            (name,) = path
            return lambda item, _: item.get(name)
        return lambda item, _: attribute_at(item, path)

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

    def _alias(self) -> str:
        token = self._next()
        if token.kind != "value":
            raise self._at_fault(token.text)
        self.used_values.add(token.text)
        return token.text


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


def value_of(values: Values, alias: str) -> Attribute:
    if alias not in values:
        raise invalid(f"An expression attribute value used in expression is not defined: {alias}")
    return values[alias]


def attribute_at(item: Item, path: Path) -> Attribute | None:
    found = item.get(path[0])
    for name in path[1:]:
        if found is None or "M" not in found:
            return None
        found = found["M"].get(name)
    return found
