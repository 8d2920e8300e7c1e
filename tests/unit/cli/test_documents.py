"""What a program is told is what the API answers, whichever command asks."""

import json
from typing import Any

import pytest

from cli.main import main
from tests.unit.cli.conftest import answered

ROUTE: dict[str, Any] = {"provider": None, "name": None, "targets": []}


@pytest.mark.parametrize(
    ("words", "path", "document"),
    [
        (["feeds"], "/feeds", {"feeds": []}),
        (["providers"], "/providers", {"providers": []}),
        (["routes", "show", "default"], "/routes/default", ROUTE),
    ],
)
def test_a_program_gets_the_answer_as_it_is(
    answering: Any, words: list[str], path: str, document: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    came = answering(answered(document))
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == document
    assert [one.url.path for one in came] == [path]


def test_all_pages_of_routes_are_one_document(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Any) -> Any:
        is_first = not request.url.query
        return answered({"routes": [ROUTE], "cursor": "ä/next" if is_first else None})(request)

    came = answering(answer)
    assert main(["routes", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"routes": [ROUTE, ROUTE]}
    assert came[1].url.params["cursor"] == "ä/next"
