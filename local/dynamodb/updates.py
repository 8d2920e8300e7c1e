"""Update expressions, read once and then applied: as much of the language as the ledger speaks."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from local.dynamodb.refusals import UnknownRequest, invalid
from local.dynamodb.values import Attribute, Item, checked, kind_of, number_of
from local.dynamodb.words import Names, Operand, Path, Reader, Values, attribute_at, reading, value_of

_CLAUSES: Final = ("SET", "REMOVE", "ADD", "DELETE")


class Update(NamedTuple):
    """What an item becomes; `paths` are those that are written."""

    apply: Callable[[Item, Values], dict[str, Attribute]]
    paths: tuple[Path, ...]
    names: frozenset[str]
    values: frozenset[str]


@lru_cache(maxsize=4096)
def read_update(text: str, names: Names) -> Update:
    """Raises as `read_condition` does."""
    with reading("UpdateExpression"):
        reader = _UpdateReader(text, dict(names))
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


class _Change(NamedTuple):
    path: Path
    # None removes.
    value: Operand


class _UpdateReader(Reader):
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
            found = attribute_at(item, path)
            return otherwise(item, values) if found is None else found

        return first

    def _addition(self, path: Path) -> _Change:
        alias = self._alias()

        def total(item: Item, values: Values) -> Attribute:
            added = value_of(values, alias)
            if kind_of(added) != "N":
                raise invalid(
                    "Incorrect operand type for operator or function; operator: ADD, operand type: "
                    + kind_of(added)
                )
            found = attribute_at(item, path)
            if found is None:
                return added
            if kind_of(found) != "N":
                raise invalid("An operand in the update expression has an incorrect data type")
            return checked({"N": str(number_of(found) + number_of(added))})

        return _Change(path, total)


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


def _check_overlaps(paths: tuple[Path, ...]) -> None:
    for at, one in enumerate(paths):
        for other in paths[at + 1 :]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                raise invalid(
                    "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                    f"path one: [{', '.join(one)}], path two: [{', '.join(other)}]"
                )
