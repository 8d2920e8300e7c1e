"""The mark queue: settled faxes are marked at Softlinx, and what fails comes again alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import Stack, event_file, softlinx_post
from tests.support.scripted_server import output, scripted_server
from tests.support.stream import messages


@pytest.fixture
def softlinx(stack: Stack) -> Iterator[SoftlinxSimulator]:
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as simulator:
        stack.parameters["SoftlinxUrl"] = simulator.wsapi_url
        yield simulator


def sent(stack: Stack, softlinx: SoftlinxSimulator) -> str:
    """A fax that is done at Softlinx and settled here; its id there."""
    fax_id = softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": fax_id, "FaxStatus": "sent"}))
    return fax_id


def event_of(fax_id: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(event_file("mark_fax")["Records"][0]["body"])
    event["detail"]["fax_id"] = f"softlinx.outbound.acme.{fax_id}"
    return event


def failed(stack: Stack, *bodies: Any) -> list[str]:
    answer = stack.invoke("MarkFax", messages(*bodies))
    assert set(answer) == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def marked(softlinx: SoftlinxSimulator) -> set[str]:
    return {job.job_id for job in softlinx.jobs() if job.is_marked}


def test_the_event_in_events_marks_nothing_that_is_not_settled(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    assert stack.invoke("MarkFax", event_file("mark_fax")) == {"batchItemFailures": []}
    assert softlinx.requests() == ()


def test_a_settled_fax_is_marked_and_the_ledger_knows(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_ids = [sent(stack, softlinx) for _ in range(3)]
    assert failed(stack, *(event_of(fax_id) for fax_id in fax_ids)) == []
    assert marked(softlinx) == set(fax_ids)
    assert {item["duty_mark"] for item in stack.items("FAX#")} == {"done"}
    assert [request.operation for request in softlinx.requests()].count("Login") == 1


def test_a_batch_is_marked_by_as_many_at_once_as_the_parameter_says(stack: Stack) -> None:
    stack.parameters["SoftlinxMarkConcurrency"] = "3"
    options = SoftlinxOptions(latency_seconds=0.02)
    with SoftlinxSimulator(stack.clock, stack.clock, options=options) as softlinx:
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        fax_ids = [sent(stack, softlinx) for _ in range(20)]

        assert failed(stack, *(event_of(fax_id) for fax_id in fax_ids)) == []

        assert marked(softlinx) == set(fax_ids)
        assert 2 <= softlinx.most_marks_at_once <= 3


def test_a_repeated_message_asks_softlinx_for_nothing(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = sent(stack, softlinx)
    failed(stack, event_of(fax_id), event_of(fax_id))
    asked = len(softlinx.requests())
    assert failed(stack, event_of(fax_id)) == []
    assert len(softlinx.requests()) == asked


@pytest.mark.parametrize(
    "broken",
    [
        "not json",
        "[]",
        "5",
        "null",
        {"detail": None},
        {"detail": []},
        {"detail": {}},
        {"detail": {"fax_id": 5}},
        {"detail": {"fax_id": None}},
        {"detail": {"fax_id": ["softlinx.outbound.acme.33"]}},
        {"detail": {"fax_id": canaries.NAME}},
        {"detail": {"fax_id": "softlinx.outbound.acme." + "3" * 100}},
    ],
)
def test_a_message_nobody_can_read_fails_alone(
    stack: Stack, softlinx: SoftlinxSimulator, capsys: pytest.CaptureFixture[str], broken: Any
) -> None:
    fax_id = sent(stack, softlinx)
    assert failed(stack, broken, event_of(fax_id)) == ["message-0"]
    assert marked(softlinx) == {fax_id}
    said = capsys.readouterr().out
    assert '"MessageUnreadable":[1.0]' in said
    assert canaries.found_in(said) == []


def test_a_fax_softlinx_does_not_know_fails_alone(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = sent(stack, softlinx)
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "999", "FaxStatus": "sent"}))
    assert failed(stack, event_of("999"), event_of(fax_id)) == ["message-0"]
    assert marked(softlinx) == {fax_id}


def test_a_refused_login_sends_the_batch_round_again(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_ids = [sent(stack, softlinx) for _ in range(2)]
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": "wrong"}))
    assert sorted(failed(stack, *(event_of(fax_id) for fax_id in fax_ids))) == ["message-0", "message-1"]
    assert marked(softlinx) == set()


def test_a_table_out_of_reach_sends_the_batch_round_again(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = sent(stack, softlinx)
    with pytest.raises(Exception, match="table did not answer"), stack.out_of_reach("dynamodb"):
        failed(stack, event_of(fax_id))
    assert marked(softlinx) == set()


def test_nothing_of_a_refusal_is_told_of(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "33", "FaxStatus": "sent"}))
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "admin", "password": canaries.PASSWORD}))
    refusal = (
        f"<RequestStatus><StatusCode>9</StatusCode><StatusText>{canaries.NAME}</StatusText></RequestStatus>"
    )
    with scripted_server() as server:
        stack.parameters["SoftlinxUrl"] = server.url
        server.answer("ModifySendFax", output("ModifySendFax", refusal))
        assert failed(stack, event_of("33")) == ["message-0"]
    captured = capsys.readouterr()
    assert "refused with code 9" in captured.out
    assert canaries.found_in(captured.out + captured.err) == []
