"""`GET /faxes` and `GET /faxes/{id}`, over faxes that callbacks have settled."""

from typing import Any

import pytest

from tests.support.bundle_on_moto import Answer, Stack, event_file, greenfax_get, query, softlinx_post
from tests.support.openapi import hold_against_openapi


def find(stack: Stack, fax_id: str) -> Answer:
    answer = stack.http("QueryFaxes", query("GET /faxes/{id}", id=fax_id))
    hold_against_openapi(answer, "get", "/faxes/{id}")
    return answer


def listed(stack: Stack, **parameters: str) -> Answer:
    answer = stack.http("QueryFaxes", query("GET /faxes", parameters))
    hold_against_openapi(answer, "get", "/faxes")
    return answer


def ids(stack: Stack, **parameters: str) -> list[str]:
    answer = listed(stack, **parameters)
    assert answer.status == 200, answer.body
    return [fax["id"] for fax in answer.document["faxes"]]


def softlinx(stack: Stack, fax_id: int, word: str, completed: str, **more: str) -> None:
    fields = {"FaxId": str(fax_id), "FaxStatus": word, "CompleteTime": completed, **more}
    assert stack.http("SoftlinxCallback", softlinx_post(fields)).status == 200


@pytest.fixture
def day(stack: Stack) -> Stack:
    """Three outbound faxes at Softlinx, one inbound, and one at GreenFax."""
    cut_short = {"PagesSent": "1", "PagesTotal": "3"}
    softlinx(stack, 1, "sent", "2026-11-20T10:00:00Z", ProjectCode="REF-1", FaxUserId="clinic1", **cut_short)
    softlinx(stack, 2, "sendFailed", "2026-11-21T10:00:00Z", ErrorCode="17", ErrorText="busy")
    softlinx(stack, 3, "sent", "2026-11-22T03:00:00Z", ProjectCode="REF-1")
    softlinx(stack, 3, "recvOk", "2026-11-22T04:00:00Z")
    assert stack.http("GreenFaxNotify", greenfax_get()).status == 200
    return stack


ALL = [
    "greenfax.outbound.12345.8591334",
    "softlinx.inbound.acme.3",
    "softlinx.outbound.acme.3",
    "softlinx.outbound.acme.2",
    "softlinx.outbound.acme.1",
]


def test_all_faxes_are_listed_newest_first(day: Stack) -> None:
    assert ids(day) == ALL


def test_faxes_of_which_two_ends_are_stated_are_listed(day: Stack) -> None:
    assert ids(day, in_conflict="true") == []
    softlinx(day, 2, "sent", "2026-11-21T10:00:00Z")
    assert ids(day, in_conflict="true") == ["softlinx.outbound.acme.2"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"status": "sent"}, [ALL[0], ALL[2], ALL[4]]),
        ({"status": "failed"}, [ALL[3]]),
        ({"status": "received"}, [ALL[1]]),
        ({"status": "submitted"}, []),
        ({"provider": "greenfax"}, [ALL[0]]),
        ({"provider": "softlinx", "status": "sent"}, [ALL[2], ALL[4]]),
        ({"day": "2026-11-22"}, ALL[:3]),
        ({"day": "2026-11-21"}, [ALL[3]]),
        ({"day": "2026-11-21", "status": "sent"}, []),
        ({"day": "0001-01-01"}, []),
        ({"reference": "REF-1"}, [ALL[2], ALL[4]]),
        ({"reference": "REF-1", "day": "2026-11-20"}, [ALL[4]]),
        ({"reference": "nobody's"}, []),
        ({"unfinished": "true"}, [ALL[1], ALL[2], ALL[3], ALL[4]]),
        ({"unfinished": "false"}, ALL),
        ({"given_up": "true"}, []),
        ({"given_up": "false"}, ALL),
        ({"incomplete": "true"}, [ALL[4]]),
        ({"incomplete": "false"}, ALL),
        ({"direction": "inbound"}, [ALL[1]]),
        ({"direction": "inbound", "status": "sent"}, []),
        ({"user": "CLINIC1"}, [ALL[4]]),
        ({"settled_by": "notify"}, [ALL[0]]),
        ({"failure_class": "busy"}, [ALL[3]]),
        ({"failure_class": "line"}, []),
        ({"from": "2026-11-21T10:00:00Z", "to": "2026-11-22T04:00:00Z"}, [ALL[2], ALL[3]]),
        ({"from": "2026-11-21", "to": "2026-11-22"}, [ALL[3]]),
        ({"from": "2026-11-22T05:00:00+01:00", "provider": "softlinx"}, [ALL[1]]),
        ({"to": "2026-11-21"}, [ALL[4]]),
        ({"limit": "2"}, ALL[:2]),
        ({"limit": "200"}, ALL),
    ],
)
def test_a_listing_holds_what_was_asked_for(
    day: Stack, parameters: dict[str, str], expected: list[str]
) -> None:
    found = ids(day, **parameters)
    assert found == expected if "unfinished" not in parameters else sorted(found) == sorted(expected)


