"""`GET /unreadable` and `GET /deliveries`: what nobody could read, and who was not told."""

from base64 import b64decode
from typing import Any

import pytest

from tests.support import canaries
from tests.support.bundle_on_moto import Stack, query, softlinx_post
from tests.support.openapi import hold_against_openapi

BODY = f"FaxStatus=sent&Name={canaries.NAME.replace(' ', '+')}"


def ask(stack: Stack, path: str, parameters: str = "", **parts: str) -> Any:
    event = query(f"GET {path}", parameters, **parts)
    event["requestContext"]["authorizer"] = {"iam": {"userArn": "arn:aws:iam::123456789012:user/jo"}}
    answer = stack.http("QueryFaxes", event)
    hold_against_openapi(answer, "get", path)
    return answer


def test_what_could_not_be_read_is_listed_without_what_it_says(stack: Stack) -> None:
    assert ask(stack, "/unreadable").document == {"unreadable": [], "cursor": None}
    for _ in range(2):
        assert stack.http("SoftlinxCallback", softlinx_post(BODY)).status == 400
    answer = ask(stack, "/unreadable", "limit=1")
    (one,) = answer.document["unreadable"]
    assert (one["origin"], one["times"], one["size"]) == ("softlinx-callback", 2, len(BODY))
    assert canaries.found_in(answer.body) == []


def test_the_bytes_are_for_whoever_asks_for_them_by_id_and_that_is_logged(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.http("SoftlinxCallback", softlinx_post(BODY))
    (one,) = ask(stack, "/unreadable").document["unreadable"]
    capsys.readouterr()
    answer = ask(stack, "/unreadable/{id}", id=one["id"])
    assert b64decode(answer.document["raw"]).decode() == BODY
    assert answer.headers["cache-control"] == "no-store"
    printed = capsys.readouterr().out
    assert "user/jo" in printed
    assert one["id"] in printed
    assert canaries.found_in(printed) == []


@pytest.mark.parametrize(("id_", "status"), [("a" * 64, 404), ("A" * 64, 400), ("x", 400)])
def test_an_id_that_is_none(stack: Stack, id_: str, status: int) -> None:
    answer = ask(stack, "/unreadable/{id}", id=id_)
    assert (answer.status, answer.document["field"]) == (status, "id")


@pytest.mark.parametrize(
    ("path", "parameters", "field"),
    [
        ("/unreadable", "limit=51", "limit"),
        ("/unreadable", "cursor=x", "cursor"),
        ("/unreadable", "origin=x", "origin"),
        ("/deliveries", "state=done", "state"),
        ("/deliveries", "target=9f86d081884c7d6", "target"),
        ("/deliveries", "target=9F86D081884C7D65", "target"),
        ("/deliveries", "route=jo", "route"),
        ("/deliveries", "route=softlinx/", "route"),
        ("/deliveries", "route=softlinx/a/b", "route"),
        ("/deliveries", "since=friday", "since"),
        ("/deliveries", "since=2026-11-30&until=2026-11-27", "until"),
        ("/deliveries", "cursor=x", "cursor"),
        ("/deliveries", "limit=0", "limit"),
    ],
)
def test_a_parameter_that_can_t_be_is_named(stack: Stack, path: str, parameters: str, field: str) -> None:
    answer = ask(stack, path, parameters)
    assert (answer.status, answer.document["field"]) == (400, field)


@pytest.mark.parametrize("path", ["/unreadable", "/deliveries"])
def test_a_table_out_of_reach_is_a_503(stack: Stack, path: str) -> None:
    with stack.out_of_reach("dynamodb"):
        assert ask(stack, path).status == 503


def test_deliveries_that_were_made_are_asked_for_by_fax_and_the_answer_says_so(stack: Stack) -> None:
    assert "GET /faxes/{id}" in ask(stack, "/deliveries", "state=done").document["detail"]


@pytest.mark.parametrize(
    "parameters",
    [
        "state=pending&target=9f86d081884c7d65&route=default&since=2026-11-27&until=2026-11-30T08:00Z",
        "route=softlinx/JSmith",
        "route=greenfax/%2B1%20(215)%20555-0100",
    ],
)
def test_deliveries_are_asked_for_by_target_route_and_time(stack: Stack, parameters: str) -> None:
    assert ask(stack, "/deliveries", parameters).document == {"deliveries": [], "cursor": None}
