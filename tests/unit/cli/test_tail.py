"""`faxledger tail`: each fax once, as soon as it is settled, through outages too."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from cli.api import Api
from cli.main import main
from cli.tail import News
from cli.which_stack import ON_THIS_MACHINE
from tests.unit.cli.conftest import settled, submission, summary


class Ledger:
    """What the API lists, the newest first; `is_down` is an outage."""

    def __init__(self) -> None:
        self.faxes: list[dict[str, Any]] = []
        self.is_down = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused")
        start = int(request.url.params.get("cursor", "0"))
        end = start + 2
        cursor = str(end) if end < len(self.faxes) else None
        return httpx.Response(200, json={"faxes": self.faxes[start:end], "cursor": cursor})


@pytest.fixture
def ledger(answering: Any) -> Ledger:
    ledger = Ledger()
    answering(ledger)
    return ledger


def run(monkeypatch: pytest.MonkeyPatch, *rounds: Any) -> int:
    """Has each round's doing done while the command waits, and Ctrl-C after the last."""
    left = iter(rounds)

    def wait(_: float) -> None:
        try:
            next(left)()
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("time.sleep", wait)
    return main(["tail"])


def test_what_is_settled_from_now_on_is_told_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger.faxes = [settled("1")]

    def settle() -> None:
        ledger.faxes = [submission(), summary("3"), settled("2"), settled("1")]

    assert run(monkeypatch, settle, lambda: None, *[lambda: None] * 12) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == ["softlinx.outbound.acme.2"]


def test_an_outage_is_said_once_and_survived(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall() -> None:
        ledger.is_down = True

    def rise() -> None:
        ledger.is_down = False
        ledger.faxes = [settled("1")]

    assert run(monkeypatch, fall, lambda: None, rise) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    assert printed.err.count("could not be asked") == 1
    assert printed.err.count("answered again") == 1


def test_who_asks_nobody_learns_it_at_once(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    ledger.is_down = True
    assert main(["tail"]) == 2
    assert "could not be asked" in capsys.readouterr().err


def test_who_may_not_ask_any_more_is_told_and_does_not_wait(
    answering: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter(
        [
            httpx.Response(200, json={"faxes": [], "cursor": None}),
            httpx.Response(403, json={"message": "The security token included in the request is expired"}),
        ]
    )
    answering(lambda _: next(answers))
    assert run(monkeypatch, lambda: None) == 2
    assert "is expired (403)" in capsys.readouterr().err


def test_what_becomes_known_late_is_found_as_far_back_as_was_asked_for(ledger: Ledger) -> None:
    def fax(job: str, hour: int) -> Any:
        return settled(job, at=f"2026-11-26T{hour:02}:30:00Z")

    recent = [fax(str(number), 12) for number in range(5)]
    ledger.faxes = recent
    news = News(Api(ON_THIS_MACHINE), timedelta(hours=2))
    news.pass_over_what_is_known()
    ledger.faxes = [*recent, fax("late", 11), fax("too-late", 9)]
    found = [one["id"] for _ in range(12) for one in news.settled_since()]
    assert found == ["softlinx.outbound.acme.late"]


def test_the_latest_settled_is_told_last(ledger: Ledger) -> None:
    news = News(Api(ON_THIS_MACHINE), timedelta(hours=2))
    news.pass_over_what_is_known()
    ledger.faxes = [
        settled("1", settled_at="2026-11-26T11:00:00Z"),
        settled("2", settled_at="2026-11-26T10:04:00Z"),
    ]
    assert [one["id"][-1] for one in news.settled_since()] == ["2", "1"]


def test_a_provider_whose_clock_is_fast_hides_nothing_that_becomes_known(ledger: Ledger) -> None:
    news = News(Api(ON_THIS_MACHINE), timedelta(hours=2))
    news.pass_over_what_is_known()
    ledger.faxes = [
        settled("1", at="2026-11-27T09:00:00Z", settled_at="2026-11-26T12:00:00Z"),
        settled("2", at="2026-11-26T12:01:00Z"),
    ]
    assert [one["id"][-1] for one in news.settled_since()] == ["1", "2"]