def test_pages_follow_one_another_without_gap_or_repeat(day: Stack) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while len(found) < len(ALL):
        page = listed(day, limit="2", **cursor).document
        found += [fax["id"] for fax in page["faxes"]]
        cursor = {"cursor": page["cursor"]}
    assert found == ALL
    assert cursor == {"cursor": None}


def test_a_day_begins_where_the_time_zone_says(day: Stack) -> None:
    day.restart()
    day.parameters["TimeZone"] = "America/New_York"
    # 3:00 and 4:00 in UTC is still the evening before.
    assert ids(day, day="2026-11-21") == [ALL[1], ALL[2], ALL[3]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "Sent"),
        ("status", ""),
        ("provider", "efax"),
        ("day", "22.11.2026"),
        ("day", "2026-02-30"),
        ("day", "20261122"),
        ("day", "2026-W47-7"),
        ("day", "9999-12-31"),
        ("day", ""),
        ("unfinished", "yes"),
        ("given_up", "mark"),
        ("incomplete", "1"),
        ("in_conflict", "open"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-1"),
        ("limit", "0000000019999999999"),
        ("limit", "9" * 5000),
        ("limit", "\u0663"),
        ("cursor", "garbage"),
        ("cursor", "\u00fc"),
        ("cursor", "MjAyNg"[:-1] + "!"),
        ("color", "blue"),
        ("direction", "sideways"),
        ("settled_by", "rumour"),
        ("failure_class", "sleepy"),
        ("from", "yesterday"),
        ("from", "2026-11-22 10:00"),
        ("to", "2026-11-22T25:00"),
        ("to", "9999-12-31T23:59:59-23:59"),
        ("user", " "),
        ("reference", ""),
        ("number", "12025550100"),
    ],
)
def test_a_parameter_that_cant_be_read_is_named(day: Stack, name: str, value: str) -> None:
    answer = listed(day, **{name: value})
    assert (answer.status, answer.document["field"]) == (400, name)
    assert value not in answer.document["detail"] or len(value) < 2


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"from": "2026-11-22", "to": "2026-11-22"}, "to"),
        ({"from": "2026-11-22", "day": "2026-11-22"}, "from"),
    ],
)
def test_times_that_contradict_each_other_are_named(
    day: Stack, parameters: dict[str, str], named: str
) -> None:
    answer = listed(day, **parameters)
    assert (answer.status, answer.document["field"]) == (400, named)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "UTC"])
@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"])
def test_days_at_the_edges_of_the_calendar_break_nothing(stack: Stack, zone: str, day: str) -> None:
    stack.parameters["TimeZone"] = zone
    assert listed(stack, day=day).status in {200, 400}


def test_a_cursor_from_another_listing_breaks_nothing(day: Stack) -> None:
    cursor = listed(day, limit="4").document["cursor"]
    assert listed(day, day="2026-11-22", cursor=cursor).status in {200, 400}


def test_a_fax_is_shown_with_what_everybody_said(day: Stack) -> None:
    softlinx(day, 2, "sent", "2026-11-21T10:00:00Z")
    assert find(day, ALL[3]).document == {
        "kind": "fax",
        "id": ALL[3],
        "provider": "softlinx",
        "direction": "outbound",
        "status": "failed",
        "first_status": "failed",
        "amended_status": None,
        "amendments": [],
        "submitted_at": None,
        "settled_at": "2026-11-22T15:04:05Z",
        "settled_by": "callback",
        "sources": ["callback"],
        "completed_at": "2026-11-21T10:00:00Z",
        "failure": {"class": "busy", "code": "17", "text": "busy"},
        "to_number": None,
        "from_number": None,
        "user": None,
        "reference": None,
        "pages": None,
        "duration_seconds": None,
        "cost_usd": None,
        "pages_total": None,
        "incomplete": False,
        "duties": {
            "mark": {
                "state": "pending",
                "failed_tries": 0,
                "last_problem": None,
                "next_at": "2026-11-22T17:40:05Z",
            }
        },
        "sightings": [
            {
                "source": "callback",
                "seen_at": "2026-11-22T15:04:05Z",
                "word": "sendFailed",
                "status": "failed",
                "cost_usd": None,
                "given": {
                    "FaxId": "2",
                    "FaxStatus": "sendFailed",
                    "CompleteTime": "2026-11-21T10:00:00Z",
                    "ErrorCode": "17",
                    "ErrorText": "busy",
                },
                "unread": [],
            }
        ],
        "unsettling": [],
        "costs_differ": False,
        "conflict": {
            "statements": [
                {
                    "status": "failed",
                    "source": "callback",
                    "seen_at": "2026-11-22T15:04:05Z",
                    "given": {
                        "FaxId": "2",
                        "FaxStatus": "sendFailed",
                        "CompleteTime": "2026-11-21T10:00:00Z",
                        "ErrorCode": "17",
                        "ErrorText": "busy",
                    },
                },
                {
                    "status": "sent",
                    "source": "callback",
                    "seen_at": "2026-11-22T15:04:05Z",
                    "given": {"FaxId": "2", "FaxStatus": "sent", "CompleteTime": "2026-11-21T10:00:00Z"},
                },
            ],
            "is_resolved": False,
        },
        "content": None,
        "case": None,
        "deliveries": [],
        "submission": None,
        "joined_by": None,
        "requested_by": None,
        "handover_failure": None,
        "sent_sha256": [],
        "resends": None,
        "resent_as": None,
        "resent_at": None,
    }


