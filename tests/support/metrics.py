"""Which metrics the code counts, and with which labels: read from the code itself."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from faxledger import errors
from tests.support.template import ROOT

_NAME = re.compile(r"([A-Z][a-z]+)+")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def counted() -> frozenset[tuple[str, frozenset[str]]]:
    """Each metric's name with the names of its labels.

    A name that is no literal in the call itself is looked for where it can come from: in the same function,
    in what that function is called with, and among the names of errors.
    """
    trees = [ast.parse(path.read_text()) for path in sorted((ROOT / "shared/faxledger").rglob("*.py"))]
    found: set[tuple[str, frozenset[str]]] = set()
    for tree in trees:
        for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
            for call in _calls(function, {"count", "_count"}):
                labels = frozenset(keyword.arg or "" for keyword in call.keywords)
                found |= {(name, labels) for name in _names(call.args[0], function, trees)}
    return frozenset(found)


def _names(given: ast.expr, function: Function, trees: list[ast.Module]) -> set[str]:
    if isinstance(given, ast.Constant):
        return {str(given.value)}
    names = set(_texts(function))
    for tree in trees:
        for call in _calls(tree, {function.name}):
            names |= {text for argument in call.args for text in _texts(argument)}
    if any(isinstance(node, ast.Attribute) and node.attr == "capitalize" for node in ast.walk(function)):
        names |= {"Settled", "Known", "Conflict"}
    if any(isinstance(node, ast.Attribute) and node.attr == "__name__" for node in ast.walk(function)):
        names |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} & vars(errors).keys()
    return {name for name in names if _NAME.fullmatch(name)}


def _calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in names:
                yield node


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
