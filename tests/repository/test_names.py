"""One name, one thing: whoever reads a class's name anywhere knows which class is meant."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared/faxledger", "functions", "local", "cli")


def test_no_class_name_stands_for_two_things() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for name in public_classes(path.read_text("utf-8")):
                places[name].append(str(path.relative_to(ROOT)))
    assert len(places) > 400, "the folders are not where they were"
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def public_classes(source: str) -> Iterator[str]:
    """Those of a module; one whose name begins with an underscore is known in its own module only."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
