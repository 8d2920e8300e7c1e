"""The retrieve queue: documents of received faxes are stored whole, and only then are the faxes marked."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import Answer, Context, Stack, event_file, query, softlinx_post
from tests.support.openapi import hold_against_openapi
from tests.support.scripted_server import output, scripted_server
from tests.support.stream import messages

GOOD = "12025550100"
LATER, NEVER = "12025550202", "12025550203"
MOST_RECEIVED = 6


@pytest.fixture
def softlinx(stack: Stack) -> Iterator[SoftlinxSimulator]:
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as simulator:
        stack.parameters["SoftlinxUrl"] = simulator.wsapi_url
        yield simulator


def received(stack: Stack, softlinx: SoftlinxSimulator, caller: str = GOOD) -> str:
    """A fax that has come in at Softlinx and is settled here; its id there."""
    fax_id = softlinx.receive(caller)
    stack.clock.advance(hours=1)
    told = {"FaxId": fax_id, "FaxStatus": "recvOk", "Queue": "ReceiveFax"}
    stack.http("SoftlinxCallback", softlinx_post(told))
    return fax_id


def event_of(fax_id: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(event_file("retrieve_content")["Records"][0]["body"])
    event["detail"]["fax_id"] = f"softlinx.inbound.acme.{fax_id}"
    return event


def failed(stack: Stack, *bodies: Any, received_times: int = 1, seconds_left: float = 300) -> list[str]:
    event = messages(*bodies)
    for record in event["Records"]:
        record["attributes"] = {**record["attributes"], "ApproximateReceiveCount": str(received_times)}
    answer = stack.invoke("RetrieveContent", event, Context(seconds_left=seconds_left))
    return sorted(failure["itemIdentifier"] for failure in answer["batchItemFailures"])


def marked(softlinx: SoftlinxSimulator) -> set[str]:
    return {job.job_id for job in softlinx.jobs() if job.is_marked}


def fax(stack: Stack, fax_id: str) -> dict[str, Any]:
    item = stack.item(f"softlinx.inbound.acme.{fax_id}")
    assert item is not None
    return item


def test_the_event_in_events_retrieves_nothing_that_is_not_settled(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    event = event_file("retrieve_content")
    assert stack.invoke("RetrieveContent", event) == {"batchItemFailures": []}
    assert softlinx.requests() == ()


@pytest.mark.parametrize(("kind", "media_type"), [("pdf", "application/pdf"), ("tif", "image/tiff")])
def test_a_document_is_stored_byte_for_byte_and_the_fax_marked(
    stack: Stack, softlinx: SoftlinxSimulator, kind: str, media_type: str
) -> None:
    stack.parameters["SoftlinxDocumentType"] = kind
    fax_ids = [received(stack, softlinx) for _ in range(3)]
    assert failed(stack, *map(event_of, fax_ids)) == []

    expected = {fax_id: softlinx.document("inbound", fax_id, kind) for fax_id in fax_ids}
    digests = {fax_id: sha256(document).hexdigest() for fax_id, document in expected.items()}
    assert stack.documents() == {
        f"softlinx/inbound/acme/{fax_id}/{digests[fax_id]}.{kind}": expected[fax_id] for fax_id in fax_ids
    }
    for fax_id in fax_ids:
        item = fax(stack, fax_id)
        assert (item["duty_store"], item["duty_mark"]) == ("done", "done")
        assert (item["document_size"], item["document_sha256"]) == (len(expected[fax_id]), digests[fax_id])
        assert "due_key" not in item
    assert marked(softlinx) == set(fax_ids)
    assert set(stack.media_types().values()) == {media_type}


def test_a_fax_is_marked_only_when_its_document_is_safe(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx)
    with stack.out_of_reach("s3"):
        assert failed(stack, event_of(fax_id)) == ["message-0"]
    with pytest.raises(Exception, match="did not answer"), stack.out_of_reach("dynamodb", "UpdateItem"):
        failed(stack, event_of(fax_id))
    assert marked(softlinx) == set()
    assert failed(stack, event_of(fax_id)) == []
    assert marked(softlinx) == {fax_id}
    assert len(stack.documents()) == 1


def test_the_mark_queue_does_not_mark_what_is_not_stored(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx)
    assert stack.invoke("MarkFax", messages(event_of(fax_id))) == {"batchItemFailures": []}
    assert marked(softlinx) == set()


def test_a_document_that_is_not_there_yet_is_fetched_later_and_holds_no_other(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    later, good = received(stack, softlinx, LATER), received(stack, softlinx)
    assert failed(stack, event_of(later), event_of(good)) == ["message-0"]
    assert marked(softlinx) == {good}
    assert failed(stack, event_of(later), received_times=2) == ["message-0"]
    assert failed(stack, event_of(later), received_times=3) == []
    assert marked(softlinx) == {later, good}


def test_the_last_failure_is_kept_as_given_up(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx, NEVER)
    assert failed(stack, event_of(fax_id), received_times=MOST_RECEIVED - 1) == ["message-0"]
    assert fax(stack, fax_id)["duty_store"] == "pending"
    assert failed(stack, event_of(fax_id), received_times=MOST_RECEIVED) == ["message-0"]
    assert (fax(stack, fax_id)["duty_store"], fax(stack, fax_id)["duty_mark"]) == ("given_up", "pending")
    assert marked(softlinx) == set()


def test_a_last_try_that_succeeds_is_no_failure(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx)
    assert failed(stack, event_of(fax_id), received_times=MOST_RECEIVED) == []
    assert fax(stack, fax_id)["duty_store"] == "done"
    assert marked(softlinx) == {fax_id}


def test_what_was_given_up_is_tried_again_when_a_person_puts_its_message_back(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    fax_id = received(stack, softlinx, LATER)
    failed(stack, event_of(fax_id), received_times=MOST_RECEIVED)
    failed(stack, event_of(fax_id))
    assert failed(stack, event_of(fax_id)) == []
    assert fax(stack, fax_id)["duty_store"] == "done"


def test_a_repeated_message_asks_softlinx_for_nothing(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx)
    failed(stack, event_of(fax_id), event_of(fax_id))
    asked = len(softlinx.requests())
    assert failed(stack, event_of(fax_id)) == []
    assert len(softlinx.requests()) == asked


def test_another_system_s_marks_are_left_alone(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    stack.parameters["MarkFaxes"] = "false"
    fax_id = received(stack, softlinx)
    assert failed(stack, event_of(fax_id)) == []
    assert marked(softlinx) == set()
    item = fax(stack, fax_id)
    assert item["duty_store"] == "done"
    assert {"duty_mark", "due_key"}.isdisjoint(item)


def test_faxes_of_before_marks_were_wanted_are_marked_by_the_next_poll(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    stack.parameters["MarkFaxes"] = "false"
    fax_id = received(stack, softlinx)
    failed(stack, event_of(fax_id))
    stack.parameters["MarkFaxes"] = "true"
    stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))

    assert marked(softlinx) == {fax_id}
    assert fax(stack, fax_id)["duty_mark"] == "done"


def test_no_mark_is_set_that_was_owed_before_another_system_kept_them(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    fax_id = received(stack, softlinx)
    stack.parameters["MarkFaxes"] = "false"
    assert failed(stack, event_of(fax_id)) == []
    stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))

    assert marked(softlinx) == set()
    assert fax(stack, fax_id)["duty_store"] == "done"


def test_when_the_time_is_nearly_up_nothing_more_is_begun(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_ids = [received(stack, softlinx) for _ in range(2)]
    assert failed(stack, *map(event_of, fax_ids), seconds_left=20) == ["message-0", "message-1"]
    assert stack.documents() == {}


def test_a_refused_login_sends_the_batch_round_again(
    stack: Stack, softlinx: SoftlinxSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    fax_ids = [received(stack, softlinx) for _ in range(2)]
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": "wrong"}))
    assert failed(stack, *map(event_of, fax_ids)) == ["message-0", "message-1"]
    assert '"LoginRefused":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["not json", {"detail": {"fax_id": canaries.NAME}}])
def test_a_message_nobody_can_read_fails_alone(
    stack: Stack, softlinx: SoftlinxSimulator, capsys: pytest.CaptureFixture[str], broken: Any
) -> None:
    fax_id = received(stack, softlinx)
    assert failed(stack, broken, event_of(fax_id)) == ["message-0"]
    assert marked(softlinx) == {fax_id}
    assert canaries.found_in(capsys.readouterr().out) == []


def test_nothing_of_a_refusal_is_told_of(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "33", "FaxStatus": "recvOk"}))
    refusal = (
        f"<RequestStatus><StatusCode>9</StatusCode><StatusText>{canaries.NAME}</StatusText></RequestStatus>"
    )
    with scripted_server() as server:
        stack.parameters["SoftlinxUrl"] = server.url
        server.answer("GetReceiveFaxContent", output("GetReceiveFaxContent", refusal))
        assert failed(stack, event_of("33")) == ["message-0"]
    captured = capsys.readouterr()
    assert "refused with code 9" in captured.out
    assert canaries.found_in(captured.out + captured.err) == []


# --- GET /faxes/{id} and its content -------------------------------------------------------------------


def asked(stack: Stack, fax_id: str, *, is_content: bool, accept: str = "*/*") -> Answer:
    path = "/faxes/{id}/content" if is_content else "/faxes/{id}"
    event = query(f"GET {path}", id=f"softlinx.inbound.acme.{fax_id}")
    event["headers"]["accept"] = accept
    answer = stack.http("QueryFaxes", event)
    hold_against_openapi(answer, "get", path)
    return answer


def test_a_stored_document_is_described_and_linked_to(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx)
    assert asked(stack, fax_id, is_content=False).document["content"] is None
    assert asked(stack, fax_id, is_content=True).status == 404
    failed(stack, event_of(fax_id))

    ((key, document),) = stack.documents().items()
    assert asked(stack, fax_id, is_content=False).document["content"] == {
        "type": "application/pdf",
        "size": len(document),
        "sha256": sha256(document).hexdigest(),
        "stored_at": stack.clock.now().isoformat().replace("+00:00", "Z"),
    }
    answer = asked(stack, fax_id, is_content=True)
    link = urlsplit(answer.headers["location"])
    assert (answer.status, link.scheme, link.path) == (307, "https", f"/{key}")
    assert parse_qs(link.query)["X-Amz-Expires"] == ["300"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/json, */*;q=0.5", 200),
        ("", 307),
        ("application/pdf", 307),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 307),
    ],
)
def test_a_page_s_script_gets_the_link_itself_and_everybody_else_is_led_there(
    stack: Stack, softlinx: SoftlinxSimulator, accept: str, status: int
) -> None:
    fax_id = received(stack, softlinx)
    failed(stack, event_of(fax_id))
    ((key, _),) = stack.documents().items()
    answer = asked(stack, fax_id, is_content=True, accept=accept)
    assert answer.status == status
    link = answer.document["url"] if status == 200 else answer.headers["location"]
    assert urlsplit(link).path == f"/{key}"


@pytest.mark.parametrize(("fax_id", "status"), [("999", 404), ("a b", 400)])
def test_what_there_is_not_has_no_document(stack: Stack, fax_id: str, status: int) -> None:
    assert asked(stack, fax_id, is_content=True).status == status


# --- what the poll does about it ----------------------------------------------------------------------


def poll(stack: Stack) -> None:
    stack.invoke("SoftlinxPoll", event_file("softlinx_poll"))


def test_the_poll_marks_what_is_stored_and_lacks_its_mark(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = received(stack, softlinx)
    stack.table.update_item(
        Key={"pk": f"FAX#softlinx#inbound#acme#{fax_id}", "sk": "STATUS"},
        UpdateExpression="SET duty_store = :done",
        ExpressionAttributeValues={":done": "done"},
    )
    poll(stack)
    assert marked(softlinx) == {fax_id}


def test_a_message_is_a_dead_letter_when_the_function_thinks_so(stack: Stack) -> None:
    redrive = stack.template.resource("RetrieveQueue")["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == MOST_RECEIVED
    assert stack.template.environment("RetrieveContent")["MOST_RECEIVED"] == str(MOST_RECEIVED)
