"""`faxledger unreadable`: a list for people, or documents for a program."""

import json
from typing import Any

import httpx
import pytest

from cli.main import main
from tests.support.openapi import openapi, validator_of

FIRST, SECOND = "6b" * 32, "7c" * 32


def kept(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "origin": "softlinx-callback",
        "problem": "FaxId is missing",
        "first_seen_at": "2026-11-22T15:04:05.120Z",
        "last_seen_at": "2026-11-22T15:34:05.120Z",
        "times": 2,
        "size": 14,
        "is_truncated": False,
        **more,
    }


def answer(request: httpx.Request) -> httpx.Response:
    """Two pages, and one of them with its bytes; each as it is documented."""
    if request.url.path == "/unreadable":
        document: Any = {"unreadable": [kept(FIRST)], "cursor": "next"}
        if "cursor" in request.url.params:
            document = {"unreadable": [kept(SECOND, times=1, is_truncated=True)], "cursor": None}
        schema = "UnreadablePage"
    else:
        document, schema = kept(FIRST, raw="RmF4U3RhdHVzPXNlbnQ="), "UnreadableWithBytes"
    validator_of(openapi()["components"]["schemas"][schema]).validate(document)
    return httpx.Response(200, json=document)


def test_each_is_two_lines_for_a_person(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answering(answer)
    assert main(["unreadable"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"2026-11-22T15:34:05.120Z  {FIRST}  softlinx-callback, 2 times, 14 bytes",
        "  FaxId is missing",
        f"2026-11-22T15:34:05.120Z  {SECOND}  softlinx-callback, once, 14 bytes, cut off",
        "  FaxId is missing",
    ]


def test_each_is_a_document_in_a_line_for_a_program(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(answer)
    assert main(["unreadable", "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first, second["id"]) == (kept(FIRST), SECOND)


def test_one_is_its_bytes_or_the_document_that_holds_them(
    answering: Any, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    answering(answer)
    assert main(["unreadable", FIRST]) == 0
    assert capfdbinary.readouterr().out == b"FaxStatus=sent"
    assert main(["unreadable", FIRST, "--json"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == kept(FIRST, raw="RmF4U3RhdHVzPXNlbnQ=")
