"""`GET /reports`: the figures of a span, and that it is complete only where that is proven."""

from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import (
    Answer,
    Context,
    Stack,
    event_file,
    greenfax_get,
    query,
    softlinx_post,
)
from tests.support.openapi import hold_against_openapi
from tests.support.scripted_server import http, scripted_server

# The stack's clock begins at 15:04:05 of the 22nd.
SPAN = {"from": "2026-11-22T10:00Z", "to": "2026-11-22T12:00Z"}
COMPLETED = "2026-11-22T11:30:00Z"
JOB = "cost=0.12&userjobcode=ORTHO-2026-33"


def ask(stack: Stack, parameters: dict[str, str] | str = "", day: str = "") -> Answer:
    path = "/reports/{day}" if day else "/reports"
    answer = stack.http("ReportFaxes", query(f"GET {path}", parameters, **({"day": day} if day else {})))
    hold_against_openapi(answer, "get", path)
    return answer


def found(stack: Stack, parameters: dict[str, str] | None = None) -> dict[str, Any]:
    answer = ask(stack, SPAN if parameters is None else parameters)
    assert answer.status == 200, answer.body
    return answer.document


def reasons(document: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(reason["code"], reason["what"]) for reason in document["reasons"]]


def post(stack: Stack, fax_id: int, **fields: str) -> None:
    sent = {"FaxId": str(fax_id), "FaxStatus": "sent", "CompleteTime": COMPLETED, **fields}
    assert stack.http("SoftlinxCallback", softlinx_post(sent)).status == 200


def poll(stack: Stack) -> None:
    """Every query, read to its end."""
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as softlinx:
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        stack.restart()
        stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))


def read_feeds(stack: Stack, *, times: int = 2, body: str = "<faxes/>") -> None:
    """The outbound feed and then the inbound one."""
    with scripted_server() as server:
        server.answer("", http(body))
        stack.parameters["GreenFaxOutboundUrl"] = stack.parameters["GreenFaxInboundUrl"] = server.url
        stack.restart()
        for _ in range(times):
            stack.invoke("GreenFaxFeed", event_file("greenfax_feed"), Context(seconds_left=900))
            stack.clock.advance(minutes=23)


@pytest.fixture
def read(stack: Stack) -> Stack:
    """All that there is of the providers was read after the span."""
    poll(stack)
    read_feeds(stack)
    return stack


def test_what_was_read_after_its_end_and_has_come_to_an_end_is_complete(read: Stack) -> None:
    post(read, 33)
    post(read, 34, FaxStatus="sendFailed", ErrorText="Line Busy", CompleteTime="2026-11-22T10:00:00Z")
    post(read, 35, CompleteTime="2026-11-22T12:00:00Z")
    document = found(read)
    assert (document["is_complete"], document["reasons"]) == (True, [])
    (flow,) = document["flows"]
    figures = flow["figures"]
    assert (flow["provider"], flow["direction"]) == ("softlinx", "outbound")
    assert figures == document["total"]
    assert (figures["faxes"], figures["final"], figures["open"]) == (2, 2, 0)
    assert figures["statuses"] == {
        "submitted": 0, "sent": 1, "failed": 1, "received": 0, "received_partial": 0,
    }  # fmt: skip
    assert (figures["first_told_by"]["callback"], figures["failures"]["busy"]) == (2, 1)
    assert [one["read_at"] for one in document["evidence"]["queries"]] == ["2026-11-22T15:04:05Z"] * 4
    assert [one["read_at"] for one in document["evidence"]["feeds"]] == [
        "2026-11-22T15:04:05Z",
        "2026-11-22T15:27:05Z",
    ]


def test_a_day_is_one_of_the_stack_s_zone(read: Stack) -> None:
    read.parameters["TimeZone"] = "America/New_York"
    read.restart()
    document = ask(read, day="2026-11-22").document
    assert (document["from"], document["to"]) == ("2026-11-22T05:00:00Z", "2026-11-23T05:00:00Z")
    assert reasons(document)[0] == ("not_over", None)


def test_where_nothing_was_read_yet_each_query_and_feed_is_named(stack: Stack) -> None:
    document = found(stack)
    assert not document["is_complete"]
    assert reasons(document) == [
        ("query_not_read", "outbound-sendfailed"),
        ("query_not_read", "outbound-failed"),
        ("query_not_read", "outbound-sent"),
        ("query_not_read", "inbound"),
        ("feed_not_read", "outbound"),
        ("feed_not_read", "inbound"),
    ]


