"""`GET /providers`: when each was last heard, who has leave to ask it, and whether it refused our login."""

from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support.bundle_on_moto import Context, Stack, event_file, greenfax_get, query, softlinx_post
from tests.support.openapi import hold_against_openapi
from tests.support.stream import record

NOW = "2026-11-22T15:04:05Z"


def ask(stack: Stack) -> dict[str, dict[str, Any]]:
    answer = stack.http("QueryFaxes", query("GET /providers"))
    hold_against_openapi(answer, "get", "/providers")
    assert answer.status == 200, answer.body
    return {provider["provider"]: provider for provider in answer.document["providers"]}


def poll(stack: Stack, *, password: str = "") -> None:
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as softlinx:
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        stack.restart()
        if password:
            stack.put_secret("SoftlinxCredentials", f'{{"login": "faxledger", "password": "{password}"}}')
        stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))


def test_providers_that_nobody_has_heard_of_yet(stack: Stack) -> None:
    assert ask(stack) == {
        "softlinx": {
            "provider": "softlinx",
            "account": "acme",
            "heard": {"callback": None},
            "queries": [
                {"query": name, "read_at": None}
                for name in (
                    "outbound-sendfailed",
                    "outbound-failed",
                    "outbound-sent",
                    "inbound",
                    "outbound-any-status",
                )
            ],
            "feeds": [],
            "claims": [],
            "login_refused": None,
        },
        "greenfax": {
            "provider": "greenfax",
            "account": "12345",
            "heard": {"notify": None, "email": None},
            "queries": [],
            "feeds": [
                {"direction": "outbound", "asked_at": None, "read_at": None, "missing_days": 4},
                {"direction": "inbound", "asked_at": None, "read_at": None, "missing_days": 4},
            ],
            "claims": [],
            "login_refused": None,
        },
    }


def test_a_provider_without_an_account_is_not_listed(stack: Stack) -> None:
    stack.parameters["SoftlinxRealm"] = ""
    assert list(ask(stack)) == ["greenfax"]


def test_who_polls_often_asks_other_queries(stack: Stack) -> None:
    stack.parameters["SoftlinxMode"] = "poll-only"
    softlinx = ask(stack)["softlinx"]
    assert [one["query"] for one in softlinx["queries"]] == ["outbound", "inbound"]
    assert softlinx["heard"] == {}


def test_who_takes_callbacks_as_hints_hears_them(stack: Stack) -> None:
    stack.parameters["CallbackTrust"] = "confirm"
    assert ask(stack)["softlinx"]["heard"] == {"callback": None}


def test_pushes_are_heard_by_way_of_the_stream(stack: Stack) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "33", "FaxStatus": "sent"}))
    stack.http("GreenFaxNotify", greenfax_get())
    images = (stack.image("softlinx.outbound.acme.33"), stack.image("greenfax.outbound.12345.8591334"))
    changes = [record(number, new=image) for number, image in enumerate(images, 1)]
    stack.invoke("Announce", {"Records": changes})

    found = ask(stack)
    assert found["softlinx"]["heard"] == {"callback": NOW}
    assert found["greenfax"]["heard"] == {"notify": NOW, "email": None}


def test_a_poll_says_when_each_query_was_read_and_what_it_claimed(stack: Stack) -> None:
    poll(stack)
    softlinx = ask(stack)["softlinx"]
    assert {one["read_at"] for one in softlinx["queries"]} == {NOW}
    (daily,) = softlinx["claims"]
    assert (daily["what"], daily["since"], daily["is_held"]) == ("softlinx-outbound-any-status", NOW, True)
    stack.clock.advance(hours=24)
    assert not ask(stack)["softlinx"]["claims"][0]["is_held"]


@pytest.mark.parametrize(
    ("allowance", "claimed"),
    [
        ("shared", ["greenfax-feed", "greenfax-feed-outbound", "greenfax-feed-inbound"]),
        ("separate", ["greenfax-feed-outbound", "greenfax-feed-inbound"]),
    ],
)
def test_every_claim_on_a_feed_is_said_whatever_the_allowance(
    stack: Stack, allowance: str, claimed: list[str]
) -> None:
    stack.parameters["GreenFaxAllowance"] = allowance
    for what in claimed:
        held = {"claimed_at": NOW, "next_at": "2026-11-22T15:24:15Z", "write_token": "0011223344556677"}
        stack.table.put_item(Item={"pk": f"CLAIM#{what}", "sk": "CLAIM", **held})

    assert [one["what"] for one in ask(stack)["greenfax"]["claims"]] == claimed


def test_a_refused_login_is_said_until_a_query_is_read(stack: Stack) -> None:
    poll(stack, password="wrong")
    assert ask(stack)["softlinx"]["login_refused"] == {"at": NOW, "not_tried_until": "2026-11-22T16:04:05Z"}


def test_a_table_out_of_reach_is_a_503(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        answer = stack.http("QueryFaxes", query("GET /providers"))
    hold_against_openapi(answer, "get", "/providers")
    assert answer.status == 503
