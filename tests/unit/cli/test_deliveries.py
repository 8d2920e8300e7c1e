"""`faxledger deliveries`: who was not told, and having them told after all."""

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from cli.main import main
from tests.support.openapi import openapi, validator_of
from tests.unit.cli.conftest import answered, delivery

HOOK, MAIL = "9f86d081884c7d65", "0123456789abcdef"
Answering = Callable[[httpx.Request], httpx.Response]
REDRIVE = openapi()["paths"]["/deliveries/redrive"]["post"]


def listed(day: int, target: str = HOOK, state: str = "given_up", **more: Any) -> dict[str, Any]:
    of: dict[str, Any] = {"fax": f"softlinx.outbound.acme.{day}", "day": None, "day_version": None}
    of |= {"target": target, "attempts": 8, "problem": "answered 503"}
    when = {"planned_at": f"2026-11-{day}T18:02:11Z", "next_at": None, "delivered_at": None}
    return {**delivery(state), **of, **when, **more}


def page(*deliveries: Any) -> dict[str, Any]:
    document = {"deliveries": list(deliveries), "cursor": None}
    schema = openapi()["paths"]["/deliveries"]["get"]["responses"]["200"]["content"]["application/json"]
    validator_of(schema["schema"]).validate(document)
    return document


def query(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}


