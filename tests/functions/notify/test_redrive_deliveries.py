"""`POST /deliveries/redrive`: what was given up is made after all, once."""

import json
from typing import Any

import pytest

from tests.functions.notify.conftest import Office
from tests.support.bundle_on_moto import Answer, Stack, event_file
from tests.support.openapi import hold_against_openapi


def redrive(stack: Stack, body: object) -> Answer:
    event = event_file("redrive_deliveries")
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    answer = stack.http("RedriveDeliveries", event)
    hold_against_openapi(answer, "post", "/deliveries/redrive")
    return answer


@pytest.fixture
def given_up(office: Office) -> Office:
    """A delivery that was given up, whose receiver is up again."""
    office.route()
    office.answer(then=503)
    office.announce()
    office.run(hours=40)
    assert len(office.receiver.attempts()) == 8
    office.answer(204)
    return office


def test_what_was_given_up_is_told_once_whoever_has_it_tried_again(given_up: Office) -> None:
    (letter,) = given_up.dead_letters()
    (before,) = given_up.deliveries()
    target = before["sk"].partition("#")[2]
    asked = {"target": target, "route": "default", "since": before["planned_at"]}

    dry = redrive(given_up.stack, asked | {"dry_run": True}).document
    assert (dry["matched"], dry["redriven"], dry["targets"][0]["target"]) == (1, 0, target)
    assert given_up.deliveries() == [before]

    done = redrive(given_up.stack, asked).document
    assert (done["matched"], done["redriven"], done["cursor"]) == (1, 1, None)
    assert redrive(given_up.stack, asked).document["matched"] == 0
    given_up.invoke(letter)
    given_up.run(hours=40)
    given_up.invoke(letter)
    given_up.run(hours=40)

    attempts = given_up.receiver.attempts()
    assert len(attempts) == 9
    assert len({(one.id, one.body) for one in attempts}) == 1
    assert given_up.deliveries()[0]["duty_deliver"] == "done"
    assert redrive(given_up.stack, {}).document["matched"] == 0


def test_a_target_that_was_gone_is_told_what_it_has_missed_when_asked_for(office: Office) -> None:
    # Else the table's creation counts, by the machine's clock.
    office.stack.parameters["TellFrom"] = "2020-01-01"
    office.stack.restart()
    (fax,) = office.stack.items("FAX#")
    asked = {"missed": True, "route": "default", "since": fax["settled_at"][:10]}
    office.route(office.hook("/here"), office.hook("/gone"))
    (gone,) = (target for target in targets(office) if target["webhook"].endswith("/gone"))
    office.stack.table.update_item(
        Key={"pk": "ROUTE#default", "sk": "ROUTE"},
        UpdateExpression="SET targets.#target.disabled_at = :now",
        ExpressionAttributeNames={"#target": gone["id"]},
        ExpressionAttributeValues={":now": fax["settled_at"]},
    )
    office.announce()
    office.run(minutes=10)
    assert [one.path for one in office.receiver.attempts()] == ["/here"]
    still_gone = redrive(office.stack, asked).document
    assert (still_gone["matched"], still_gone["unwanted"], still_gone["redriven"]) == (1, 1, 0)

    office.route(office.hook("/here"), office.hook("/gone"))
    assert redrive(office.stack, asked | {"dry_run": True}).document["matched"] == 1
    assert redrive(office.stack, asked).document["redriven"] == 1
    assert redrive(office.stack, asked).document["matched"] == 0
    office.announce()
    office.run(minutes=10)
    here, there = office.receiver.attempts()
    assert (here.id, there.path) == (there.id, "/gone")


def targets(office: Office) -> list[dict[str, Any]]:
    answer = office.stack.http("EditRoutes", event_file("edit_routes") | {"routeKey": "GET /routes/default"})
    found: list[dict[str, Any]] = answer.document["targets"]
    return found


@pytest.mark.parametrize(
    "asked",
    [{"target": "0" * 16}, {"route": "softlinx/jo"}, {"since": "2036-01-01"}, {"until": "2016-01-01"}],
)
def test_what_does_not_match_is_left_alone(given_up: Office, asked: dict[str, Any]) -> None:
    assert redrive(given_up.stack, asked).document["matched"] == 0
    assert given_up.deliveries()[0]["duty_deliver"] == "given_up"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("[]", "body"),
        ({"targets": []}, "body"),
        ({"state": "pending"}, "state"),
        ({"state": "done"}, "state"),
        ({"target": 7}, "target"),
        ({"route": ["default"]}, "route"),
        ({"since": "friday"}, "since"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"missed": True, "route": "default"}, "since"),
        ({"missed": True, "since": "2026-11-20"}, "target"),
        ({"missed": True, "since": "2026-11-20", "route": "default", "state": "given_up"}, "state"),
        ({"missed": True, "since": "2026-11-20", "route": "default", "cursor": "x"}, "cursor"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_a_request_that_can_t_be_is_refused_by_the_part_s_name(stack: Stack, body: Any, field: str) -> None:
    answer = redrive(stack, body)
    assert (answer.status, answer.document["field"]) == (400, field)


def test_a_table_out_of_reach_is_a_503(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        assert redrive(stack, {}).status == 503
