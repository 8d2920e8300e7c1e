"""Whatever a command comes upon, a person reads a sentence and a script an exit status."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ProfileNotFound

from cli.api import Refused
from cli.guard import guarded
from cli.main import main
from local.runtime.errors import CannotRun
from tests.support import canaries

FAXLEDGER = Path(sys.executable).with_name("faxledger")
FAX = "softlinx.outbound.acme.33"


def failing(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (Refused("there is no fax of this id (404)"), 1, "there is no fax of this id (404)"),
        (CannotRun("there are no AWS credentials"), 2, "there are no AWS credentials"),
        (ProfileNotFound(profile="clinic"), 2, "there is no such AWS profile"),
        (PermissionError(errno.EACCES, "Permission denied", "faxes.csv"), 2, "faxes.csv: Permission denied"),
        (ModuleNotFoundError("No module named 'yaml'", name="yaml"), 2, "pipx install --force '.[local]'"),
        (ModuleNotFoundError("No module", name="moto.server"), 2, ".venv/bin/faxledger"),
    ],
)
def test_each_surprise_is_a_sentence_and_an_exit_status(
    error: Exception, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded("faxledger show", failing(error)) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("faxledger show: ")
    assert printed.err.count("\n") == 1
    assert said in printed.err


def test_a_terminal_gets_80_columns_and_a_script_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ModuleNotFoundError("No module named 'yaml'", name="yaml")
    guarded("faxledger init", failing(error))
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    guarded("faxledger init", failing(error))
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert " ".join(lines) == said.rstrip()
    assert "'.[local]'" in " ".join(lines)


def test_what_nobody_thought_of_is_said_without_what_it_holds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAXLEDGER_DEBUG", raising=False)
    assert guarded("faxledger show", failing(RuntimeError(canaries.NAME))) == 2
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert canaries.NAME not in printed
    assert "RuntimeError" in printed
    assert "FAXLEDGER_DEBUG=1" in printed
    monkeypatch.setenv("FAXLEDGER_DEBUG", "1")
    assert guarded("faxledger show", failing(RuntimeError("of ours"))) == 2
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_ends_a_command_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded("faxledger show", failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "\n"


def test_who_has_read_enough_may_leave() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        left = subprocess.run(
            [FAXLEDGER, "up", "--help"], stdout=output, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (left.returncode, left.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device is Linux'")
def test_a_full_disk_is_said() -> None:
    with Path("/dev/full").open("w") as output:
        full = subprocess.run(
            [FAXLEDGER, "completion", "bash"], stdout=output, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (full.returncode, full.stderr) == (2, "faxledger completion: No space left on device\n")


def test_a_terminal_that_lacks_letters_is_told_their_numbers() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    said = subprocess.run(
        [FAXLEDGER, "routes", "--help"], capture_output=True, text=True, check=False, env=environment
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert "\\u2026" in said.stdout


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (httpx.Response(200, html="<h1>Welcome</h1>"), 2, "this is not Faxledger's API"),
        (httpx.Response(404, html="<h1>Nothing here</h1>"), 2, "this is not Faxledger's API"),
        (httpx.Response(200, json={"ok": True}), 2, "has no `kind`"),
        (httpx.Response(200, json=[{"id": canaries.NAME}]), 2, "does not know"),
        (httpx.Response(200, content=b'{"kind": "fax"'), 2, "not with JSON"),
        (httpx.Response(200, content=b"[" * 100_000), 2, "not with JSON"),
        (httpx.Response(200, content=b"\xff\xfe"), 2, "not with JSON"),
        (httpx.Response(404, json={"detail": "there is no fax of this id"}), 1, "no fax of this id (404)"),
        (httpx.Response(403, json={"message": "Forbidden"}), 2, "get-caller-identity"),
        (httpx.Response(403, json={"Message": "User is not authorized"}), 2, "User is not authorized (403)"),
        (httpx.Response(503, json={"detail": "the ledger can't be read"}), 2, "Try again in a moment"),
        (httpx.Response(502, html="Bad gateway"), 2, "answers 502. Try again"),
        (httpx.Response(401, json={"message": "Unauthorized"}), 2, "get-caller-identity"),
        (httpx.Response(200), 2, "does not know"),
    ],
)
def test_whoever_answers_in_the_place_of_the_api_is_told_from_it(
    answer: httpx.Response, status: int, said: str, answering: Callable[..., None], capsys: Any
) -> None:
    answering(lambda _: answer)
    assert main(["show", FAX]) == status
    printed = capsys.readouterr().err
    assert said in printed
    assert "Traceback" not in printed
    assert canaries.NAME not in printed


def test_a_connection_that_breaks_is_said(answering: Callable[..., None], capsys: Any) -> None:
    def reset(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("Connection reset by peer")

    answering(reset)
    assert main(["show", FAX]) == 2
    assert "could not be asked (ReadError)" in capsys.readouterr().err