def test_a_feed_that_was_not_read_since_is_a_hole(stack: Stack) -> None:
    poll(stack)
    read_feeds(stack, times=1)
    assert reasons(found(stack)) == [("feed_not_read", "inbound")]


def test_a_feed_that_broke_off_is_a_hole(stack: Stack) -> None:
    poll(stack)
    read_feeds(stack, times=1)
    read_feeds(stack, times=1, body="<faxes><fax><job_id>1</job_id><status>sent</status></fax>")
    assert reasons(found(stack)) == [("feed_not_read", "inbound")]


def test_a_submission_that_nobody_heard_of_again_is_a_hole(read: Stack) -> None:
    read.clock.advance(hours=-4)
    answer = read.http("SubmitFax", event_file("submit_fax"))
    assert answer.status == 202
    read.clock.advance(hours=4)
    document = found(read)
    assert {code for code, _ in reasons(document)} == {"open"}
    assert document["total"]["open_as"]["accepted"] == document["total"]["open"] > 0


def test_a_fax_that_is_still_under_way_is_a_hole_of_its_span_and_of_the_day_after(read: Stack) -> None:
    read.clock.advance(hours=-4)
    post(read, 33, FaxStatus="sending", Queue="SendFax", CompleteTime="")
    read.clock.advance(hours=4)
    assert reasons(found(read)) == [("open", "outbound")]
    after = found(read, {"from": "2026-11-22T12:00Z", "to": "2026-11-22T13:00Z"})
    assert (reasons(after), after["open_before"]) == ([("open_before", None)], 1)


def test_what_nobody_could_read_is_a_hole(read: Stack) -> None:
    assert read.http("SoftlinxCallback", softlinx_post("FaxStatus=sent")).status == 400
    document = found(read)
    assert (reasons(document), document["set_aside"]) == ([("set_aside", None)], 1)


def test_an_item_that_this_version_cannot_read_is_a_hole(read: Stack) -> None:
    post(read, 33)
    item = read.item("softlinx.outbound.acme.33") or {}
    read.table.put_item(Item={**item, "final_status": "lost"})
    document = found(read)
    assert (reasons(document), document["unreadable_items"]) == ([("item_unreadable", None)], 1)


def test_of_a_span_longer_ago_than_faxes_are_kept_nobody_can_tell(read: Stack) -> None:
    document = found(read, {"from": "2025-01-01", "to": "2025-01-02"})
    assert reasons(document)[0] == ("beyond_retention", None)


def test_a_listener_that_was_down_is_seen_and_what_came_after_all(read: Stack) -> None:
    rows = "".join(
        f"<fax><job_id>{number}</job_id><status>success</status><cost>0.10</cost>"
        f"<fax_timestamp>2026-11-22 {hour}:00</fax_timestamp></fax>"
        for number, hour in ((1, "05:03"), (2, "06:00"), (3, "06:58"))
    )
    read_feeds(read, times=1, body=f"<faxes>{rows}</faxes>")
    later = "greenfaxreferenceid=2&result=success"
    assert read.http("GreenFaxNotify", greenfax_get(later)).status == 200
    figures = found(read)["total"]
    assert figures["rescued"]["by"] == {"poll": 0, "feed": 3}
    (deaf,) = figures["deaf"]
    assert (deaf["from"], deaf["to"], deaf["faxes"]) == ("2026-11-22T10:03:00Z", "2026-11-22T11:58:00Z", 3)
    assert (figures["late_pushes"]["agreed"], figures["late_pushes"]["never_came"]) == (1, 2)


def test_costs_are_told_apart_by_what_references_begin_with_and_no_reference_is_shown(read: Stack) -> None:
    for number, job_code in enumerate(("ORTHO-2026-33", "ORTHO-2026-34", "")):
        fields = f"greenfaxreferenceid={number}&result=success&cost=0.12&userjobcode={job_code}"
        read.http("GreenFaxNotify", greenfax_get(f"{fields}&timestamp=11/22/2026 06:30:00 AM (GMT-5)"))
    answer = ask(read, SPAN)
    assert answer.document["total"]["costs"]["by_prefix"] == [
        {"prefix": None, "faxes": 1, "usd": "0.12", "without": 0},
        {"prefix": "ORTHO", "faxes": 2, "usd": "0.24", "without": 0},
    ]
    assert "2026-33" not in answer.body


def test_no_name_number_or_document_is_in_it(read: Stack) -> None:
    post(read, 33, FaxNumber=canaries.NUMBER, CSI=canaries.NAME, ErrorText=canaries.NAME)
    assert canaries.found_in(ask(read, SPAN).body) == []


