"""`GET /feeds`: which days have been read, which are missing."""

from typing import Any

from tests.functions.softlinx_api.scripted_server import http, scripted_server
from tests.support.bundle_on_moto import Answer, Context, Stack, event_file
from tests.support.openapi import hold_against_openapi


def ask(stack: Stack) -> Answer:
    event = event_file("query_faxes")
    event["routeKey"] = event["requestContext"]["routeKey"] = "GET /feeds"
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/feeds"
    del event["pathParameters"]
    answer = stack.http("QueryFaxes", event)
    hold_against_openapi(answer, "get", "/feeds")
    return answer


def read_feeds(stack: Stack, *, times: int) -> None:
    with scripted_server() as server:
        server.answer("", http("<faxes/>"))
        stack.parameters["GreenFaxOutboundUrl"] = stack.parameters["GreenFaxInboundUrl"] = server.url
        stack.restart()
        for _ in range(times):
            stack.invoke("GreenFaxFeed", event_file("greenfax_feed"), Context(seconds_left=900))
            stack.clock.advance(minutes=20.2)


def days(first: str, last: str) -> dict[str, Any]:
    return {"first": first, "last": last}


def test_nothing_was_read_yet(stack: Stack) -> None:
    assert ask(stack).document == {"feeds": []}


def test_the_days_that_were_read_are_listed(stack: Stack) -> None:
    read_feeds(stack, times=2)
    outbound, inbound = ask(stack).document["feeds"]
    assert outbound == {
        "provider": "greenfax",
        "direction": "outbound",
        "since": "2026-11-16",
        "covered": [days("2026-11-16", "2026-11-19")],
        "missing": [],
        "asked_at": "2026-11-22T15:04:05.000Z",
    }
    assert inbound == {**outbound, "direction": "inbound", "asked_at": "2026-11-22T15:24:17.000Z"}


def test_while_history_is_being_read_the_days_that_are_missing_are_listed(stack: Stack) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-06-01"
    read_feeds(stack, times=3)
    outbound, _ = ask(stack).document["feeds"]
    assert outbound["covered"] == [days("2026-06-01", "2026-08-29"), days("2026-11-16", "2026-11-19")]
    assert outbound["missing"] == [days("2026-08-30", "2026-11-15")]
    read_feeds(stack, times=6)
    outbound, inbound = ask(stack).document["feeds"]
    assert outbound["covered"] == [days("2026-06-01", "2026-11-19")]
    assert outbound["missing"] == []
    assert inbound["missing"] == [days("2026-08-30", "2026-11-15")]


def test_a_table_out_of_reach_is_a_503(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        assert ask(stack).status == 503
