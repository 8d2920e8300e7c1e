"""`faxledger show`: a fax's history, in the order of time."""

import json
from typing import Any

import pytest

from cli.main import main
from tests.unit.cli.conftest import answered, delivery, fax, sighting, submission

FAX = "softlinx.outbound.acme.33"


def shown(answering: Any, capsys: pytest.CaptureFixture[str], document: dict[str, Any]) -> list[str]:
    answering(answered(document))
    assert main(["show", FAX]) == 0
    printed = capsys.readouterr().out
    assert "None" not in printed
    assert "12025550100" not in printed
    return printed.splitlines()


def test_the_history_of_a_fax_is_told_in_the_order_of_time(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = {"class": "busy", "code": "1007", "text": "Line busy"}
    known = fax(
        status="failed",
        first_status="failed",
        failure=failure,
        submitted_at="2026-11-26T10:02:00Z",
        completed_at="2026-11-26T10:03:12Z",
        settled_at="2026-11-26T10:03:12.120Z",
        settled_by="callback",
        sources=["callback", "poll"],
        to_number="12025550100",
        pages=0,
        cost_usd="0.10",
        sightings=[
            sighting("poll", "failed", "2026-11-26T11:00:04Z", "sendFailed", unread=["pages"]),
            sighting("callback", "failed", "2026-11-26T10:03:12.120Z", "sendfailed"),
        ],
        unsettling=[sighting("callback", None, "2026-11-26T10:02:30Z", "sending")],
        duties={
            "mark": {
                "state": "given_up",
                "failed_tries": 8,
                "last_problem": "refused: 1012",
                "next_at": None,
            }
        },
        deliveries=[
            delivery("done", delivered_at="2026-11-26T10:03:13Z"),
            delivery("given_up", attempts=8, problem="answered 503", channel="email"),
        ],
        requested_by="arn:aws:iam::123456789012:user/jane",
    )
    assert shown(answering, capsys, known) == [
        f"{FAX} is failed",
        "  failed as busy: 1007 Line busy",
        "  settled by callback, 2026-11-26 10:03:12Z",
        "  0 pages",
        "  0.10 USD",
        "  requested by arn:aws:iam::123456789012:user/jane",
        "  2026-11-26 10:02:00Z  submitted",
        '  2026-11-26 10:02:30Z  callback: settles nothing ("sending")',
        "  2026-11-26 10:03:12Z  completed, says the provider",
        '  2026-11-26 10:03:12Z  callback: failed ("sendfailed")',
        "  2026-11-26 10:03:13Z  fax.failed to webhook 9f86d081884c7d65: done",
        '  2026-11-26 11:00:04Z  poll: failed ("sendFailed"); not read of it: pages',
        "  mark: given_up after 8 failed tries: refused: 1012",
        "  fax.failed to email 9f86d081884c7d65: given_up after 8 attempts: answered 503",
    ]


def test_of_a_fax_of_which_nothing_is_known_that_is_said(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(answering, capsys, fax()) == [
        f"{FAX} is submitted",
        "  no source has told its final status yet",
    ]


def test_a_conflict_is_shown_with_what_to_do_until_somebody_has(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    statements = [
        {"status": status, "source": source, "seen_at": at, "given": {}}
        for status, source, at in (
            ("failed", "callback", "2026-11-26T10:03:12Z"),
            ("sent", "poll", "2026-11-26T11:00:04Z"),
        )
    ]
    known: dict[str, Any] = {"status": "failed", "first_status": "failed"}
    lines = shown(answering, capsys, fax(**known, conflict={"statements": statements, "is_resolved": False}))
    assert "  callback: failed, 2026-11-26 10:03:12Z" in lines
    assert "  poll: sent, 2026-11-26 11:00:04Z" in lines
    assert any("amend" in line for line in lines)
    said = {"status": "sent", "was": "failed", "by": "arn:x", "at": "2026-11-26T12:00:00Z", "because": "so"}
    amended = {"status": "sent", "amended_status": "sent", "amendments": [said]}
    conflict = {"statements": statements, "is_resolved": True}
    lines = shown(answering, capsys, fax(**{**known, **amended}, conflict=conflict))
    assert "  2026-11-26 12:00:00Z  arn:x: sent (was failed)" in lines
    assert not any("amend" in line for line in lines)


def test_a_refused_submission_says_why(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failure = {"class": "rejected", "code": "33", "text": "Fax number not allowed"}
    known = {
        **submission("refused", failure=failure, state_at="2026-11-26T10:02:01Z", to_number="12025550100"),
        "deliveries": [delivery("pending", next_at="2026-11-26T10:07:00Z", problem="answered 503")],
    }
    assert shown(answering, capsys, known) == [
        "0123456789abcdef0123456789abcdef-1 is refused",
        "  failed as rejected: 33 Fax number not allowed",
        "  2026-11-26 10:02:00Z  accepted",
        "  2026-11-26 10:02:01Z  refused",
        (
            "  fax.failed to webhook 9f86d081884c7d65: pending after 1 attempts: answered 503, "
            "next 2026-11-26 10:07:00Z"
        ),
    ]


def test_a_program_gets_everything(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    known = fax(to_number="12025550100")
    answering(answered(known))
    assert main(["show", FAX, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == known


def test_what_a_terminal_would_carry_out_is_replaced_and_our_own_colours_stay(
    answering: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    failure = {"class": "other", "code": None, "text": "busy\x1b]0;owned\x07 \x9b2J"}
    answering(answered(fax(status="failed", failure=failure)))
    assert main(["show", FAX]) == 0
    said = capsys.readouterr().out
    assert "failed as other: busy\ufffd]0;owned\ufffd \ufffd2J" in said
    assert "is \x1b[31mfailed\x1b[0m" in said


def test_colours_are_for_terminals_and_not_for_those_who_want_none(
    answering: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    answering(answered(fax(status="failed")))
    assert main(["show", FAX]) == 0
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["show", FAX]) == 0
    assert "is \x1b[31mfailed\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["show", FAX]) == 0
    assert "\x1b" not in capsys.readouterr().out
