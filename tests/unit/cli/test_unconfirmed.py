"""`faxledger unconfirmed`: what callbacks alone have settled, and how it is confirmed."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cli import unconfirmed
from cli.api import Api
from cli.main import main

SINCE = "2026-11-28T08:00:00"


def fax(
    job: str, *sources: str, settled_at: str = "2026-11-28T09:00:00.120000Z", **more: Any
) -> dict[str, Any]:
    provider = "greenfax" if sources[0] in {"notify", "feed"} else "softlinx"
    return {
        "kind": "fax",
        "id": f"{provider}.outbound.acme.{job}",
        "provider": provider,
        "status": "sent",
        "settled_at": settled_at,
        "settled_by": sources[0],
        "sources": list(sources),
        "duties": {},
        **more,
    }


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the API lists, one fax a page."""
    listed: list[dict[str, Any]] = []

    class ListingApi(Api):
        def ask(self, method: str, path: str, document: object = None, **_: Any) -> Any:
            asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
            assert (method, urlsplit(path).path, document) == ("GET", "/faxes", None)
            matching = [one for one in listed if one["settled_by"] == asked["settled_by"]]
            start = int(asked.get("cursor", "0"))
            more = str(start + 1) if start + 1 < len(matching) else None
            return {"faxes": matching[start : start + 1], "cursor": more}

    monkeypatch.setattr(unconfirmed, "api_of", lambda _: ListingApi(""))
    return listed


def listed_ids(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["unconfirmed", "--since", SINCE]) == 0
    return [line.split("  ")[-1] for line in capsys.readouterr().out.splitlines() if "Z  " in line]


def test_what_a_callback_alone_has_settled_is_listed_the_newest_first(
    ledger: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger += [
        fax("33", "callback"),
        fax("35", "callback", settled_at="2026-11-28T09:00:01Z"),
        fax("34", "notify", settled_at="2026-11-28T10:00:00Z"),
    ]
    assert listed_ids(capsys) == [
        "greenfax.outbound.acme.34",
        "softlinx.outbound.acme.35",
        "softlinx.outbound.acme.33",
    ]


@pytest.mark.parametrize("confirmed_by", ["poll", "feed", "email"])
def test_what_another_source_states_too_is_not(
    ledger: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], confirmed_by: str
) -> None:
    ledger += [fax("33", "callback", confirmed_by), fax("34", "notify", confirmed_by)]
    assert listed_ids(capsys) == []


def test_it_is_the_time_of_settling_that_counts_whatever_time_the_callback_named(
    ledger: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger += [
        fax("33", "callback", settled_at="2026-11-28T07:59:59.999Z"),
        fax("34", "callback", settled_at="2026-11-28T08:00:00Z", completed_at="2019-01-01T00:00:00Z"),
    ]
    assert listed_ids(capsys) == ["softlinx.outbound.acme.34"]


def test_it_ends_with_how_many_there_are_and_how_each_provider_confirms_them(
    ledger: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger += [fax("33", "callback"), fax("34", "notify"), fax("35", "notify")]
    assert main(["unconfirmed", "--since", SINCE]) == 0
    printed = capsys.readouterr().out
    assert "since 2026-11-28T08:00:00Z:\n  2 of greenfax, 1 of softlinx\n" in printed
    assert "--look-up FILE" in printed
    assert "faxledger feeds" in printed
    assert "faxledger amend" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_its_help_fits_into_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["unconfirmed", "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_where_there_are_none_nothing_is_asked_of_anybody(
    ledger: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ledger == []
    assert main(["unconfirmed", "--since", SINCE]) == 0
    assert capsys.readouterr().out == "Settled by callbacks alone since 2026-11-28T08:00:00Z:\n  none\n"


def test_a_mark_that_was_given_up_is_named_for_the_fax_may_never_have_been(
    ledger: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"state": "given_up", "last_problem": "refused: 1012"}
    ledger += [fax("33", "callback", duties={"mark": refused})]
    assert main(["unconfirmed", "--since", SINCE]) == 0
    assert "  mark given up: refused: 1012\n" in capsys.readouterr().out


def test_the_event_for_the_poll_names_the_faxes_of_softlinx(
    ledger: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger += [fax("33", "callback"), fax("34", "notify")]
    event = tmp_path / "look-up.json"
    assert main(["unconfirmed", "--since", SINCE, "--look-up", str(event)]) == 0
    assert json.loads(event.read_text()) == {"look_up": ["softlinx.outbound.acme.33"]}
    assert main(["unconfirmed", "--since", SINCE, "--look-up", str(tmp_path / "none" / "x")]) == 2
    assert "can't be written" in capsys.readouterr().err
