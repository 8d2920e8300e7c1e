"""Who is told, said from the command line."""

import io
import json

import pytest

from cli.main import main
from local.show.simulators.web import WebRequest, WebResponse
from tests.e2e.conftest import Town

GOOD, BUSY = "12025550100", "12025550001"


def routes(town: Town, *arguments: str) -> int:
    return main(["routes", *arguments, "--api-url", town.bundle.url])


def test_a_route_is_made_seen_and_deleted_and_one_that_was_gone_is_enabled(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = f"{town.receiver.url}/hook"
    assert routes(town, "put", "default", hook, "--events", "fax.failed, fax.overdue") == 0
    assert routes(town, "put", "softlinx/Jane@Example.org", hook) == 0
    assert routes(town, "put", "greenfax/+1 (202) 555-0191", hook) == 0
    capsys.readouterr()
    assert routes(town, "list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[::2] == ["default", "greenfax/2025550191", "softlinx/jane@example.org"]
    assert f"{hook}  fax.failed, fax.overdue" in listed[1]
    assert f"{hook}  every fax event" in listed[3]

    town.receiver.behaviour = lambda _request, _now: WebResponse(410, b"")
    town.softlinx.send(BUSY)
    town.wait(minutes=30)
    assert routes(town, "show", "default") == 0
    assert "; disabled since 2026-11-23T" in capsys.readouterr().out
    town.receiver.behaviour = taken
    assert routes(town, "enable", "default") == 0
    shown = capsys.readouterr().out
    assert "disabled" not in shown
    assert "fax.failed, fax.overdue" in shown
    town.softlinx.send(BUSY)
    town.wait(minutes=30)
    assert [one.answered for one in town.receiver.attempts()] == [410, 204]

    assert routes(town, "delete", "softlinx/jane@example.org") == 0
    assert routes(town, "show", "softlinx/jane@example.org") == 1
    assert "no such route" in capsys.readouterr().err


def taken(_: WebRequest, __: object) -> None:
    return None


def test_targets_may_come_from_a_file(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"targets": [{"webhook": "https://hooks.example.org/a"}, {"webhook": town.receiver.url}]}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(document)))
    assert routes(town, "put", "default", "--file", "-") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    monkeypatch.setattr("sys.stdin", io.StringIO("[]"))
    assert routes(town, "put", "default", "--file", "-") == 2
    assert "holds no targets" in capsys.readouterr().err


REFUSED = {
    ("put", "default"): (1, "a list of 1 to 20 targets"),
    ("put", "default", "http://hooks.example.org/"): (1, "not https"),
    ("put", "default", "desk@example.org"): (1, "NotifySender"),
    ("put", "hylafax/jane", "https://hooks.example.org/"): (1, "provider is none of"),
    ("put", "jane", "https://hooks.example.org/"): (2, "neither default nor"),
    ("delete", "softlinx/nobody"): (1, "no such route"),
    ("enable", "default"): (1, "no such route"),
}


def test_what_is_refused_is_said(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, (status, said) in REFUSED.items():
        assert routes(town, *arguments) == status
        assert said in capsys.readouterr().err
    assert town.get("/routes").json()["routes"] == []
