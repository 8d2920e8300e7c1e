"""Who has read, listed, downloaded or sent a fax, or changed who is told, is in the log of what answered."""

import json
from typing import Any

import pytest

from tests.support import canaries
from tests.support.bundle_on_moto import Event, Stack, event_file, query, softlinx_post
from tests.support.template import raw_template

CALLER = "arn:aws:iam::123456789012:user/jane"
FAX = "softlinx.outbound.acme.33"


def by_jane(event: Event) -> Event:
    event["requestContext"].setdefault("authorizer", {})["iam"] = {"userArn": CALLER}
    return event


def by_jo_in_the_console(event: Event) -> Event:
    """As the gateway hands over a call of the hosted console, with what it has found in the token."""
    route = event["routeKey"].replace(" /", " /console/api/", 1)
    event["routeKey"] = event["requestContext"]["routeKey"] = route
    claims = {"iss": "https://issuer.example/pool", "sub": "0b7c-jo", "scope": "fax.read", "username": "jo"}
    event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": ["fax.read"]}}
    return event


JO = "https://issuer.example/pool|0b7c-jo"


def noted(said: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    wanted = ("route", "status", "caller", "fax_id")
    return [
        {name: line[name] for name in wanted if line.get(name) is not None}
        for line in lines
        if line.get("message") == "request answered"
    ]


@pytest.mark.parametrize("route", ["GET /faxes/{id}", "GET /faxes/{id}/receipt", "GET /faxes"])
def test_who_reads_and_who_lists_is_noted(
    stack: Stack, capsys: pytest.CaptureFixture[str], route: str
) -> None:
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sent"))
    is_of_one = "{id}" in route
    assert stack.http("QueryFaxes", by_jane(query(route, **{"id": FAX} if is_of_one else {}))).status == 200
    what = {"fax_id": FAX} if is_of_one else {}
    assert noted(capsys.readouterr().out) == [{"route": route, "status": 200, "caller": CALLER, **what}]


def test_an_id_that_leads_to_nothing_is_not_repeated(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    for wanted in (canaries.NUMBER, canaries.NAME, "softlinx.outbound.acme.34"):
        answer = stack.http("QueryFaxes", by_jane(query("GET /faxes/{id}", id=wanted)))
        assert answer.status in {400, 404}
    said = capsys.readouterr().out
    assert [sorted(line) for line in noted(said)] == [["caller", "route", "status"]] * 3
    assert canaries.found_in(said) == []


@pytest.mark.parametrize(("function", "event"), [("SubmitFax", "submit_fax"), ("EditRoutes", "edit_routes")])
def test_who_sends_and_who_changes_a_route_is_noted(
    stack: Stack, capsys: pytest.CaptureFixture[str], function: str, event: str
) -> None:
    given = by_jane(event_file(event))
    assert stack.http(function, given).status < 300
    (line,) = noted(capsys.readouterr().out)
    assert (line["route"], line["caller"]) == (given["routeKey"], CALLER)


def test_the_access_log_says_who_called_too() -> None:
    said = json.loads(raw_template()["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"])
    assert said["caller"] == "$context.identity.userArn"
    assert said["route"] == "$context.routeKey"
    assert said["subject"] == "$context.authorizer.claims.sub"
    assert not {"$context.path", "$context.identity.caller"} & set(said.values())


def test_who_had_a_fax_sent_is_kept_and_shown_and_a_repetition_by_another_changes_nothing(
    stack: Stack,
) -> None:
    asked = event_file("submit_fax")
    submission = stack.http("SubmitFax", by_jane(asked)).document["submissions"][0]["id"]
    assert stack.http("SubmitFax", asked).document["submissions"][0]["id"] == submission
    shown = stack.http("QueryFaxes", query("GET /faxes/{id}", id=submission)).document
    assert (shown["kind"], shown["requested_by"]) == ("submission", CALLER)
    listed = stack.http("QueryFaxes", query("GET /faxes")).document["faxes"]
    assert [one["requested_by"] for one in listed] == [CALLER] * len(listed)
    (order,) = stack.items("ORDER#")
    assert json.loads(order["asked"])["requested_by"] == CALLER


def test_who_had_a_fax_sent_is_shown_with_the_fax_that_it_became(stack: Stack) -> None:
    submission = stack.http("SubmitFax", by_jane(event_file("submit_fax"))).document["submissions"][0]["id"]
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sent"))
    fax, order = stack.item(FAX), stack.items(f"SUBMISSION#{submission}")[0]
    assert fax is not None
    stack.table.put_item(Item={**fax, "submission": submission})
    stack.table.put_item(Item={**order, "fax_id": FAX})
    for id_ in (FAX, submission):
        shown = stack.http("QueryFaxes", query("GET /faxes/{id}", id=id_)).document
        assert (shown["kind"], shown["requested_by"]) == ("fax", CALLER)


def test_who_has_a_failed_fax_sent_once_more_is_kept(stack: Stack) -> None:
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sendFailed&FaxNumber=12025550100"))
    again = event_file("submit_fax")
    again |= {"routeKey": "POST /faxes/{id}/resend", "pathParameters": {"id": FAX}, "body": "{}"}
    again["headers"]["idempotency-key"] = "once-more-for-33"
    submission = stack.http("SubmitFax", by_jane(again)).document["submissions"][0]["id"]
    (kept,) = stack.items(f"SUBMISSION#{submission}")
    assert kept["requested_by"] == CALLER


def test_who_put_a_route_and_when_is_kept_and_shown(stack: Stack) -> None:
    put = by_jane(event_file("edit_routes"))
    now = stack.clock.now().isoformat().replace("+00:00", "Z")
    assert stack.http("EditRoutes", put).document.items() >= {"changed_by": CALLER, "changed_at": now}.items()
    stack.clock.advance(hours=1)
    listed = event_file("edit_routes") | {"routeKey": "GET /routes", "pathParameters": {}}
    (route,) = stack.http("EditRoutes", listed).document["routes"]
    assert (route["changed_by"], route["changed_at"]) == (CALLER, now)


# --- By the hosted console ------------------------------------------------------------


def test_who_reads_in_the_console_is_noted_by_issuer_and_subject(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sent"))
    assert stack.http("QueryFaxes", by_jo_in_the_console(query("GET /faxes/{id}", id=FAX))).status == 200
    noted_line = {"route": "GET /faxes/{id}", "status": 200, "caller": JO, "fax_id": FAX}
    assert noted(capsys.readouterr().out) == [noted_line]


def test_who_amends_in_the_console_is_kept(stack: Stack) -> None:
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sendFailed"))
    amend = event_file("amend_fax")
    amend["pathParameters"] = {"id": FAX}
    answer = stack.http("AmendFax", by_jo_in_the_console(amend))
    assert answer.status == 201
    assert [one["by"] for one in answer.document["amendments"]] == [JO]


def test_who_has_a_fax_sent_in_the_console_is_kept(stack: Stack) -> None:
    sent = stack.http("SubmitFax", by_jo_in_the_console(event_file("submit_fax")))
    (first, *_) = sent.document["submissions"]
    (kept,) = stack.items(f"SUBMISSION#{first['id']}")
    assert kept["requested_by"] == JO


def test_who_puts_a_route_in_the_console_is_kept(stack: Stack) -> None:
    put = stack.http("EditRoutes", by_jo_in_the_console(event_file("edit_routes")))
    assert put.document["changed_by"] == JO


@pytest.mark.parametrize(
    ("function", "event"), [("RedriveDeliveries", "redrive_deliveries"), ("ReportFaxes", "report_faxes")]
)
def test_every_function_of_the_api_answers_the_console(
    stack: Stack, capsys: pytest.CaptureFixture[str], function: str, event: str
) -> None:
    assert stack.http(function, by_jo_in_the_console(event_file(event))).status < 300
    (line,) = noted(capsys.readouterr().out)
    assert line["caller"] == JO


@pytest.mark.parametrize("lacking", ["iss", "sub"])
def test_a_token_that_names_nobody_amends_nothing(stack: Stack, lacking: str) -> None:
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sendFailed"))
    amend = by_jo_in_the_console(event_file("amend_fax") | {"pathParameters": {"id": FAX}})
    del amend["requestContext"]["authorizer"]["jwt"]["claims"][lacking]
    assert stack.http("AmendFax", amend).status == 403
