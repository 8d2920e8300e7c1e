"""`GET /faxes` and `POST /faxes/search`, where they hold more than faxes that callbacks have settled."""

import json
from typing import Any

import pytest

from tests.support.bundle_on_moto import Answer, Stack, event_file, greenfax_get, query, softlinx_post
from tests.support.openapi import hold_against_openapi

REFERENCE = "case-77"


def listed(stack: Stack, **parameters: str) -> list[dict[str, Any]]:
    answer = stack.http("QueryFaxes", query("GET /faxes", parameters))
    hold_against_openapi(answer, "get", "/faxes")
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.document["faxes"]
    return found


def searched(stack: Stack, body: Any) -> Answer:
    event = query("POST /faxes/search")
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    answer = stack.http("QueryFaxes", event)
    hold_against_openapi(answer, "post", "/faxes/search")
    return answer


def submit(stack: Stack, number: str = "12025550100", **more: Any) -> str:
    event = event_file("submit_fax")
    asked = {"provider": "softlinx", "recipients": [{"number": number}], "options": {"has_cover_page": True}}
    event["body"] = json.dumps({**asked, "reference": REFERENCE, **more})
    answer = stack.http("SubmitFax", event)
    assert answer.status == 202, answer.body
    (submission,) = answer.document["submissions"]
    found: str = submission["id"]
    return found


def settle(stack: Stack, fax_id: int, **fields: str) -> None:
    said = {"FaxId": str(fax_id), "FaxStatus": "sent", **fields}
    assert stack.http("SoftlinxCallback", softlinx_post(said)).status == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"reference": REFERENCE},
        {"status": "submitted"},
        {"status": "accepted"},
        {"direction": "outbound"},
        {"provider": "softlinx", "status": "accepted"},
    ],
    ids=str,
)
def test_what_has_no_provider_s_id_yet_stands_in_the_listings(
    stack: Stack, parameters: dict[str, str]
) -> None:
    submission = submit(stack)
    (found,) = listed(stack, **parameters)
    assert (found["kind"], found["submission"], found["state"]) == ("submission", submission, "accepted")
    assert (found["status"], found["reference"]) == ("submitted", REFERENCE)
    # Under the id that the listing shows it is found as under our own.
    shown = stack.http("QueryFaxes", query("GET /faxes/{id}", id=found["id"])).document
    assert {name: shown[name] for name in found} == found


@pytest.mark.parametrize(
    "parameters",
    [
        {"status": "sent"},
        {"status": "unknown"},
        {"status": "failed"},
        {"direction": "inbound"},
        {"provider": "greenfax"},
    ],
    ids=str,
)
def test_a_submission_stands_in_no_listing_that_it_does_not_belong_to(
    stack: Stack, parameters: dict[str, str]
) -> None:
    submit(stack)
    assert listed(stack, **parameters) == []


def test_a_fax_says_that_it_is_one(stack: Stack) -> None:
    settle(stack, 1)
    (found,) = listed(stack)
    assert (found["kind"], found["id"]) == ("fax", "softlinx.outbound.acme.1")


def test_a_number_is_found_in_any_spelling_and_travels_in_the_body(stack: Stack) -> None:
    settle(stack, 1, FaxNumber="12025550100")
    settle(stack, 2, FaxNumber="12025550101")
    settle(stack, 3, FaxStatus="recvOk", CallerNumber="202-555-0100", DestFaxNumber="12155550199")
    submission = submit(stack, "+1 202 555 0100")

    found = searched(stack, {"number": "(202) 555-0100"}).document["faxes"]

    assert {fax.get("submission") if fax["kind"] == "submission" else fax["id"] for fax in found} == {
        "softlinx.outbound.acme.1",
        "softlinx.inbound.acme.3",
        submission,
    }
    inbound = searched(stack, {"number": "12025550100", "direction": "inbound"}).document["faxes"]
    assert [fax["id"] for fax in inbound] == ["softlinx.inbound.acme.3"]


def test_a_search_has_the_filters_and_pages_of_the_listing(stack: Stack) -> None:
    assert stack.http("GreenFaxNotify", greenfax_get()).status == 200
    for number in range(3):
        settle(stack, number, ProjectCode=REFERENCE, CompleteTime=f"2026-11-2{number}T10:00:00Z")
    first = searched(stack, {"reference": REFERENCE, "limit": 2, "unfinished": True}).document
    assert len(first["faxes"]) == 2
    second = searched(
        stack, {"reference": REFERENCE, "limit": 2, "unfinished": True, "cursor": first["cursor"]}
    ).document
    assert (len(second["faxes"]), second["cursor"]) == (1, None)
    assert [fax["provider"] for fax in searched(stack, {"settled_by": "notify"}).document["faxes"]] == [
        "greenfax"
    ]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("", "body"),
        ("[]", "body"),
        ('{"numbers": []}', "body"),
        ({"number": 12025550100.5}, "number"),
        ({"number": ["12025550100"]}, "number"),
        ({"number": "\u0000"}, "number"),
        ({"number": " "}, "number"),
        ({"limit": 0}, "limit"),
        ({"unfinished": "maybe"}, "unfinished"),
        ({"from": "tomorrow"}, "from"),
    ],
    ids=str,
)
def test_a_search_that_can_t_be_read_is_named(stack: Stack, body: Any, named: str) -> None:
    answer = searched(stack, body)
    assert (answer.status, answer.document["field"]) == (400, named)


def test_an_item_that_nobody_can_read_holds_no_other(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        settle(stack, number)
    stack.table.update_item(
        Key={"pk": "FAX#softlinx#outbound#acme#1", "sk": "STATUS"},
        UpdateExpression="SET settled_by = :odd",
        ExpressionAttributeValues={":odd": "a rumour"},
    )
    capsys.readouterr()
    assert {fax["id"][-1] for fax in listed(stack)} == {"0", "2"}
    told = capsys.readouterr().out
    assert "item unreadable" in told
    assert '"ItemUnreadable":[1.0' in told
