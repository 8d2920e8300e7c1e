"""A fax is followed through the logs of all functions by one word: its public id, as `fax_id`."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.webhook_receiver import WebhookReceiver
from tests.support.bundle_on_moto import SIGNING_KEY, Context, Stack, event_file, softlinx_post
from tests.support.stream import messages, record

GOOD = "12025550100"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged since the last look, without the metrics."""
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [document for document in documents if "message" in document]


def said_about(fax_id: str, said: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(line["service"], line["message"]) for line in said if line.get("fax_id") == fax_id]


def event_on_the_bus(stack: Stack) -> dict[str, Any]:
    (event,) = stack.announced()
    return {"detail-type": event["detail-type"], "detail": event["detail"]}


def test_each_step_of_a_fax_leaves_a_line_with_its_id(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    with (
        SoftlinxSimulator(stack.clock, stack.clock, seed=7) as softlinx,
        WebhookReceiver(stack.clock, lambda: [SIGNING_KEY]) as receiver,
    ):
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        stack.neighbours = frozenset({receiver.url})
        route = event_file("edit_routes") | {"routeKey": "PUT /routes/default"}
        route["body"] = json.dumps({"targets": [{"webhook": receiver.url + "/"}]})
        assert stack.http("EditRoutes", route).status == 200
        others = [softlinx.send(GOOD), softlinx.receive("12025550101")]
        job_id = softlinx.receive(GOOD)
        fax_id = f"softlinx.inbound.acme.{job_id}"
        stack.clock.advance(hours=1)
        lines(capsys)

        told = {"FaxId": job_id, "FaxStatus": "recvOk", "Queue": "ReceiveFax"}
        with stack.out_of_reach("dynamodb", "UpdateItem"):
            stack.http("SoftlinxCallback", softlinx_post(told))
        stack.http("SoftlinxCallback", softlinx_post(told))
        stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))
        stack.invoke("Announce", {"Records": [record(1, new=stack.image(fax_id))]})
        event = event_on_the_bus(stack)
        with stack.out_of_reach("s3"):
            stack.invoke("RetrieveContent", messages(event), Context(seconds_left=300))
        stack.invoke("RetrieveContent", messages(event), Context(seconds_left=300))
        with stack.out_of_reach("dynamodb"):
            stack.invoke("Notify", messages(event))
        stack.invoke("Notify", messages(event))

    said = lines(capsys)
    assert said_about(fax_id, said) == [
        ("softlinx-callback", "callback not recorded"),
        ("softlinx-callback", "report recorded"),
        ("softlinx-poll", "report recorded"),
        ("announce", "announced"),
        ("retrieve-content", "retrieval failed"),
        ("retrieve-content", "document stored"),
        ("retrieve-content", "marked"),
        ("notify", "message not worked off"),
        ("notify", "delivered"),
    ]
    # No other line is about it, and none about another fax is mistaken for one.
    assert [line for line in said if line.get("fax_id") != fax_id and fax_id in json.dumps(line)] == []
    assert {line["fax_id"].rpartition(".")[2] for line in said if "fax_id" in line} == {job_id, *others}
