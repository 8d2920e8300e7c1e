"""`faxledger send` and `resend`: what is asked, that it is asked once, and what is waited for."""

import io
import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.main import main
from tests.unit.cli.conftest import answered, settled, submission, summary

PDF = b"%PDF-1.4\nhello"
OWN = "0123456789abcdef0123456789abcdef-1"
ACCEPTED = {"submissions": [{"id": OWN}]}


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter"
    path.write_bytes(PDF)
    return path


def test_a_small_document_travels_with_its_fax(
    answering: Any, letter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    came = answering(answered(ACCEPTED, 202))
    more = ["--reference", "case-7", "--user", "jane", "--cover-page"]
    assert main(["send", str(letter), "--to", "12025550100", "--to", "12025550101", *more]) == 0
    assert capsys.readouterr().out == f"{OWN}\n"
    (request,) = came
    assert (request.method, request.url.path) == ("POST", "/faxes")
    asked = json.loads(request.content)
    (document,) = asked.pop("documents")
    assert (document["type"], b64decode(document["content"])) == ("application/pdf", PDF)
    assert asked == {
        "provider": "softlinx",
        "recipients": [{"number": "12025550100"}, {"number": "12025550101"}],
        "reference": "case-7",
        "user": "jane",
        "options": {"has_cover_page": True},
    }


def test_a_person_is_told_what_the_id_is_for(
    answering: Any, letter: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    answering(answered(ACCEPTED, 202))
    assert main(["send", str(letter), "--to", "12025550100"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{OWN}\n"
    assert f"faxledger show {OWN}" in printed.err


def test_a_large_document_is_put_at_a_link_before(
    answering: Any, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = PDF + bytes(3 * 1024 * 1024)
    letter.write_bytes(content)
    put: list[Any] = []

    def take(url: str, *, content: bytes, headers: dict[str, str], **_: Any) -> httpx.Response:
        put.append((url, content, headers))
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "put", take)
    link = {"upload": "a" * 32, "url": "https://bucket.example/x", "headers": {"content-length": "1"}}

    def answer(request: httpx.Request) -> httpx.Response:
        is_link = request.url.path == "/faxes/uploads"
        return httpx.Response(201 if is_link else 202, json=link if is_link else ACCEPTED)

    came = answering(answer)
    assert main(["send", str(letter), "--to", "12025550100"]) == 0
    hashed = sha256(content).hexdigest()
    asked = {"type": "application/pdf", "size": len(content), "sha256": hashed}
    assert json.loads(came[0].content) == asked
    assert put == [("https://bucket.example/x", content, link["headers"])]
    assert json.loads(came[1].content)["documents"] == [{"upload": "a" * 32}]
    # Whoever repeats the request under its key names the same upload, or it would be another request.
    (_,) = {one.headers["idempotency-key"] for one in came}


def test_what_gets_no_answer_is_asked_again_under_its_key_which_is_told_at_last(
    answering: Any, letter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([httpx.Response(503, json={"detail": "try again"}), httpx.Response(202, json=ACCEPTED)])
    came = answering(lambda _: next(answers))
    assert main(["send", str(letter), "--to", "12025550100"]) == 0
    first, second = (one.headers["idempotency-key"] for one in came)
    assert first == second

    def lose(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("timed out")

    came = answering(lose)
    assert main(["send", str(letter), "--to", "12025550100"]) == 2
    (key,) = {one.headers["idempotency-key"] for one in came}
    assert key != first
    told = capsys.readouterr().err
    assert f"--key {key}" in told
    assert "12025550100" not in told
    came = answering(answered(ACCEPTED, 202))
    assert main(["send", str(letter), "--to", "12025550100", "--key", key]) == 0
    assert came[0].headers["idempotency-key"] == key


def test_numbers_may_come_by_the_input(answering: Any, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came = answering(answered(ACCEPTED, 202))
    monkeypatch.setattr("sys.stdin", io.StringIO("12025550100\n\n 12025550101 \n"))
    assert main(["send", str(letter), "--to", "-"]) == 0
    assert json.loads(came[0].content)["recipients"] == [{"number": "12025550100"}, {"number": "12025550101"}]


def test_a_document_that_nobody_can_name_is_not_sent(
    answering: Any, letter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    came = answering(answered(ACCEPTED, 202))
    letter.write_bytes(b"hello")
    (tmp_path / "empty.pdf").touch()
    for name, said in (
        ("letter", "neither a PDF nor a TIFF"),
        ("empty.pdf", "is empty"),
        ("none", "No such"),
    ):
        assert main(["send", str(tmp_path / name), "--to", "12025550100"]) == 2
        assert said in capsys.readouterr().err
    assert came == []
    letter.rename(tmp_path / "letter.txt")
    assert main(["send", str(tmp_path / "letter.txt"), "--to", "12025550100"]) == 0
    assert json.loads(came[0].content)["documents"][0]["type"] == "text/plain"


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (settled(to_number="12025550100"), 0),
        (settled(status="failed", failure={"class": "busy", "code": None, "text": None}), 1),
        (submission("refused"), 1),
        (submission("unknown"), 1),
        (submission("given_up"), 1),
    ],
)
def test_who_waits_learns_what_became_of_it(
    answering: Any,
    letter: Path,
    last: dict[str, Any],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    known = [submission(), submission("handed_over"), summary(), last]
    answers = iter(
        [
            httpx.Response(202, json=ACCEPTED),
            httpx.Response(503, json={"detail": "try again"}),
            *(httpx.Response(200, json=one) for one in known),
        ]
    )
    came = answering(lambda _: next(answers))
    assert main(["send", str(letter), "--to", "12025550100", "--wait"]) == status
    assert [one.url.path for one in came[1:]] == [f"/faxes/{OWN}"] * 5
    assert len(waits) == 4
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_failed_fax_goes_once_more(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    came = answering(answered(ACCEPTED, 202))
    assert main(["resend", "softlinx.outbound.acme.33", "--number", "12025550101"]) == 0
    assert capsys.readouterr().out == f"{OWN}\n"
    assert came[0].url.path == "/faxes/softlinx.outbound.acme.33/resend"
    assert json.loads(came[0].content) == {"number": "12025550101"}
    assert came[0].headers["idempotency-key"]


def test_what_is_refused_is_said_in_the_api_s_words(
    answering: Any, letter: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    came = answering(answered({"detail": "recipients[0].number is not a fax number"}, 400))
    assert main(["send", str(letter), "--to", "nonsense"]) == 1
    assert "is not a fax number (400)" in capsys.readouterr().err
    assert len(came) == 1