def test_a_fax_with_an_unknown_word_counts_as_submitted(stack: Stack) -> None:
    softlinx(stack, 5, "pondering", "", Queue="SendFax")
    fax = find(stack, "softlinx.outbound.acme.5").document
    assert (fax["status"], fax["first_status"], fax["settled_at"]) == ("submitted", None, None)
    assert [said["word"] for said in fax["unsettling"]] == ["pondering"]
    assert ids(stack, status="submitted") == ["softlinx.outbound.acme.5"]


def test_the_cost_is_shown_as_an_exact_decimal(day: Stack) -> None:
    assert find(day, ALL[0]).document["cost_usd"] == "0.10"


@pytest.mark.parametrize(
    "fax_id", ["softlinx.outbound.acme.99", "softlinx.inbound.acme.1", "softlinx.outbound.acme.1~2"]
)
def test_a_fax_that_nobody_knows_is_not_found(day: Stack, fax_id: str) -> None:
    answer = find(day, fax_id)
    assert (answer.status, answer.document["field"]) == (404, "id")


@pytest.mark.parametrize(
    "fax_id",
    [
        "33",
        "efax.outbound.acme.1",
        "softlinx.sideways.acme.1",
        "softlinx.outbound..1",
        "softlinx.outbound.acme." + "1" * 65,
    ],
)
def test_an_id_that_is_none_is_refused(day: Stack, fax_id: str) -> None:
    answer = find(day, fax_id)
    assert (answer.status, answer.document["field"]) == (400, "id")


@pytest.mark.parametrize(
    "spelling", ["softlinx.outbound.ACME.1", "Softlinx.Outbound.Acme.1", "SOFTLINX.OUTBOUND.acme.1"]
)
def test_an_id_may_be_in_capitals_but_for_the_job_s_own(day: Stack, spelling: str) -> None:
    assert find(day, spelling).document["id"] == "softlinx.outbound.acme.1"


@pytest.mark.parametrize("route", ["GET /", "GET /faxes/{id}/pages", "POST /faxes", "$default", ""])
def test_other_routes_hold_nothing(stack: Stack, route: str) -> None:
    answer = stack.http("QueryFaxes", query(route, id="softlinx.outbound.acme.33"))
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("event", [query("GET /faxes"), event_file("query_faxes")], ids=["list", "find"])
def test_a_table_out_of_reach_is_worth_trying_again(stack: Stack, event: dict[str, Any]) -> None:
    with stack.out_of_reach("dynamodb"):
        answer = stack.http("QueryFaxes", event)
    assert answer.status == 503
    hold_against_openapi(answer, "get", "/faxes")


def test_a_fax_whose_item_cant_be_read_is_said_to_be_one_also_to_who_calls_about_it(day: Stack) -> None:
    day.table.update_item(
        Key={"pk": "FAX#softlinx#outbound#acme#1", "sk": "STATUS"},
        UpdateExpression="SET settled_by = :odd",
        ExpressionAttributeValues={":odd": "a rumour"},
    )
    again = day.http("SoftlinxCallback", softlinx_post({"FaxId": "1", "FaxStatus": "sendFailed"}))
    for answer in (find(day, "softlinx.outbound.acme.1"), again):
        assert (answer.status, answer.headers["retry-after"]) == (503, "120")
        assert "can't be read by this version" in answer.document["detail"]
