"""`POST /faxes/{id}/amendments`, over faxes that callbacks have settled."""

import json
from typing import Any

import pytest

from tests.functions.query_faxes.test_queries import find, ids
from tests.support import canaries
from tests.support.bundle_on_moto import Answer, Event, Stack, event_file, softlinx_post
from tests.support.large_items import fill_up
from tests.support.openapi import hold_against_openapi
from tests.support.stream import passes_filter, record

FAX = "softlinx.outbound.acme.33"
JO = "arn:aws:sts::123456789012:assumed-role/fax-desk/jo"
WHY = f"{canaries.NAME} says she has it; call {canaries.NUMBER}"


def request(body: object, fax: str = FAX) -> Event:
    event = event_file("amend_fax")
    event["pathParameters"] = {"id": fax}
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def amend(stack: Stack, body: object, fax: str = FAX) -> Answer:
    answer = stack.http("AmendFax", request(body, fax))
    hold_against_openapi(answer, "post", "/faxes/{id}/amendments")
    return answer


@pytest.fixture
def disputed(stack: Stack) -> Stack:
    """A fax that one callback says has failed, and another that it was sent."""
    stack.parameters["TellFrom"] = "2026-11-22T15:00:00Z"
    for word in ("sendFailed", "sent"):
        fields = {"FaxId": "33", "FaxStatus": word, "CompleteTime": "2026-10-01T10:00:00Z"}
        assert stack.http("SoftlinxCallback", softlinx_post(fields)).status == 200
    stack.clock.advance(hours=1)
    return stack


def test_the_event_in_events_amends_the_fax(disputed: Stack) -> None:
    answer = disputed.http("AmendFax", event_file("amend_fax"))
    assert (answer.status, answer.document["status"]) == (201, "sent")


def test_the_answer_shows_both_claims_and_the_amendment(disputed: Stack) -> None:
    document = amend(disputed, {"status": "sent", "because": WHY}).document

    assert [(one["status"], one["source"]) for one in document["conflict"]["statements"]] == [
        ("failed", "callback"),
        ("sent", "callback"),
    ]
    assert document["conflict"]["is_resolved"]
    assert document["amendments"] == [
        {"status": "sent", "was": "failed", "by": JO, "at": "2026-11-22T16:04:05Z", "because": WHY}
    ]


def test_queries_and_listings_follow_it_and_the_first_status_stays(disputed: Stack) -> None:
    assert not find(disputed, FAX).document["conflict"]["is_resolved"]
    amend(disputed, {"status": "sent", "because": WHY})

    found = find(disputed, FAX).document
    assert (found["status"], found["first_status"], found["amended_status"]) == ("sent", "failed", "sent")
    assert found["conflict"]["is_resolved"]
    assert (ids(disputed, status="sent"), ids(disputed, status="failed")) == ([FAX], [])
    assert disputed.item(FAX) is not None
    assert (disputed.item(FAX) or {})["final_status"] == "failed"


def test_it_is_announced_once_for_each_amendment_without_who_and_why(disputed: Stack) -> None:
    images = [disputed.image(FAX)]
    for status in ("sent", "failed"):
        amend(disputed, {"status": status, "because": WHY})
        disputed.clock.advance(minutes=1)
        images.append(disputed.image(FAX))
    records = [record(number, old=images[number], new=images[number + 1]) for number in range(2)]
    marked = {**images[2], "duty_mark": {"S": "done"}}
    records.append(record(2, old=images[2], new=marked))
    assert all(passes_filter(change) for change in records)

    assert disputed.invoke("Announce", {"Records": records}) == {"batchItemFailures": []}

    told = disputed.announced()
    assert [
        (one["detail-type"], one["detail"]["status"], one["detail"]["amended_status"]) for one in told
    ] == [
        ("Fax Amended", "failed", "sent"),
        ("Fax Amended", "failed", "failed"),
    ]
    assert len({one["detail"]["event_id"] for one in told}) == 2
    for secret in (canaries.NAME, canaries.NUMBER, "jo"):
        assert secret not in json.dumps(told).replace("job", "")


