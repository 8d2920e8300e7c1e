"""Senders of faxes: requests to the API, and the messages that they lead to."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support.bundle_on_moto import Answer, Context, Event, Stack, event_file, query
from tests.support.openapi import hold_against_openapi
from tests.support.stream import messages

SENT, BUSY, REFUSED, LOST = "12025550100", "12025550001", "12025550009", "12025550201"
PDF = b"%PDF-1.4 a letter"
KEY = "a-first-key"


@pytest.fixture(params=["soap", "rest"])
def softlinx(stack: Stack, request: pytest.FixtureRequest) -> Iterator[SoftlinxSimulator]:
    """Softlinx, spoken to through one of its APIs, and then through the other."""
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as simulator:
        stack.parameters |= {"SoftlinxUrl": simulator.wsapi_url, "SoftlinxApi": request.param}
        yield simulator


def fax(*numbers: str, **more: Any) -> dict[str, Any]:
    document = {"type": "application/pdf", "content": b64encode(PDF).decode()}
    recipients = [{"number": number} for number in numbers or (SENT,)]
    return {"provider": "softlinx", "recipients": recipients, "documents": [document], **more}


def request_to(
    path: str, body: Any, key: str | None = KEY, parameters: Mapping[str, str] | None = None
) -> Event:
    """The event of events/submit_fax.json to this route with this body, which is JSON unless it is text."""
    event = event_file("submit_fax")
    event["routeKey"] = event["requestContext"]["routeKey"] = f"POST {path}"
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    event["pathParameters"] = dict(parameters or {})
    event["headers"].pop("idempotency-key")
    if key is not None:
        event["headers"]["idempotency-key"] = key
    return event


def posted(stack: Stack, body: Any, key: str | None = KEY) -> Answer:
    answer = stack.http("SubmitFax", request_to("/faxes", body, key))
    hold_against_openapi(answer, "post", "/faxes")
    return answer


def submitted(stack: Stack, body: Any, key: str | None = KEY) -> list[str]:
    answer = posted(stack, body, key)
    assert answer.status == 202, answer.body
    return [submission["id"] for submission in answer.document["submissions"]]


def resend(stack: Stack, fax_id: str, body: Any = "", key: str | None = "a-resend") -> Answer:
    path = "/faxes/{id}/resend"
    answer = stack.http("SubmitFax", request_to(path, body, key, {"id": fax_id}))
    hold_against_openapi(answer, "post", path)
    return answer


def send(stack: Stack, *, times: int = 1) -> bool:
    """Every message of the order queue comes, for so many times: whether all of them are done with."""
    event = messages(*stack.to_be_sent())
    for record in event["Records"]:
        record["attributes"] = {**record["attributes"], "ApproximateReceiveCount": str(times)}
    return invoked(stack, event)


def invoked(stack: Stack, event: Event) -> bool:
    answer: dict[str, Any] = stack.invoke("SendFax", event, Context(seconds_left=360))
    return answer == {"batchItemFailures": []}


def found(stack: Stack, fax_id: str) -> dict[str, Any]:
    answer = stack.http("QueryFaxes", query("GET /faxes/{id}", id=fax_id))
    hold_against_openapi(answer, "get", "/faxes/{id}")
    assert answer.status == 200, answer.body
    return answer.document


def state(stack: Stack, submission: str) -> str:
    document = found(stack, submission)
    told: str = document.get("state") or document["status"]
    return told
