"""A person at a terminal: sends a letter and a long one, finds both again, and fetches what came in."""

import csv
import io
import json
from pathlib import Path

import pytest

from cli.main import main
from tests.e2e.conftest import Town

UNHEARD, BUSY, REFUSED = "12025550101", "12025550001", "12025550009"
LETTER = b"%PDF-1.4 a letter"
LONG = b"%PDF-1.4 " + bytes(range(256)) * 14_000


def faxledger(town: Town, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words, "--api-url", town.bundle.url]) == 0
    return capsys.readouterr().out


def test_what_was_sent_by_command_is_listed_shown_and_followed(
    town: Town, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (letter := tmp_path / "letter.pdf").write_bytes(LETTER)
    (long := tmp_path / "long.pdf").write_bytes(LONG)
    case = ("--reference", "case-7")
    small = faxledger(town, capsys, "send", str(letter), "--to", UNHEARD, "--to", REFUSED, *case).split()
    large = faxledger(town, capsys, "send", str(letter), str(long), "--to", BUSY, *case).split()
    assert (len(small), len(large)) == (2, 1)
    town.wait(minutes=75)
    sent = sorted([one.content for one in send.attachments] for send in town.softlinx.sends())
    assert sent == [[LETTER], [LETTER, LONG]]

    table = list(csv.DictReader(io.StringIO(faxledger(town, capsys, "list", *case, "--csv"))))
    known = {one["to_number"]: (one["status"], one["settled_by"]) for one in table}
    assert known == {UNHEARD: ("sent", "poll"), BUSY: ("failed", "callback"), REFUSED: ("failed", "")}
    (by_number,) = faxledger(town, capsys, "list", "--number", BUSY).splitlines()
    (by_class,) = faxledger(town, capsys, "list", *case, "--failure-class", "busy").splitlines()
    assert by_number == by_class
    failed = by_number.split()[-1]
    assert "failed as busy" in faxledger(town, capsys, "show", failed)
    assert "failed as rejected" in faxledger(town, capsys, "show", small[1])

    (again,) = faxledger(town, capsys, "resend", failed, "--number", UNHEARD).split()
    town.wait(minutes=75)
    assert json.loads(faxledger(town, capsys, "api", "GET", f"/faxes/{again}"))["status"] == "sent"
    assert "sends" in faxledger(town, capsys, "show", again)
    assert main(["resend", failed, "--api-url", town.bundle.url]) == 1
    assert "sent once more already" in capsys.readouterr().err
