"""`faxledger receipt`: a fax's receipt in words, as JSON, as a page and on paper."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pypdfium2 import PdfDocument

from cli import receipt
from cli.api import Api
from cli.main import main
from faxledger.web.receipt_page import page_of
from tests.support.receipts import NUMBER, a_receipt

ID = "softlinx.outbound.acme.33"


@pytest.fixture
def issued(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the API answers: it may be changed."""
    document: dict[str, Any] = a_receipt()

    class ReceiptApi(Api):
        def ask(self, method: str, path: str, *_: Any, **__: Any) -> Any:
            assert (method, path) == ("GET", f"/faxes/{ID}/receipt")
            return document

    monkeypatch.setattr(receipt, "api_of", lambda _: ReceiptApi(""))
    return document


def pdf(path: Path, *more: str) -> tuple[list[str], tuple[float, float]]:
    """The text of each page of a receipt's PDF, and how large its paper is, in points."""
    assert main(["receipt", ID, "--pdf", str(path), *more]) == 0
    with PdfDocument(path) as document:
        texts = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
        return [text.replace("\r\n", "\n") for text in texts], document[0].get_size()


def test_in_words_it_says_what_became_of_the_fax_and_who_said_so(
    issued: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["receipt", ID]) == 0
    said = capsys.readouterr().out
    title, *meaning = said.partition("\n\n")[0].split("\n")
    assert (title, " ".join(meaning)) == ("Fax receipt: Transmitted", issued["meaning"])
    assert all(len(line) <= 80 for line in meaning)
    lines = (ID, NUMBER, "3 of 3", "2026-03-10 07:55:00 -04:00 (America/New_York)", "2026-03-10 11:55:00 UTC")
    for text in (*lines, "TSI: CLINIC", *(one["sha256"] for one in issued["evidence"])):
        assert text in said


def test_nothing_that_a_stranger_has_said_is_carried_out_by_a_terminal(
    issued: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    issued["evidence"][0]["statement"]["word"] = "sent\x1b[2J\x9b\u202e"
    assert main(["receipt", ID]) == 0
    said = capsys.readouterr().out
    assert "sent\ufffd[2J\ufffd\ufffd" in said
    assert not {"\x1b", "\x9b", "\u202e"} & set(said)


def test_as_json_it_is_the_document_itself(
    issued: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["receipt", ID, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == issued


def test_as_a_page_it_is_the_api_s_own(issued: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "receipt.html"
    assert main(["receipt", ID, "--html", str(page)]) == 0
    assert page.read_text("utf-8") == page_of(issued)


@pytest.mark.parametrize(("paper", "size"), [("letter", (612, 792)), ("a4", (595, 842))])
def test_a_receipt_fits_one_sheet(
    issued: dict[str, Any], tmp_path: Path, paper: str, size: tuple[int, int]
) -> None:
    (text,), found = pdf(tmp_path / "receipt.pdf", "--paper", paper)
    assert tuple(map(round, found)) == size
    assert "Transmitted" in text
    assert "a person has received" in text.replace("\n", " ")
    for part in (ID, NUMBER, "3 of 3", "TSI: CLINIC", issued["evidence"][1]["sha256"], "1 of 1"):
        assert part in text


def test_one_with_much_evidence_goes_on_on_a_further_sheet(issued: dict[str, Any], tmp_path: Path) -> None:
    issued |= a_receipt(sightings=12)
    first, *others = pdf(tmp_path / "receipt.pdf")[0]
    assert f"1 of {1 + len(others)}" in first
    assert "To be checked" in others[-1]


def test_letters_of_europe_are_printed_and_others_are_said_to_be_missing(
    issued: dict[str, Any], tmp_path: Path
) -> None:
    issued |= a_receipt(tsi="Zürich, Ωμέγα, Москва, Łódź", sightings=1)
    (text,), _ = pdf(tmp_path / "receipt.pdf")
    assert "Zürich, Ωμέγα, Москва, Łódź" in text
    assert "stands for" not in text
    issued |= a_receipt(tsi="日本", sightings=1)
    (text,), _ = pdf(tmp_path / "receipt.pdf")
    assert "stands for 2 characters" in text


def test_without_what_writes_pdfs_it_says_how_to_get_that(
    issued: dict[str, Any],  # noqa: ARG001 - the API answers
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "fpdf", None)
    monkeypatch.delitem(sys.modules, "cli.receipt_pdf", raising=False)
    assert main(["receipt", ID, "--pdf", str(tmp_path / "receipt.pdf")]) == 2
    assert "pipx install --force '.[receipts]'" in capsys.readouterr().err


def test_a_receipt_of_a_later_version_is_not_guessed_at(
    issued: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    issued["version"] = 2
    assert main(["receipt", ID]) == 2
    assert "version 2" in capsys.readouterr().err
