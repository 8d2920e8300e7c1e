"""`faxledger list`: what is asked, and how it is shown."""

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from cli.main import main
from tests.unit.cli.conftest import answered, settled, submission, summary


def page(*faxes: Any, cursor: str | None = None) -> dict[str, Any]:
    return {"faxes": list(faxes), "cursor": cursor}


def query(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}


def test_each_option_is_a_filter_of_the_api(answering: Any) -> None:
    came = answering(answered(page()))
    texts = {
        "--status": "failed",
        "--reference": "case 77",
        "--user": "jane",
        "--provider": "softlinx",
        "--direction": "outbound",
        "--from": "2026-11-26",
        "--to": "2026-11-27T09:30",
        "--settled-by": "poll",
        "--failure-class": "busy",
    }
    options = [word for pair in texts.items() for word in pair]
    flags = ["--unfinished", "--given-up", "--incomplete", "--in-conflict"]
    assert main(["list", *options, *flags, "--limit", "7"]) == 0
    asked = {name.removeprefix("--").replace("-", "_"): value for name, value in texts.items()}
    assert query(came[0]) == {
        **asked,
        "unfinished": "true",
        "given_up": "true",
        "incomplete": "true",
        "in_conflict": "true",
        "limit": "7",
    }
    assert main(["list", "--day", "2026-11-26"]) == 0
    assert query(came[1]) == {"day": "2026-11-26", "limit": "50"}


def test_a_number_travels_in_the_body(answering: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    came = answering(answered(page()))
    assert main(["list", "--number", "12025550100", "--unfinished"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("12025550101\n"))
    assert main(["list", "--number", "-", "--status", "sent"]) == 0
    assert [(one.method, one.url.raw_path) for one in came] == [("POST", b"/faxes/search")] * 2
    assert json.loads(came[0].content) == {"number": "12025550100", "unfinished": True, "limit": 50}
    assert json.loads(came[1].content) == {"number": "12025550101", "status": "sent", "limit": 50}


def test_no_more_is_read_than_is_wanted_and_that_there_is_more_is_said(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        start = int(query(request).get("cursor", 0))
        count = min(int(query(request)["limit"]), 200)
        faxes = [summary(str(start + number)) for number in range(min(count, 450 - start))]
        end = start + len(faxes)
        return httpx.Response(200, json=page(*faxes, cursor=str(end) if end < 450 else None))

    came = answering(answer)
    assert main(["list", "--limit", "250"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 250
    assert "--all" in printed.err
    assert [query(one)["limit"] for one in came] == ["200", "50"]

    assert main(["list", "--all"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 450
    assert printed.err == ""
    assert main(["list", "--limit", "450"]) == 0
    assert capsys.readouterr().err == ""


def test_a_short_page_is_not_the_last(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pages = iter([page(cursor="a"), page(summary("1"), cursor="b"), page(summary("2"))])
    answering(lambda _: httpx.Response(200, json=next(pages)))
    assert main(["list"]) == 0
    assert capsys.readouterr().out.count("\n") == 2


def test_a_line_has_80_columns_and_no_none(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failure = {"class": "no_answer", "code": "18", "text": "No answer"}
    answering(
        answered(
            page(
                settled("900001", "failed", failure=failure, to_number="12025550100"),
                settled("900002", incomplete=True, pages=1, pages_total=3),
                summary("1"),
                submission("handed_over", to_number="12025550100"),
            )
        )
    )
    assert main(["list"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines() == [
        "26 Nov 10:03  failed no_answer   12025550100  softlinx.outbound.acme.900001",
        "26 Nov 10:03  sent incomplete    -            softlinx.outbound.acme.900002",
        "-             submitted          -            softlinx.outbound.acme.1",
        "26 Nov 10:02  handed_over        12025550100  0123456789abcdef0123456789abcdef-1",
    ]
    assert max(map(len, printed.splitlines())) <= 80


def test_a_spreadsheet_gets_every_column_and_no_formula(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = {"class": "busy", "code": None, "text": "@SUM(A1)"}
    answering(
        answered(
            page(
                settled("33", "failed", failure=failure, reference="=1+1", to_number="+12025550100"),
                submission(reference="-1"),
            )
        )
    )
    assert main(["list", "--csv"]) == 0
    failed, accepted = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (failed["id"], failed["status"], failed["failure_class"]) == (
        "softlinx.outbound.acme.33",
        "failed",
        "busy",
    )
    assert (failed["failure_text"], failed["reference"]) == ("'@SUM(A1)", "'=1+1")
    assert (failed["to_number"], failed["failure_code"], failed["pages"]) == ("+12025550100", "", "")
    assert (accepted["state"], accepted["submitted_at"], accepted["reference"]) == (
        "accepted",
        "2026-11-26T10:02:00Z",
        "-1",
    )


def test_a_program_gets_a_document_in_each_line(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    faxes = [settled("33", reference="Straße"), submission()]
    answering(answered(page(*faxes)))
    assert main(["list", "--json"]) == 0
    printed = capsys.readouterr().out
    assert [json.loads(line) for line in printed.splitlines()] == faxes
    assert "Straße" in printed
