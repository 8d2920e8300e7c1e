"""`faxledger api`: a request as it is given, and its answer as it came."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.main import main
from tests.unit.cli.conftest import answered


def test_the_answer_is_printed_as_it_came(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    came = answering(lambda _: httpx.Response(200, content=b'{"faxes":[]}'))
    assert main(["api", "get", "/faxes?status=failed&limit=5"]) == 0
    assert capsys.readouterr().out == '{"faxes":[]}\n'
    assert (came[0].method, came[0].url.raw_path) == ("GET", b"/faxes?status=failed&limit=5")


@pytest.mark.parametrize("data", ["-", "@file", '{"a": 1}'])
def test_a_body_comes_from_where_it_is(
    answering: Any, data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text('{"a": 1}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO('{"a": 1}'))
    came = answering(answered({}))
    header = ["--header", "Idempotency-Key: case-7:1"]
    assert main(["api", "POST", "/faxes", "--data", data, *header]) == 0
    assert came[0].content == b'{"a": 1}'
    assert came[0].headers["idempotency-key"] == "case-7:1"
    assert came[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(("status", "ends"), [(400, 1), (404, 1), (503, 2)])
def test_a_refusal_is_printed_and_told_by_the_exit_status(
    answering: Any, status: int, ends: int, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(answered({"detail": "no"}, status))
    assert main(["api", "GET", "/faxes"]) == ends
    printed = capsys.readouterr()
    assert printed.out == '{"detail":"no"}\n'
    assert str(status) in printed.err


def test_of_a_redirect_the_link_is_printed(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answering(lambda _: httpx.Response(307, headers={"location": "https://bucket.example/x"}))
    assert main(["api", "GET", "/faxes/greenfax.inbound.12345.7/content"]) == 0
    assert capsys.readouterr().out == "https://bucket.example/x\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["GET", "faxes"], "begins with a slash"),
        (["GET", "/faxes", "--header", "Idempotency-Key"], "is written as"),
        (["POST", "/faxes", "--data", "@none.json"], "none.json: No such file"),
    ],
)
def test_what_can_not_be_asked_is_said(
    answering: Any, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    came = answering(answered({}))
    assert main(["api", *words]) == 2
    assert said in capsys.readouterr().err
    assert came == []