def test_a_poll_that_was_stopped_half_way_is_a_hole(stack: Stack) -> None:
    read_feeds(stack)
    stack.clock.tick = 45
    poll(stack)
    stack.clock.tick = 0
    holes = reasons(found(stack))
    assert {code for code, _ in holes} == {"query_not_read"}
    assert 0 < len(holes) < 4
    assert ("query_not_read", "inbound") in holes


def test_what_takes_longer_than_a_request_goes_on_with_a_cursor(stack: Stack) -> None:
    for number in range(40):
        post(stack, number, CompleteTime=f"2026-11-22T10:{number:02}:00Z")
    whole = found(stack)
    stack.clock.tick = 3
    parameters, answers = dict(SPAN), 0
    while (answer := ask(stack, parameters)).status == 202:
        answers += 1
        parameters["cursor"] = answer.document["cursor"]
        assert answer.document["progress"]["lanes"] == 36
    assert answers > 1
    assert answer.document["total"] == whole["total"]
    # Whoever has lost the answer asks once more.
    assert ask(stack, parameters).document == answer.document


def test_a_cursor_is_for_the_span_that_it_was_given_for(stack: Stack) -> None:
    stack.clock.tick = 15
    cursor = ask(stack, SPAN).document["cursor"]
    answer = ask(stack, {**SPAN, "from": "2026-11-22T09:00Z", "cursor": cursor})
    assert (answer.status, answer.document["field"]) == (400, "cursor")


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({}, "from"),
        ({"from": "2026-11-22"}, "to"),
        ({"to": "2026-11-22"}, "from"),
        ({"from": "2026-11-22", "to": "2026-11-22"}, "to"),
        ({"from": "2026-10-01", "to": "2026-11-02"}, "to"),
        ({"from": "yesterday", "to": "2026-11-02"}, "from"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "from"),
        ({"from": "2026-11-23", "to": "2026-11-24"}, "from"),
        ({**SPAN, "cursor": "x"}, "cursor"),
        ({**SPAN, "cursor": "0" * 32}, "cursor"),
        ({**SPAN, "provider": "softlinx"}, "provider"),
    ],
)
def test_a_parameter_that_can_t_be_is_named(stack: Stack, parameters: dict[str, str], field: str) -> None:
    answer = ask(stack, parameters)
    assert (answer.status, answer.document["field"]) == (400, field)


@pytest.mark.parametrize(
    "day", ["tomorrow", "Today", "2026-02-30", "20261122", "9999-12-31", "0001-01-01", "2026-11-23"]
)
def test_a_day_that_can_t_be_is_refused(stack: Stack, day: str) -> None:
    answer = ask(stack, day=day)
    assert (answer.status, answer.document["field"]) == (400, "day")


def test_a_day_that_the_stack_s_zone_has_left_out_is_refused(stack: Stack) -> None:
    stack.parameters["TimeZone"] = "Pacific/Apia"
    answer = ask(stack, day="2011-12-30")
    assert (answer.status, answer.document["field"]) == (400, "day")


@pytest.mark.parametrize(
    ("zone", "word", "date", "hour"),
    [
        ("UTC", "today", "2026-11-22", "00"),
        ("UTC", "yesterday", "2026-11-21", "00"),
        ("Pacific/Auckland", "today", "2026-11-22", "11"),
        ("Pacific/Auckland", "yesterday", "2026-11-21", "11"),
    ],
)
def test_today_and_yesterday_are_those_of_the_stack_s_zone(
    stack: Stack, zone: str, word: str, date: str, hour: str
) -> None:
    stack.parameters["TimeZone"] = zone
    assert ask(stack, day=word).document["from"] == f"{date}T{hour}:00:00Z"


def test_a_month_of_31_days_is_one_report(read: Stack) -> None:
    assert ask(read, {"from": "2026-10-01", "to": "2026-11-01"}).status == 200


@pytest.mark.parametrize("service", ["dynamodb", "s3"])
def test_what_is_out_of_reach_is_a_503(stack: Stack, service: str) -> None:
    with stack.out_of_reach(service):
        assert ask(stack, {**SPAN, "cursor": "0" * 32}).status == (503 if service == "s3" else 400)
        assert ask(stack, SPAN).status == (503 if service == "dynamodb" else 200)


def test_the_event_of_the_function_is_answered(stack: Stack) -> None:
    assert stack.http("ReportFaxes", event_file("report_faxes")).document["from"] == "2026-11-22T00:00:00Z"
