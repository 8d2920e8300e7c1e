"""A conflict, and the person who resolves it from the command line."""

import io

import pytest

from cli.main import main
from tests.e2e.conftest import ACCOUNTS, Town
from tests.support import plain_http


def test_a_conflict_is_resolved_from_the_command_line(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fax_id = town.softlinx.send("12025550001")
    town.wait(minutes=30)
    fax = f"softlinx.outbound.acme.{fax_id}"
    callback = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    plain_http.post(callback, data={"FaxId": fax_id, "FaxStatus": "sent"})
    assert main(["show", fax, "--api-url", town.bundle.url]) == 0
    shown = capsys.readouterr().out
    assert f"{fax} is failed" in shown
    assert "callback: failed" in shown
    assert "callback: sent" in shown
    assert "disagree" in shown
    amend = ["amend", fax, "--status", "sent", "--api-url", town.bundle.url]
    monkeypatch.setattr("sys.stdin", io.StringIO("The clinic has it.\n"))

    assert main([*amend, "--because", "-"]) == 0

    printed = capsys.readouterr().out
    assert f"{fax} is sent" in printed
    assert "disagree" not in printed
    assert "callback: failed" in printed
    assert "callback: sent" in printed
    assert "arn:aws:iam::123456789012:user/local: sent (was failed)" in printed
    town.wait(minutes=5)
    told = [event for event in town.events.heard() if event["detail"]["fax_id"] == fax]
    assert sorted(event["detail-type"] for event in told) == [
        "Fax Amended",
        "Fax Failed",
        "Fax Status Conflict",
    ]
    known = town.get(f"/faxes/{fax}").json()
    assert known["amendments"][0]["because"] == "The clinic has it."
    assert known["conflict"]["is_resolved"]


def test_what_did_not_go_through_and_what_was_not_read_is_shown(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    callback = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    cut_short = {"FaxStatus": "sent", "PagesSent": "1", "PagesTotal": "3", "CompleteTime": "yesterday"}
    plain_http.post(callback, data={"FaxId": "9001", **cut_short})
    assert main(["show", "softlinx.outbound.acme.9001", "--api-url", town.bundle.url]) == 0
    shown = capsys.readouterr().out
    assert "1 of 3 pages went through" in shown
    assert "callback: sent" in shown
    assert "; not read of it: " in shown
    assert ": completed_at\n" in shown


def test_a_submission_is_shown_before_and_after_it_is_a_fax(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {
        "provider": "softlinx",
        "recipients": [{"number": "12025550100"}],
        "options": {"has_cover_page": True},
        "notify": [{"webhook": town.receiver.url}],
    }
    (submission,) = town.post("/faxes", asked, "a-first-key").json()["submissions"]
    show = ["show", submission["id"], "--api-url", town.bundle.url]
    assert main(show) == 0
    accepted_at = f"{town.bundle.clock.now():%Y-%m-%d %H:%M:%SZ}"
    assert capsys.readouterr().out.splitlines() == [
        f"{submission['id']} is accepted",
        "  requested by arn:aws:iam::123456789012:user/local",
        f"  {accepted_at}  accepted",
    ]
    town.wait(minutes=30)
    assert main(show) == 0
    shown = capsys.readouterr().out
    assert " is sent\n" in shown
    assert "fax.sent to webhook" in shown
    assert "12025550100" not in shown


def test_what_is_refused_is_said_in_the_api_s_words(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    fax = "softlinx.outbound.acme.9"
    amend = ["amend", fax, "--because", "so", "--api-url", town.bundle.url]
    assert main([*amend, "--status", "sent"]) == 1
    assert "no fax of this id" in capsys.readouterr().err
    assert main([*amend, "--status", "delivered"]) == 1
    assert "status is none of" in capsys.readouterr().err
