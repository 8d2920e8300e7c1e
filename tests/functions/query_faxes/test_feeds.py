"""`GET /feeds`: which days have been read, which are missing."""

from typing import Any

from tests.support.bundle_on_moto import Answer, Context, Stack, event_file, query
from tests.support.openapi import hold_against_openapi
from tests.support.scripted_server import http, scripted_server


def ask(stack: Stack) -> Answer:
    answer = stack.http("QueryFaxes", query("GET /feeds"))
    hold_against_openapi(answer, "get", "/feeds")
    return answer


def read_feeds(stack: Stack, *, times: int, body: str = "<faxes/>") -> None:
    with scripted_server() as server:
        server.answer("", http(body))
        stack.parameters["GreenFaxOutboundUrl"] = stack.parameters["GreenFaxInboundUrl"] = server.url
        stack.restart()
        for _ in range(times):
            stack.invoke("GreenFaxFeed", event_file("greenfax_feed"), Context(seconds_left=900))
            stack.clock.advance(minutes=23)


def days(first: str, last: str) -> dict[str, Any]:
    return {"first": first, "last": last}


ALLOWANCE = {"seconds": 1200, "is_shared": True, "inbound_every": 3}
# The feed begins seven days ago; a day counts as read two days after its end, and today is the 22nd.
UNREAD = {
    "provider": "greenfax",
    "allowance": ALLOWANCE,
    "since": "2026-11-16",
    "covered": [],
    "missing": [days("2026-11-16", "2026-11-19")],
    "passed_over": None,
    "back_fill": None,
    "asked_at": None,
    "asked_for": None,
    "next": {**days("2026-11-16", "2026-11-22"), "is_history": False},
    "not_before": None,
}


def test_what_was_not_read_yet_is_missing(stack: Stack) -> None:
    feeds = [{**UNREAD, "direction": direction} for direction in ("outbound", "inbound")]
    assert ask(stack).document == {"feeds": feeds}


def test_without_an_account_there_is_no_feed(stack: Stack) -> None:
    stack.parameters["GreenFaxAccountId"] = ""
    assert ask(stack).document["feeds"] == []


def test_the_days_that_were_read_are_listed_and_what_comes_next(stack: Stack) -> None:
    read_feeds(stack, times=2)
    outbound, inbound = ask(stack).document["feeds"]
    read = {
        **UNREAD,
        "covered": [days("2026-11-16", "2026-11-19")],
        "missing": [],
        "asked_for": days("2026-11-16", "2026-11-22"),
        "next": {**days("2026-11-20", "2026-11-22"), "is_history": False},
        # Of the one claim that both share.
        "not_before": "2026-11-22T15:49:15.000Z",
    }
    assert outbound == {**read, "direction": "outbound", "asked_at": "2026-11-22T15:04:05.000Z"}
    assert inbound == {**read, "direction": "inbound", "asked_at": "2026-11-22T15:27:05.000Z"}


def test_while_history_is_being_read_the_days_that_are_missing_are_listed(stack: Stack) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-06-01"
    history = days("2026-06-01", "2026-11-15")
    read_feeds(stack, times=2)
    outbound, _ = ask(stack).document["feeds"]
    assert outbound["missing"] == [history]
    assert outbound["back_fill"] == {**history, "days": 168, "days_read": 0}
    assert outbound["next"] == {**days("2026-06-01", "2026-08-29"), "is_history": True}
    read_feeds(stack, times=1)
    outbound, inbound = ask(stack).document["feeds"]
    assert outbound["covered"] == [days("2026-06-01", "2026-08-29"), days("2026-11-16", "2026-11-19")]
    assert outbound["missing"] == [days("2026-08-30", "2026-11-15")]
    assert outbound["back_fill"] == {**history, "days": 168, "days_read": 90}
    assert inbound["missing"] == [history]
    read_feeds(stack, times=6)
    outbound, inbound = ask(stack).document["feeds"]
    assert outbound["covered"] == [days("2026-06-01", "2026-11-19")]
    assert (outbound["missing"], outbound["back_fill"]["days_read"]) == ([], 168)
    assert inbound["missing"] == [days("2026-08-30", "2026-11-15")]


def test_days_that_nobody_asked_for_since_are_missing_even_at_the_end(stack: Stack) -> None:
    read_feeds(stack, times=1)
    stack.clock.advance(days=10)
    outbound, _ = ask(stack).document["feeds"]
    assert outbound["missing"] == [days("2026-11-20", "2026-11-29")]


def test_a_day_that_was_passed_over_is_listed_with_the_reason(stack: Stack) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-11-14"
    read_feeds(stack, times=2)
    # The two days of history are too much, and then the first of them is.
    read_feeds(stack, times=4, body="<faxes><fax><job_id>1</job_id><status>sent</status></fax>")
    outbound, _ = ask(stack).document["feeds"]
    assert outbound["passed_over"] == {
        "days": [days("2026-11-14", "2026-11-14")],
        "because": "the feed is not XML as agreed: ExpatError",
    }
    assert outbound["missing"] == [days("2026-11-14", "2026-11-15")]
    assert outbound["next"]["first"] != "2026-11-14"
    read_feeds(stack, times=12)
    outbound, _ = ask(stack).document["feeds"]
    assert (outbound["passed_over"], outbound["missing"]) == (None, [])


def test_a_table_out_of_reach_is_a_503(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        assert ask(stack).status == 503
