"""What the API refuses is refused with what would be right: no text of an error is a mere no."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "shared" / "faxledger"
# Where what a person or a program of ours has asked for is read; what a provider sends is another matter.
ANSWERING = ("web", "usecases", "ledger", "domain")
ERRORS = {"MalformedInput", "NotPossible"}
# Said of anything, and helpful with nothing.
MERE_NO = (
    "as it has to be",
    "is invalid",
    "is not valid text",
    "is wrong",
    "is not allowed",
    "is refused",
    "is none that is known",
    "is not one of ours",
)
# They say beside it what would be right, or why.
WITH_A_REASON = (": ", "{")


def texts() -> Iterator[str]:
    for folder in ANSWERING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                    yield ast.unparse(node)


def test_no_refusal_leaves_it_at_that() -> None:
    found = list(texts())
    assert len(found) > 50, "the errors are not where they were"
    bare = [
        text
        for text in found
        if any(phrase in text for phrase in MERE_NO) and not any(mark in text for mark in WITH_A_REASON)
    ]
    assert bare == []
