"""The order queue: what was accepted is handed over to Softlinx once, over either of its APIs."""

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.softlinx.api_faults import ApiFaults
from tests.functions.sending.conftest import (
    BUSY,
    LOST,
    PDF,
    REFUSED,
    SENT,
    fax,
    found,
    invoked,
    resend,
    send,
    state,
    submitted,
)
from tests.support import canaries
from tests.support.bundle_on_moto import Stack, event_file, softlinx_post
from tests.support.stream import messages, record

MOST_RECEIVED = 8


def again(stack: Stack, submission: str, *, times: int = 2) -> bool:
    """The message comes again when whoever was at it is not any more."""
    stack.clock.advance(minutes=36)
    event = messages({"order_id": submission.partition("-")[0]})
    event["Records"][0]["attributes"] = {
        **event["Records"][0]["attributes"],
        "ApproximateReceiveCount": str(times),
    }
    return invoked(stack, event)


def test_the_message_in_events_is_done_with_when_there_is_no_such_order(stack: Stack) -> None:
    assert stack.invoke("SendFax", event_file("send_fax")) == {"batchItemFailures": []}


def test_softlinx_is_told_all_that_was_asked(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    request = fax(
        SENT,
        documents=[
            {"type": "application/pdf", "content": b64encode(PDF).decode()},
            {"type": "text/plain", "content": b64encode(b"more").decode()},
        ],
        user="clinic1",
        reference="case-7",
        send_after="2026-11-22T18:00:00+01:00",
        options={
            "has_cover_page": True,
            "cover_page_name": "plain",
            "cover_message": "first line\nsecond line",
            "retry_count": 3,
            "tsi": "A clinic",
            "deletes_after_send": False,
        },
    )
    request["recipients"][0] |= {"name": "Somebody", "company": "Some company"}
    (submission,) = submitted(stack, request)
    assert send(stack)
    (order,) = softlinx.sends()
    (recipient,) = order.recipients
    assert (recipient.number, recipient.name, recipient.company) == (SENT, "Somebody", "Some company")
    assert [one.content for one in order.attachments] == [PDF, b"more"]
    assert [one.file_name for one in order.attachments] == ["document-1.pdf", "document-2.txt"]
    assert order.options == {
        "CoverPageEnabled": "true",
        "CoverPageName": "plain",
        "CoverMessage": "first line\nsecond line",
        "DeleteAfterSend": "false",
        "FaxUserId": "clinic1",
        "ProjectCode": "case-7",
        "ProjectCode2": submission[:16],
        "RetryCount": "3",
        "SendAfter": "2026-11-22T18:00:00+01:00",
        "TSI": "A clinic",
    }


def test_each_identifier_is_a_job_and_joined_with_its_submission(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    submissions = submitted(stack, fax(SENT, REFUSED, BUSY, reference="case-7"))
    assert send(stack)
    first, refused, busy = (found(stack, one) for one in submissions)
    assert [job.public_id for job in softlinx.jobs()] == [first["id"], busy["id"]]
    assert (first["submission"], first["status"]) == (submissions[0], "submitted")
    assert (first["to_number"], first["reference"]) == (SENT, "case-7")
    assert first["submitted_at"] is not None
    assert refused["state"] == "refused"
    assert refused["failure"]["code"] or refused["failure"]["text"]

    told = {"FaxId": busy["id"].rpartition(".")[2], "FaxStatus": "sendFailed", "ErrorText": "Busy"}
    stack.http("SoftlinxCallback", softlinx_post(told))
    assert found(stack, submissions[2])["status"] == "failed"
    assert found(stack, busy["id"]) == found(stack, submissions[2])


@pytest.mark.usefixtures("softlinx")
def test_a_refusal_fails_the_submissions_in_softlinx_words(stack: Stack) -> None:
    (submission,) = submitted(stack, fax(REFUSED))
    assert send(stack)
    document = found(stack, submission)
    assert (document["state"], document["failure"]["text"]) == ("refused", "Fax number not allowed")
    assert document["failure"]["class"] == "rejected"


def test_a_message_that_comes_twice_sends_once(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    (submission,) = submitted(stack, fax())
    assert send(stack)
    assert again(stack, submission)
    assert len(softlinx.sends()) == 1


def test_without_a_connection_it_is_sent_when_there_is_one(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    (submission,) = submitted(stack, fax())
    softlinx.api_faults = ApiFaults(first_calls_refused=1)
    assert not send(stack)
    assert softlinx.sends() == ()
    assert state(stack, submission) == "accepted"
    assert again(stack, submission)
    assert state(stack, submission) == "submitted"


@pytest.mark.usefixtures("softlinx")
def test_what_never_reached_softlinx_is_given_up_and_sent_when_a_person_asks_for_it(stack: Stack) -> None:
    (submission,) = submitted(stack, fax())
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": "wrong"}))
    assert not send(stack, times=MOST_RECEIVED)
    assert state(stack, submission) == "given_up"
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": "not-a-secret"}))
    assert again(stack, submission, times=1)
    assert state(stack, submission) == "submitted"


def test_a_lost_answer_is_found_again_by_its_code(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    # Others send at the same time, to the same numbers.
    softlinx.send(SENT)
    submissions = submitted(stack, fax(LOST, SENT))
    assert not send(stack)
    assert [state(stack, one) for one in submissions] == ["unknown", "unknown"]
    softlinx.send(LOST, project_code_2="another")
    assert again(stack, submissions[0])
    (order,) = softlinx.sends()
    ids = [found(stack, one)["id"].rpartition(".")[2] for one in submissions]
    assert ids == list(order.fax_ids)


@pytest.mark.parametrize("name", ["ProjectCode2", "projectcode2"])
def test_a_callback_that_brings_our_code_back_joins_what_was_lost(
    stack: Stack, softlinx: SoftlinxSimulator, name: str
) -> None:
    first, second = submitted(stack, fax(LOST, SENT))
    assert not send(stack)
    (order,) = softlinx.sends()
    code, ours = order.options["ProjectCode2"], order.fax_ids[1]
    assert ours is not None
    for fax_id, number, its_code in (
        # Somebody else's, with a code of their own.
        ("900", LOST, "0123456789abcdef"),
        # Ours, to nobody we sent it to.
        ("901", "19999999999", code),
        (ours, f"+{SENT}", code),
    ):
        told = {"FaxId": fax_id, "FaxStatus": "sent", "Queue": "SendFax", "FaxNumber": number}
        told[name] = its_code
        assert stack.http("SoftlinxCallback", softlinx_post(told)).status == 200
        event = {"Records": [record(1, new=stack.image(f"softlinx.outbound.acme.{fax_id}"))]}
        assert stack.invoke("JoinFax", event) == {"batchItemFailures": []}
    assert [state(stack, one) for one in (first, second)] == ["unknown", "sent"]
    assert found(stack, second)["id"].rpartition(".")[2] == ours
    assert again(stack, first)
    assert [found(stack, one)["id"].rpartition(".")[2] for one in (first, second)] == list(order.fax_ids)


def test_a_fax_that_is_not_found_stays_unknown_and_is_never_sent_again(
    stack: Stack, softlinx: SoftlinxSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["SoftlinxCodeField"] = "none"
    (submission,) = submitted(stack, fax(LOST))
    assert not send(stack)
    for times in range(2, MOST_RECEIVED + 2):
        assert not again(stack, submission, times=times)
    assert state(stack, submission) == "unknown"
    assert len(softlinx.sends()) == 1
    out = capsys.readouterr().out
    assert out.count('"SubmissionUnknown":[1.0]') == 1
    assert canaries.found_in(out) == []


@pytest.mark.parametrize("operation", ["UpdateItem", "GetItem"])
def test_a_ledger_that_fails_in_between_never_makes_it_be_sent_twice(
    stack: Stack, softlinx: SoftlinxSimulator, operation: str
) -> None:
    (submission,) = submitted(stack, fax())
    with pytest.raises(Exception, match="did not answer"), stack.out_of_reach("dynamodb", operation):
        send(stack)
    again(stack, submission)
    again(stack, submission)
    assert len(softlinx.sends()) == 1
    assert state(stack, submission) == "submitted"


def test_a_document_that_was_changed_is_not_sent(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    submitted(stack, fax())
    ((key, _),) = stack.documents().items()
    stack.put_document(key, b"something else")
    assert not send(stack)
    assert softlinx.sends() == ()


@pytest.mark.parametrize("broken", ["not json", {"order_id": canaries.NAME}, {}])
@pytest.mark.usefixtures("softlinx")
def test_a_message_nobody_can_read_fails_alone(
    stack: Stack, capsys: pytest.CaptureFixture[str], broken: Any
) -> None:
    (submission,) = submitted(stack, fax())
    (message,) = stack.to_be_sent()
    answer = stack.invoke("SendFax", messages(broken, message))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert state(stack, submission) == "submitted"
    assert canaries.found_in(capsys.readouterr().out) == []


@pytest.mark.usefixtures("softlinx")
def test_nothing_of_a_fax_reaches_a_log(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    request = fax(canaries.NUMBER, REFUSED, LOST, reference=canaries.SUBJECT)
    request["recipients"][0]["name"] = canaries.NAME
    (submission, *_) = submitted(stack, request, key=f"{canaries.SUBJECT}-{canaries.NUMBER}")
    send(stack)
    again(stack, submission)
    captured = capsys.readouterr()
    assert canaries.found_in(captured.out + captured.err) == []


# --- sent once more ------------------------------------------------------------------------------------


def failed_fax(stack: Stack, softlinx: SoftlinxSimulator) -> str:
    """A fax that was sent through us and has failed; its public id."""
    (submission,) = submitted(stack, fax(BUSY))
    assert send(stack)
    stack.clock.advance(hours=1)
    public_id: str = found(stack, submission)["id"]
    (job,) = softlinx.jobs()
    assert job.completed_at is not None
    tell(stack, job.job_id, "sendFailed", job.completed_at.isoformat())
    return public_id


def tell(stack: Stack, fax_id: str, word: str, completed_at: str) -> None:
    told = {"FaxId": fax_id, "FaxStatus": word, "CompleteTime": completed_at, "Queue": "SendFax"}
    assert stack.http("SoftlinxCallback", softlinx_post(told)).status == 200


def resent(stack: Stack, fax_id: str, number: str | None = SENT) -> str:
    answer = resend(stack, fax_id, {"number": number} if number else "")
    assert answer.status == 202, answer.body
    submission: str = answer.document["submissions"][0]["id"]
    return submission


def test_a_resent_fax_that_gets_another_identifier_is_linked_with_it(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    first = failed_fax(stack, softlinx)
    submission = resent(stack, first)
    assert resent(stack, first) == submission
    # Said at once, and not when its message comes.
    assert resend(stack, first, key="once-more-again").status == 409
    assert send(stack)
    document = found(stack, submission)
    assert (document["status"], document["resends"], document["to_number"]) == ("submitted", first, SENT)
    assert found(stack, first)["resent_as"] == document["id"] != first
    assert resend(stack, first, key="once-more-again").status == 409


def test_each_attempt_tells_the_hash_of_its_document(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    first = failed_fax(stack, softlinx)
    second = resent(stack, first)
    assert send(stack)
    again = found(stack, second)
    assert (again["kind"], again["resends"]) == ("fax", first)
    for document in (found(stack, first), again):
        assert document["sent_sha256"] == [sha256(PDF).hexdigest()]


def test_a_fax_is_resent_to_its_own_number_whatever_a_callback_said_that_was(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    fax_id = softlinx.send(BUSY)
    stack.clock.advance(hours=1)
    told = {"FaxId": fax_id, "FaxStatus": "sendFailed", "FaxNumber": SENT}
    assert stack.http("SoftlinxCallback", softlinx_post(told)).status == 200
    resent(stack, f"softlinx.outbound.acme.{fax_id}", None)
    assert send(stack)
    stack.clock.advance(hours=1)
    assert [job.status for job in softlinx.jobs()] == ["failed", "failed"]


def test_a_resend_whose_answer_was_lost_is_found_by_what_came_of_it(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    first = failed_fax(stack, softlinx)
    submission = resent(stack, first, LOST)
    assert not send(stack)
    assert state(stack, submission) == "unknown"
    assert again(stack, submission)
    document = found(stack, submission)
    assert (document["resends"], document["id"] != first) == (first, True)
    assert len(softlinx.jobs()) == 2


@pytest.mark.usefixtures("softlinx")
def test_a_resend_that_softlinx_refuses_may_be_asked_for_again(stack: Stack) -> None:
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "33", "FaxStatus": "sendFailed"}))
    submission = resent(stack, "softlinx.outbound.acme.33")
    assert send(stack)
    assert state(stack, submission) == "refused"
    assert found(stack, "softlinx.outbound.acme.33")["resent_at"] is None
    assert resend(stack, "softlinx.outbound.acme.33", key="once-more-again").status == 202


def test_a_message_is_a_dead_letter_when_the_function_thinks_so(stack: Stack) -> None:
    redrive = stack.template.resource("OrderQueue")["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == MOST_RECEIVED
    assert stack.template.environment("SendFax")["MOST_RECEIVED"] == str(MOST_RECEIVED)


def test_a_password_that_is_refused_is_not_tried_by_every_order_and_every_mark(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": "wrong"}))
    orders = [submitted(stack, fax(SENT), key=f"order-number-{number}") for number in range(3)]
    called = softlinx_post({"FaxId": "900", "FaxStatus": "sent"})
    assert stack.http("SoftlinxCallback", called).status == 200
    for _ in range(2):
        for order in orders:
            assert not again(stack, order[0])
        mark = {"detail": {"fax_id": "softlinx.outbound.acme.900"}}
        assert stack.invoke("MarkFax", messages(mark))["batchItemFailures"]
        stack.invoke("SoftlinxPoll", event_file("softlinx_poll"))
    # Ten who wanted in, within four hours.
    assert len([*softlinx.requests(), *softlinx.rest_requests()]) == 3
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": "not-a-secret"}))
    assert again(stack, orders[0][0])