def test_how_many_were_given_up_to_whom_since_when_and_why_is_said_at_a_glance(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    deliveries = [listed(day) for day in (29, 28, 27)]
    odd: dict[str, Any] = {"route": None, "channel": "email", "problem": "answered 500"}
    answering(answered(page(*deliveries, listed(26, MAIL, **odd), listed(25, problem="answered 502"))))
    assert main(["deliveries"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{HOOK}  webhook  4 given up  25 Nov 18:02 to 29 Nov 18:02 UTC",
        "  route: default",
        "  last attempt: answered 503 (3), answered 502 (1)",
        f"{MAIL}  email  1 given up  26 Nov 18:02 to 26 Nov 18:02 UTC",
        "  route: named by the sender",
        "  last attempt: answered 500",
    ]


def test_each_option_is_a_filter_of_the_api(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    came = answering(answered(page()))
    asked = {
        "state": "pending",
        "target": HOOK,
        "route": "softlinx/jo",
        "since": "2026-11-27",
        "until": "2026-11-30",
    }
    assert main(["deliveries", *(word for name, text in asked.items() for word in (f"--{name}", text))]) == 0
    assert query(came[0]) == asked | {"limit": "200"}
    assert capsys.readouterr().out == "None is pending.\n"
    assert main(["deliveries"]) == 0
    assert query(came[1]) == {"limit": "200"}
    assert capsys.readouterr().out == "None was given up.\n"


def test_each_is_shown_or_given_as_it_is(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    one = listed(27, state="pending", next_at="2026-11-28T09:00:00Z")
    answering(answered(page(one)))
    assert main(["deliveries", "--each", "--state", "pending"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"softlinx.outbound.acme.27  fax.failed by webhook to {HOOK}",
        "  since 2026-11-27 18:02:11Z, 8 attempts, next 2026-11-28 09:00:00Z: answered 503",
    ]
    assert main(["deliveries", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == one


def test_one_of_a_closed_day_names_the_day(answering: Any, capsys: pytest.CaptureFixture[str]) -> None:
    of_a_day = {"fax": None, "day": "2026-11-26", "day_version": 2, "event": "day.closed"}
    answering(answered(page(listed(27) | of_a_day)))
    assert main(["deliveries", "--each"]) == 0
    first, _ = capsys.readouterr().out.splitlines()
    assert first == f"2026-11-26, version 2  day.closed by webhook to {HOOK}"


class Backlog:
    """The API with so many deliveries of one target given up, of which some are not wanted any more."""

    def __init__(self, given_up: int, unwanted: int = 0, *, at_once: int = 200) -> None:
        self.given_up, self.unwanted, self.at_once = given_up, unwanted, at_once
        self.asked: list[dict[str, Any]] = []
        self.breaks_at: int | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        validator_of(REDRIVE["requestBody"]["content"]["application/json"]["schema"]).validate(asked)
        self.asked.append(asked)
        if len(self.asked) == self.breaks_at:
            return httpx.Response(503, json={"detail": "The ledger can't be reached; please try again."})
        start = int(asked.get("cursor", 0))
        matched = min(self.at_once, self.given_up - start)
        unwanted = min(self.unwanted, matched)
        redriven = 0 if asked.get("dry_run") else matched - unwanted
        until = "2026-11-30T08:10:00Z" if redriven else None
        counts: dict[str, Any] = {
            "matched": matched,
            "unwanted": unwanted,
            "redriven": redriven,
            "due_until": until,
        }
        first = {"first_at": f"2026-11-{27 - start // 200:02}T18:00:00Z", "last_at": "2026-11-29T07:00:00Z"}
        document = {
            **counts,
            "dry_run": bool(asked.get("dry_run")),
            "targets": [{**counts, **first, "target": HOOK, "channel": "webhook"}] if matched else [],
            "cursor": str(start + matched) if start + matched < self.given_up else None,
        }
        validator_of(REDRIVE["responses"]["200"]["content"]["application/json"]["schema"]).validate(document)
        return httpx.Response(200, json=document)


def test_a_redrive_says_what_there_is_and_then_has_it_made(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    backlog = Backlog(450, unwanted=3)
    answering(backlog)
    assert main(["deliveries", "redrive", "--route", "default", "--since", "2026-11-27", "--yes"]) == 0
    which = {"route": "default", "since": "2026-11-27"}
    cursors: list[dict[str, Any]] = [{}, {"cursor": "200"}, {"cursor": "400"}]
    assert backlog.asked == [{**which, "dry_run": True, **one} for one in cursors] + [
        {**which, **one} for one in cursors
    ]
    assert capsys.readouterr().out.splitlines() == [
        f"{HOOK}  webhook  450 given up  25 Nov 18:00 to 29 Nov 07:00 UTC",
        "  9 of them for a target that is disabled or no longer in its route:",
        "  `faxledger routes enable ROUTE`",
        "441 are due, the last at 2026-11-30 08:10:00Z.",
        "`faxledger deliveries --state pending` shows what is left.",
    ]


@pytest.mark.parametrize(
    ("backlog", "asked"), [(Backlog(0), ["--yes"]), (Backlog(9, 9), ["--yes"]), (Backlog(9), ["--dry-run"])]
)
def test_nothing_is_made_where_nothing_is_to_be_made_or_only_counted(
    answering: Any, backlog: Backlog, asked: list[str]
) -> None:
    answering(backlog)
    assert main(["deliveries", "redrive", *asked]) == 0
    assert backlog.asked == [{"dry_run": True}]


@pytest.mark.parametrize(
    ("said", "status", "requests"), [("y\n", 0, 2), ("Yes\n", 0, 2), ("n\n", 1, 1), ("\n", 1, 1), ("", 1, 1)]
)
def test_whoever_sits_there_is_asked_first(
    answering: Any,
    terminal: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
    said: str,
    status: int,
    requests: int,
) -> None:
    backlog = Backlog(9)
    answering(backlog)
    terminal(said)
    assert main(["deliveries", "redrive"]) == status
    assert len(backlog.asked) == requests
    assert "Have 9 made" in capsys.readouterr().err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda text: monkeypatch.setattr("sys.stdin", Terminal(text))


def test_where_nobody_sits_a_program_has_to_say_yes(
    answering: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backlog = Backlog(9)
    answering(backlog)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(["deliveries", "redrive"]) == 2
    assert len(backlog.asked) == 1
    assert "--yes" in capsys.readouterr().err


def test_what_was_made_due_before_it_broke_off_is_said(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    backlog = Backlog(450)
    backlog.breaks_at = 5
    answering(backlog)
    assert main(["deliveries", "redrive", "--yes"]) == 2
    said = capsys.readouterr()
    assert "200 are due" in said.out
    assert "please try again" in said.err


def test_what_was_missed_is_asked_for_by_the_same_command(
    answering: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    backlog = Backlog(9)
    answering(backlog)
    options = ["--missed", "--target", HOOK, "--since", "2026-11-27", "--yes", "--json"]
    assert main(["deliveries", "redrive", *options]) == 0
    which = {"target": HOOK, "since": "2026-11-27", "missed": True}
    assert backlog.asked == [{**which, "dry_run": True}, which]
    assert json.loads(capsys.readouterr().out)["redriven"] == 9


@pytest.mark.parametrize("words", [["--yes"], ["--dry-run"], ["--missed"], ["redrive", "--each"]])
def test_what_does_not_go_together_is_not_asked(answering: Any, words: list[str]) -> None:
    came = answering(answered({}))
    assert main(["deliveries", *words]) == 2
    assert came == []