def test_the_caller_is_whom_iam_names_and_nobody_else(disputed: Stack) -> None:
    event = request({"status": "sent", "because": "so", "by": "somebody else"})
    assert disputed.http("AmendFax", event).status == 400
    nobodies: list[dict[str, Any]] = [
        {},
        {"authorizer": None},
        {"authorizer": {"iam": {}}},
        {"authorizer": {"iam": {"userArn": ""}}},
    ]
    for nobody in nobodies:
        event = request({"status": "sent", "because": "so"})
        del event["requestContext"]["authorizer"]
        event["requestContext"] |= nobody
        event["headers"]["x-amz-user-arn"] = JO
        answer = disputed.http("AmendFax", event)
        hold_against_openapi(answer, "post", "/faxes/{id}/amendments")
        assert answer.status == 403
    assert find(disputed, FAX).document["amendments"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", "body"),
        ("{", "body"),
        ("[" * 16_000, "body"),
        ("7", "body"),
        ("x" * 20_000, "body"),
        ({}, "status"),
        ({"status": "sent"}, "because"),
        ({"status": "sent", "because": ""}, "because"),
        ({"status": "sent", "because": " \n"}, "because"),
        ({"status": "sent", "because": 7}, "because"),
        ({"status": "sent", "because": "x" * 1001}, "because"),
        ('{"status": "sent", "because": "\\ud800"}', "because"),
        ({"status": "received", "because": "so"}, "status"),
        ({"status": "submitted", "because": "so"}, "status"),
        ({"status": None, "because": "so"}, "status"),
        ({"status": "sent", "because": "so", canaries.NAME: 1}, "body"),
    ],
)
def test_what_is_no_amendment_is_refused_by_name(disputed: Stack, body: object, field: str) -> None:
    answer = amend(disputed, body)
    assert (answer.status, answer.document["field"]) == (400, field)
    assert canaries.NAME not in answer.body


def test_the_longest_reason_is_taken_however_it_is_escaped(disputed: Stack) -> None:
    reason = "\U0001f4e0" * 1000
    assert (
        amend(disputed, {"status": "sent", "because": reason}).document["amendments"][0]["because"] == reason
    )


def test_a_fax_nobody_knows_one_without_a_final_status_and_one_of_no_name(disputed: Stack) -> None:
    body = {"status": "sent", "because": "so"}
    assert amend(disputed, body, "softlinx.outbound.acme.34").status == 404
    assert amend(disputed, body, "33").status == 400
    pondering = {"FaxId": "35", "FaxStatus": "pondering", "Queue": "SendFax"}
    assert disputed.http("SoftlinxCallback", softlinx_post(pondering)).status == 200
    assert amend(disputed, body, "softlinx.outbound.acme.35").status == 409


def test_while_the_table_is_out_of_reach_it_is_to_be_tried_again(disputed: Stack) -> None:
    with disputed.out_of_reach("dynamodb"):
        assert amend(disputed, {"status": "sent", "because": "so"}).status == 503
    assert find(disputed, FAX).document["amendments"] == []


def test_nothing_of_the_reason_is_printed(disputed: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    amend(disputed, {"status": "sent", "because": WHY})
    with disputed.out_of_reach("dynamodb"):
        amend(disputed, {"status": "failed", "because": WHY})
    printed = "".join(capfd.readouterr())
    assert "amended" in printed
    assert "request not answered" in printed
    for secret in (canaries.NAME, canaries.NUMBER):
        assert secret not in printed
    # Who has asked is said of every request, and of nothing else.
    saying_who = [line for line in printed.splitlines() if "fax-desk" in line]
    assert len(saying_who) == 2
    assert all('"message":"request answered"' in line for line in saying_who)


def test_an_amendment_that_the_table_takes_at_no_time_is_not_to_be_tried_again(disputed: Stack) -> None:
    (fax,) = disputed.items("FAX#")
    fill_up(disputed.table, fax)
    answer = amend(disputed, {"status": "sent", "because": "x" * 1_000})
    assert (answer.status, "retry-after" in answer.headers) == (400, False)
    assert "too long" in answer.document["detail"]
