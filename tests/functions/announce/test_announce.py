"""The table's stream: one event on the bus for each newly settled fax and each conflict."""

import json
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from faxledger.domain.events import EventType, detail_of, event_of
from tests.support import canaries
from tests.support.bundle_on_moto import Stack, event_file, greenfax_get, softlinx_post
from tests.support.stream import Image, passes_filter, record
from tests.support.template import ROOT, raw_template

SCHEMA = json.loads((ROOT / "docs" / "events" / "fax-event.v1.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)


@pytest.fixture(autouse=True)
def told(stack: Stack) -> Stack:
    # moto's table was made at the wall's time, which is later than the one of these tests.
    stack.parameters["TellFrom"] = "2020-01-01"
    return stack


def post(stack: Stack, fax_id: int, word: str, **more: str) -> Image:
    fields = {"FaxId": str(fax_id), "FaxStatus": word, "CompleteTime": "2026-11-22T15:03:58Z", **more}
    assert stack.http("SoftlinxCallback", softlinx_post(fields)).status == 200
    direction = "inbound" if word.startswith("recv") else "outbound"
    return stack.image(f"softlinx.{direction}.acme.{fax_id}")


def announce(stack: Stack, *records: dict[str, Any]) -> list[str]:
    """The sequence numbers that have to come again."""
    answer = stack.invoke("Announce", {"Records": list(records)})
    assert set(answer) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def announced(stack: Stack) -> list[dict[str, Any]]:
    events = stack.announced()
    for event in events:
        VALIDATOR.validate(event)
    return events


def test_the_event_in_events_is_announced(stack: Stack) -> None:
    assert stack.invoke("Announce", event_file("announce")) == {"batchItemFailures": []}
    (event,) = announced(stack)
    assert event["detail-type"] == "Fax Failed"
    assert event["detail"] == {
        "version": 1,
        "event_id": event["detail"]["event_id"],
        "fax_id": "softlinx.outbound.acme.33",
        "provider": "softlinx",
        "direction": "outbound",
        "status": "failed",
        "at": "2026-11-22T15:04:05.120Z",
        "source": "callback",
        "settled_at": "2026-11-22T15:04:05.120Z",
        "completed_at": "2026-11-22T15:03:58.000Z",
        "failure_class": "busy",
        "notify": "nobody",
    }


def test_the_examples_of_the_schema_follow_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {example["detail-type"] for example in SCHEMA["examples"]} == set(
        SCHEMA["properties"]["detail-type"]["enum"]
    )
    for example in SCHEMA["examples"]:
        VALIDATOR.validate(example)
        assert detail_of(event_of(example["detail-type"], example["detail"])) == example["detail"]
    tampered = json.loads(json.dumps(SCHEMA["examples"][0]))
    tampered["detail"]["to_number"] = canaries.NUMBER
    assert not VALIDATOR.is_valid(tampered)


@pytest.mark.parametrize(
    ("word", "kind", "status"),
    [
        ("sent", "Fax Sent", "sent"),
        ("sendFailed", "Fax Failed", "failed"),
        ("recvOk", "Fax Received", "received"),
        ("recvIncomplete", "Fax Received", "received_partial"),
    ],
)
def test_each_status_has_its_kind_of_event(stack: Stack, word: str, kind: str, status: str) -> None:
    change = record(1, new=post(stack, 33, word))
    assert passes_filter(change)
    assert announce(stack, change) == []
    (event,) = announced(stack)
    assert (event["detail-type"], event["detail"]["status"]) == (kind, status)


def test_the_last_of_a_case_s_faxes_names_it(stack: Stack) -> None:
    line = {"TSI": canaries.NAME, "DestFaxNumber": canaries.NUMBER}
    broken = post(stack, 7, "recvIncomplete", **line, ReceivedTime="2026-11-22T15:00:00Z", CompleteTime="")
    whole = post(stack, 8, "recvOk", **line, ReceivedTime="2026-11-22T15:03:00Z", CompleteTime="")
    assert announce(stack, record(1, new=broken), record(2, new=whole)) == []
    first, second = announced(stack)
    assert "case_id" not in first["detail"]
    assert second["detail"]["case_id"] == "softlinx.inbound.acme.8"
    assert announce(stack, record(1, new=broken)) == []
    (again,) = announced(stack)
    assert again["detail"]["event_id"] == first["detail"]["event_id"]
    assert canaries.found_in(canaries.keys_of(stack.items("CASE#"))) == []


def test_a_received_fax_that_could_not_be_entered_comes_again_alone(stack: Stack) -> None:
    received = post(stack, 7, "recvOk", TSI="Clinic 7", DestFaxNumber="12125550191")
    changes = [record(1, new=received), record(2, new=post(stack, 33, "sent"))]
    with stack.out_of_reach("dynamodb"):
        assert announce(stack, *changes) == ["1"]
    assert [event["detail-type"] for event in announced(stack)] == ["Fax Sent"]
    assert announce(stack, *changes[:1]) == []


def test_a_greenfax_event_follows_the_schema_too(stack: Stack) -> None:
    stack.http("GreenFaxNotify", greenfax_get())
    assert announce(stack, record(1, new=stack.image("greenfax.outbound.12345.8591334"))) == []
    (event,) = announced(stack)
    assert event["detail"]["source"] == "notify"


def test_an_unknown_word_is_no_news_until_a_status_follows(stack: Stack) -> None:
    noted = post(stack, 33, "pondering", Queue="SendFax")
    settled = post(stack, 33, "sent")
    first, second = record(1, new=noted), record(2, old=noted, new=settled)
    assert passes_filter(second)
    assert announce(stack, first, second) == []
    assert [event["detail-type"] for event in announced(stack)] == ["Fax Sent"]


def test_a_callback_of_what_the_poll_has_settled_is_heard_and_no_news(stack: Stack) -> None:
    called = post(stack, 33, "sent")
    pushed = called.pop("sighting_callback")
    by_poll = {"M": {**pushed["M"], "source": {"S": "poll"}}}
    polled = {**called, "settled_by": {"S": "poll"}, "sighting_poll": by_poll}
    change = record(1, old=polled, new={**polled, "sighting_callback": pushed})
    assert passes_filter(change)
    assert announce(stack, change) == []
    assert announced(stack) == []
    (heard,) = stack.items("HEARD#")
    assert heard == {"pk": "HEARD#softlinx", "sk": "HEARD", "callback": "2026-11-22T15:04:05.000Z"}
    known = change["dynamodb"]["NewImage"]
    assert not passes_filter(record(2, old=known, new={**known, "sighting_feed": by_poll}))


def test_a_hint_is_heard(stack: Stack) -> None:
    stack.parameters["CallbackTrust"] = "confirm"
    assert passes_filter(record(1, new=post(stack, 33, "sent")))


def test_a_conflict_is_told_once(stack: Stack) -> None:
    sent = post(stack, 33, "sent")
    contested = post(stack, 33, "sendFailed")
    again = {**contested, "sighting_poll": contested["sighting_callback"]}
    change, later = record(1, old=sent, new=contested), record(2, old=contested, new=again)
    assert (passes_filter(change), passes_filter(later)) == (True, False)
    assert announce(stack, change, later) == []
    (event,) = announced(stack)
    assert event["detail-type"] == "Fax Status Conflict"
    detail = event["detail"]
    assert (detail["status"], detail["other_status"], detail["other_source"]) == (
        "sent",
        "failed",
        "callback",
    )


def test_what_retention_removes_is_no_news(stack: Stack) -> None:
    change = record(1, old=post(stack, 33, "sent"))
    assert not passes_filter(change)
    assert announce(stack, change) == []
    assert announced(stack) == []


def test_a_bare_repeat_of_what_retention_removed_is_no_news(stack: Stack) -> None:
    first = post(stack, 33, "sent", CompleteTime="")
    assert announce(stack, record(1, new=first)) == []
    stack.table.delete_item(Key={"pk": first["pk"]["S"], "sk": first["sk"]["S"]})
    stack.clock.advance(days=500)
    again = post(stack, 33, "sent", CompleteTime="")
    assert again["settled_at"] != first["settled_at"]
    assert announce(stack, record(2, new=again)) == []
    assert [event["detail"]["settled_at"] for event in announced(stack)] == [first["settled_at"]["S"]]


def test_a_callback_without_a_time_is_remembered_where_another_source_had_settled_with_one(
    stack: Stack,
) -> None:
    called = post(stack, 33, "sent", CompleteTime="")
    polled = {
        name: value for name, value in called.items() if name not in ("sighting_callback", "is_timeless")
    }
    change = record(1, old=polled, new=called)
    assert passes_filter(change)
    assert announce(stack, change) == []
    assert announced(stack) == []
    (remembered,) = stack.items("TIMELESS#")
    assert remembered["settled_at"] == called["settled_at"]["S"]


@pytest.mark.parametrize(
    "kind", ["CLAIM#softlinx-query", "UNREADABLE#ab", "CURSOR#greenfax-outbound", "TEST#softlinx-callback"]
)
def test_items_that_are_no_faxes_are_no_news(stack: Stack, kind: str) -> None:
    change = record(1, new={"pk": {"S": kind}, "sk": {"S": "x"}, "raw": {"B": "eA=="}})
    assert not passes_filter(change)
    assert announce(stack, change) == []


def test_a_repeated_record_is_told_under_the_same_id(stack: Stack) -> None:
    change = record(1, new=post(stack, 33, "sent"))
    announce(stack, change)
    announce(stack, change)
    first, second = announced(stack)
    assert first["detail"] == second["detail"]


def test_old_faxes_are_not_news(stack: Stack) -> None:
    stack.parameters["TellFrom"] = "2026-11-22T15:03:58Z"
    old = post(stack, 1, "sent", CompleteTime="2026-11-22T15:03:57Z")
    new = post(stack, 2, "sent", CompleteTime="2026-11-22T15:03:58Z")
    bare = post(stack, 3, "sent", CompleteTime="")
    assert announce(stack, *(record(n, new=change) for n, change in enumerate([old, new, bare]))) == []
    assert [event["detail"]["fax_id"][-1] for event in announced(stack)] == ["2", "3"]


def test_what_is_older_than_the_retention_is_not_news(stack: Stack) -> None:
    stack.parameters["RetentionDays"] = "120"
    old = post(stack, 1, "sent", CompleteTime="2026-07-25T15:08:04Z")
    new = post(stack, 2, "sent", CompleteTime="2026-07-25T15:08:06Z")
    announce(stack, record(1, new=old), record(2, new=new))
    assert [event["detail"]["fax_id"][-1] for event in announced(stack)] == ["2"]


def test_without_a_setting_news_begin_with_the_first_deployment(stack: Stack) -> None:
    stack.parameters["TellFrom"] = ""
    created = boto3.client("dynamodb").describe_table(TableName=stack.table.name)["Table"]["CreationDateTime"]
    assert stack.clock.now() < created
    announce(stack, record(1, new=post(stack, 1, "sent")))
    assert announced(stack) == []
    stack.clock.advance(seconds=(created - stack.clock.now()).total_seconds() + 1)
    announce(stack, record(2, new=post(stack, 2, "sent", CompleteTime="")))
    assert len(announced(stack)) == 1


def test_25_changes_are_told_in_three_calls(stack: Stack) -> None:
    changes = [record(n, new=post(stack, n + 1, "sent")) for n in range(25)]
    stack.calls.clear()
    assert announce(stack, *changes) == []
    assert stack.count_of("events:PutEvents") == 3
    assert len(announced(stack)) == 25


def test_a_bus_out_of_reach_gets_every_record_again(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    changes = [record(n, new=post(stack, n, "sent")) for n in (9, 10)]
    with stack.out_of_reach("eventbridge"):
        assert announce(stack, *changes) == ["9", "10"]
    assert "ConnectTimeoutError" in capsys.readouterr().out
    assert announce(stack, *changes) == []
    assert len(announced(stack)) == 2


BROKEN: list[dict[str, Any]] = [
    {"final_status": {"S": "lost"}},
    {"final_status": {"N": "1"}},
    {"settled_at": {"S": "yesterday"}},
    {"settled_by": {"S": "rumour"}},
    {"raw": {"SS": ["x"]}},
    {"sighting_callback": {"M": {}}},
    {"conflict": {"M": {"status": {"S": "failed"}}}},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_record_nobody_can_read_holds_no_other(
    stack: Stack, capsys: pytest.CaptureFixture[str], broken: dict[str, Any]
) -> None:
    changes = [record(n, new=post(stack, n, "sent")) for n in (1, 2, 3)]
    changes[1]["dynamodb"]["NewImage"] |= broken
    # Whatever comes again brings all that are behind it.
    assert announce(stack, *changes) == []
    assert '"StreamRecordUnreadable":[1.0]' in capsys.readouterr().out
    assert [event["detail"]["fax_id"][-1] for event in announced(stack)] == ["1", "3"]
    assert stack.failed_batches() == ["unreadable/2"]


def test_a_record_that_cant_be_set_aside_comes_again(stack: Stack) -> None:
    changes = [record(n, new=post(stack, n, "sent")) for n in (1, 2)]
    changes[0]["dynamodb"]["NewImage"] |= BROKEN[0]
    with stack.out_of_reach("s3"):
        assert announce(stack, *changes) == ["1"]
    assert stack.failed_batches() == []


def test_nothing_of_who_faxed_whom_leaves(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    more = {
        "FaxNumber": canaries.NUMBER,
        "TSI": canaries.NAME,
        "ProjectCode": canaries.SUBJECT,
        "ErrorText": f"busy {canaries.NAME}",
        "ErrorCode": canaries.SUBJECT,
    }
    sent = post(stack, 33, "sent", **more)
    contested = post(stack, 33, "sendFailed", **more)
    broken = {**contested, "final_status": {"S": canaries.NAME}}
    announce(stack, record(1, new=sent), record(2, old=sent, new=contested), record(3, new=broken))
    with stack.out_of_reach("eventbridge"):
        announce(stack, record(4, new=post(stack, 34, "sendFailed", **more)))
    events = announced(stack)
    assert len(events) == 2
    assert canaries.found_in(json.dumps(events)) == []
    assert canaries.found_in("".join(capsys.readouterr())) == []


def test_the_bundle_s_own_rules_ignore_replayed_events() -> None:
    rules = {
        name: resource["Properties"]["EventPattern"]
        for name, resource in raw_template()["Resources"].items()
        if resource["Type"] == "AWS::Events::Rule" and "EventBusName" in resource["Properties"]
    }
    assert len(rules) >= 4
    for pattern in rules.values():
        assert pattern["replay-name"] == [{"exists": False}]


def test_what_is_for_nobody_says_so_and_goes_to_no_queue(told: Stack) -> None:
    assert announce(told, record(1, new=post(told, 33, "sent"))) == []
    route = event_file("edit_routes") | {"routeKey": "PUT /routes/default", "pathParameters": {}}
    assert told.http("EditRoutes", route).status == 200
    assert announce(told, record(2, new=post(told, 34, "sent"))) == []

    assert [event["detail"].get("notify") for event in announced(told)] == ["nobody", None]
    notify = raw_template()["Resources"]["NotifyRule"]["Properties"]["EventPattern"]
    assert notify["detail"] == {"notify": [{"exists": False}]}


def test_everything_that_is_announced_is_told() -> None:
    notify = raw_template()["Resources"]["NotifyRule"]["Properties"]["EventPattern"]
    assert set(notify["detail-type"]) == set(EventType)


def test_a_settled_fax_that_is_joined_late_is_told_to_its_sender_alone(stack: Stack) -> None:
    settled = post(stack, 33, "sent")
    joined = {**settled, "submission": {"S": "0" * 32 + "-1"}}
    assert announce(stack, record(1, new=settled)) == []
    (event,) = announced(stack)
    change = record(2, old=settled, new=joined)
    assert passes_filter(change)
    assert announce(stack, change) == []
    assert announced(stack) == []
    (message,) = stack.sent_for("NotifyQueue")
    assert event["detail"].pop("notify") == "nobody"
    assert message == {"detail-type": event["detail-type"], "detail": event["detail"]}
    assert not passes_filter(record(3, old=joined, new={**joined, "duty_mark": {"S": "done"}}))


@pytest.mark.parametrize("is_refused", [False, True])
def test_what_the_queue_does_not_take_comes_again(stack: Stack, *, is_refused: bool) -> None:
    settled = post(stack, 33, "sent")
    change = record(1, old=settled, new={**settled, "submission": {"S": "0" * 32 + "-1"}})
    with stack.out_of_reach("sqs") if is_refused else nullcontext():
        assert announce(stack, change) == (["1"] if is_refused else [])
    assert len(stack.sent_for("NotifyQueue")) == (0 if is_refused else 1)
