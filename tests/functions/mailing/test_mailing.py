"""Faxes mailed to GreenFax, over SES and the table of moto: sent once, and joined with what comes back."""

import json
from base64 import b64encode
from email import message_from_string, policy
from email.message import EmailMessage
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from faxledger.domain.fax import Provider
from faxledger.domain.submission import Order, Recipient
from faxledger.errors import MalformedInput
from faxledger.providers.greenfax.sending import EmailForm, check_order
from tests.fakes.clock import NOON
from tests.functions.sending.conftest import PDF, posted, submitted
from tests.support.bundle_on_moto import MAIL_SENDER, Stack, event_file, greenfax_get, query
from tests.support.openapi import hold_against_openapi
from tests.support.stream import messages, passes_filter, record
from tests.support.template import ROOT

NUMBER = "12025550100"
NEW_YORK = ZoneInfo("America/New_York")
FAX = "greenfax.outbound.12345.8591334"
VALIDATOR = Draft202012Validator(json.loads((ROOT / "docs" / "events" / "fax-event.v1.json").read_text()))


def fax(*numbers: str, **more: Any) -> dict[str, Any]:
    document = {"type": "application/pdf", "content": b64encode(PDF).decode()}
    recipients = [{"number": number} for number in numbers or (NUMBER,)]
    return {"provider": "greenfax", "recipients": recipients, "documents": [document], **more}


def hand_over(stack: Stack) -> list[str]:
    """One try with each message of the queue; the ids of those that have to come again."""
    event = messages(*stack.to_be_sent("GreenFaxOrderQueue"))
    answer = stack.invoke("MailFax", event)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def mailed(stack: Stack, body: Any = None, key: str = "a-first-key") -> list[str]:
    submissions = submitted(stack, body or fax(), key)
    assert hand_over(stack) == []
    return submissions


def email(stack: Stack) -> EmailMessage:
    (sent,) = stack.emails()
    message = message_from_string(sent.raw_data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def submission(stack: Stack, submission_id: str) -> dict[str, Any]:
    item: dict[str, Any] = stack.table.get_item(
        Key={"pk": f"SUBMISSION#{submission_id}", "sk": "SUBMISSION"}
    )["Item"]
    return item


def told(stack: Stack, *, code: str = "", job_id: str = "8591334", number: str = NUMBER) -> str:
    """GreenFax notifies of a fax that is completed now, and the stream brings it; its public id."""
    moment = stack.clock.now().astimezone(NEW_YORK).strftime("%m/%d/%Y %I:%M:%S %p EST (GMT-5)")
    fields = {"result": "success", "timestamp": moment, "destination": number, "userjobcode": code}
    stack.http("GreenFaxNotify", greenfax_get({**fields, "greenfaxreferenceid": job_id}))
    return streamed(stack, f"greenfax.outbound.12345.{job_id}")


def streamed(stack: Stack, fax_id: str) -> str:
    event = {"Records": [record(1, new=stack.image(fax_id))]}
    assert stack.invoke("JoinFax", event) == {"batchItemFailures": []}
    return fax_id


def joined(stack: Stack, fax_id: str) -> tuple[str | None, str | None]:
    item = stack.item(fax_id) or {}
    return item.get("submission"), item.get("joined_by")


# --- mailed once -----------------------------------------------------------------------------------------


def test_an_email_goes_to_the_number_with_the_code_and_the_document(stack: Stack) -> None:
    (submission_id,) = mailed(stack)
    message = email(stack)
    assert (message["From"], message["To"]) == (MAIL_SENDER, f"{NUMBER}@greenfax.com")
    assert message["Subject"] == submission_id
    (part,) = message.iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == ("application/pdf", "document-1.pdf")
    assert part.get_payload(decode=True) == PDF
    assert message.get_body() is None
    assert submission(stack, submission_id)["state"] == "handed_over"


@pytest.mark.parametrize(
    ("where", "header", "text"),
    [("Subject: Order {code}!", "Subject", "Order {}!"), ("X-Job-Code: {code}", "X-Job-Code", "{}")],
)
def test_the_code_stands_where_the_setting_says(stack: Stack, where: str, header: str, text: str) -> None:
    stack.parameters |= {"GreenFaxJobCode": where, "GreenFaxDomain": "fax.example"}
    (submission_id,) = mailed(stack)
    message = email(stack)
    assert message[header] == text.format(submission_id)
    assert message["To"] == f"{NUMBER}@fax.example"


def test_the_code_may_stand_in_the_body(stack: Stack) -> None:
    stack.parameters["GreenFaxJobCode"] = "Body: Job code {code}"
    (submission_id,) = mailed(stack)
    body = email(stack).get_body()
    assert body is not None
    assert body.get_content().strip() == f"Job code {submission_id}"
    assert email(stack)["Subject"] == "Fax"


def test_what_an_email_can_t_ask_is_refused_by_name(stack: Stack) -> None:
    word = {"type": "application/msword", "content": b64encode(b"x").decode()}
    for body, field in (
        (fax("+1 (202) 555-0100"), "recipients[0].number"),
        (fax(NUMBER, "12025550101 "), "recipients[1].number"),
        (fax(recipients=[{"number": NUMBER, "name": "Jo"}]), "recipients[0].name"),
        (fax(send_after="2026-11-23T10:00:00Z"), "send_after"),
        (fax(options={"priority": "high"}), "options.priority"),
        (fax(documents=[word]), "documents[0].type"),
    ):
        answer = posted(stack, body)
        assert (answer.status, field in answer.body) == (400, True), answer.body
    assert stack.items("ORDER#") == []


@given(number=st.text(max_size=30))
def test_no_number_makes_another_address_or_header(number: str) -> None:
    order = Order("0" * 32, Provider.GREENFAX, ("0" * 32 + "-1",), (Recipient(number),), NOON, "f")
    try:
        check_order(order)
    except MalformedInput:
        with pytest.raises(MalformedInput):
            EmailForm(MAIL_SENDER, "greenfax.com").address_of(order)
    else:
        assert number.isascii()
        assert number.isdecimal()
        message = EmailForm(MAIL_SENDER, "greenfax.com").email(order, ())
        assert message["To"] == f"{number}@greenfax.com"


def test_without_a_sender_nothing_can_be_sent_through_greenfax(stack: Stack) -> None:
    stack.parameters["GreenFaxSender"] = ""
    assert posted(stack, fax()).status == 400


def test_an_answer_that_was_lost_is_unknown_and_nothing_is_repeated(stack: Stack) -> None:
    (submission_id,) = submitted(stack, fax())
    (message,) = stack.to_be_sent("GreenFaxOrderQueue")
    with stack.out_of_reach("sesv2", error=ReadTimeoutError):
        assert stack.invoke("MailFax", messages(message))["batchItemFailures"] != []
    assert stack.attempts("sesv2") == 1
    assert submission(stack, submission_id)["state"] == "unknown"
    # The message comes again: while somebody may be at it, and when nobody can be any more.
    assert stack.invoke("MailFax", messages(message))["batchItemFailures"] != []
    stack.clock.advance(minutes=40)
    assert stack.invoke("MailFax", messages(message))["batchItemFailures"] == []
    assert stack.emails() == []
    assert submission(stack, submission_id)["state"] == "unknown"
    fax_id = told(stack, code=submission_id)
    assert joined(stack, fax_id) == (submission_id, "code")


def test_what_ses_was_not_reached_for_is_sent_when_the_message_comes_again(stack: Stack) -> None:
    (submission_id,) = submitted(stack, fax())
    (message,) = stack.to_be_sent("GreenFaxOrderQueue")
    with stack.out_of_reach("sesv2"):
        assert stack.invoke("MailFax", messages(message))["batchItemFailures"] != []
    assert stack.attempts("sesv2") == 1
    assert submission(stack, submission_id)["state"] == "accepted"
    assert stack.invoke("MailFax", messages(message))["batchItemFailures"] == []
    assert len(stack.emails()) == 1


def test_what_ses_refuses_has_failed_at_once(stack: Stack) -> None:
    stack.parameters["GreenFaxSender"] = "nobody@clinic.example"  # whom SES does not know
    (submission_id,) = mailed(stack)
    item = submission(stack, submission_id)
    assert (item["state"], item["error_code"]) == ("refused", "MessageRejected")
    assert not {"due_key", "reference_key"} & set(item)


# --- joined with what comes back -------------------------------------------------------------------------


def test_a_code_that_comes_back_joins_the_fax_and_gives_it_what_its_sender_said(stack: Stack) -> None:
    (submission_id,) = mailed(stack, fax(reference="case-7", user="frontdesk"))
    stack.clock.advance(minutes=5)
    fax_id = told(stack, code=submission_id.upper())
    assert told(stack, code=submission_id.upper()) == fax_id
    assert joined(stack, fax_id) == (submission_id, "code")
    item = stack.item(fax_id) or {}
    assert (item["reference"], item["user"]) == ("case-7", "frontdesk")
    kept = submission(stack, submission_id)
    assert (kept["fax_id"], kept["joined_by"]) == (fax_id, "code")
    assert not {"due_key", "reference_key"} & set(kept)


@pytest.mark.parametrize("number", ["1-202-555-0100", "2025550100", "+1 (202) 555-0100"])
def test_without_a_code_one_submission_to_the_number_is_a_guess(stack: Stack, number: str) -> None:
    (submission_id,) = mailed(stack, fax(reference="case-7"))
    stack.clock.advance(minutes=5)
    fax_id = told(stack, number=number)
    assert joined(stack, fax_id) == (submission_id, "guess")
    shown = stack.http("QueryFaxes", query("GET /faxes/{id}", id=fax_id)).document
    assert (shown["joined_by"], shown["sent_sha256"]) == ("guess", [sha256(PDF).hexdigest()])
    # A guess is no more than that: what the sender said is not taken over.
    assert "reference" not in (stack.item(fax_id) or {})


@pytest.mark.parametrize("number", ["12025550101", "442025550100"])
def test_another_number_is_never_guessed(stack: Stack, number: str) -> None:
    mailed(stack)
    stack.clock.advance(minutes=5)
    assert joined(stack, told(stack, number=number)) == (None, None)


@pytest.mark.parametrize("hours", [-1, 25])
def test_what_was_completed_before_or_long_after_is_never_guessed(stack: Stack, hours: int) -> None:
    mailed(stack)
    stack.clock.advance(hours=hours)
    assert joined(stack, told(stack)) == (None, None)


def test_what_was_not_mailed_yet_is_never_guessed(stack: Stack) -> None:
    submitted(stack, fax())
    assert joined(stack, told(stack)) == (None, None)


def test_where_two_could_be_meant_nothing_is_guessed(stack: Stack) -> None:
    mailed(stack)
    mailed(stack, key="a-second-key")
    assert joined(stack, told(stack)) == (None, None)


def test_a_code_of_somebody_else_is_never_guessed_nor_joined(stack: Stack) -> None:
    mailed(stack)
    assert joined(stack, told(stack, code="Order:1234")) == (None, None)
    assert joined(stack, told(stack, code="f" * 32 + "-1", job_id="2")) == (None, None)


def test_a_code_replaces_a_guess_on_both_sides(stack: Stack) -> None:
    (first,) = mailed(stack)
    guessed = told(stack, job_id="1")
    assert joined(stack, guessed) == (first, "guess")
    # The guess was wrong: the submission's own fax comes with the code, and the other is nobody's again.
    right = told(stack, code=first, job_id="2")
    assert joined(stack, right) == (first, "code")
    assert joined(stack, guessed) == (None, None)


def test_a_code_that_comes_later_to_the_same_fax_replaces_the_guess(stack: Stack) -> None:
    (first,) = mailed(stack)
    fax_id = told(stack)
    (second,) = mailed(stack, key="a-second-key")
    image = stack.image(fax_id) | {"reference": {"S": second}}
    stack.invoke("JoinFax", {"Records": [record(2, new=image)]})
    assert joined(stack, fax_id) == (second, "code")
    freed = submission(stack, first)
    assert "fax_id" not in freed
    assert freed["due_at"].startswith(freed["overdue_at"])


def test_one_code_is_joined_with_one_fax(stack: Stack) -> None:
    (submission_id,) = mailed(stack)
    first, second = told(stack, code=submission_id), told(stack, code=submission_id, job_id="2")
    assert (joined(stack, first), joined(stack, second)) == ((submission_id, "code"), (None, None))
    assert submission(stack, submission_id)["fax_id"] == first


def test_a_code_that_comes_back_with_another_number_joins_nothing_and_its_sender_is_not_told(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    (submission_id,) = mailed(stack, fax(notify=[{"webhook": HOOK}]))
    fax_id = told(stack, code=submission_id, number="19999999999")
    assert joined(stack, fax_id) == (None, None)
    assert "fax_id" not in submission(stack, submission_id)
    assert capsys.readouterr().out.count('"CodeOfAnotherNumber":[1.0]') == 1
    stack.invoke("Announce", {"Records": [record(1, new=stack.image(fax_id))]})
    (event,) = stack.announced()
    assert stack.invoke("Notify", messages(event)) == {"batchItemFailures": []}
    assert stack.items("DELIVERY#") == []
    # As its number is written otherwise only, it is the one.
    fax_id = told(stack, code=submission_id, number=f"9{NUMBER}", job_id="2")
    assert joined(stack, fax_id) == (submission_id, "code")


def test_a_crash_between_both_writes_is_mended_by_the_repeated_record(stack: Stack) -> None:
    (submission_id,) = mailed(stack)
    stack.http("GreenFaxNotify", greenfax_get())
    image = stack.image(FAX) | {"reference": {"S": submission_id}, "to_number": {"S": NUMBER}}
    stack.table.update_item(
        Key={"pk": f"SUBMISSION#{submission_id}", "sk": "SUBMISSION"},
        UpdateExpression="SET fax_id = :fax, joined_by = :by",
        ExpressionAttributeValues={":fax": FAX, ":by": "code"},
    )
    stack.invoke("JoinFax", {"Records": [record(1, new=image)]})
    assert joined(stack, FAX) == (submission_id, "code")


def test_a_ledger_that_is_down_brings_the_batch_again_from_there(stack: Stack) -> None:
    event = event_file("join_fax")
    with stack.out_of_reach("dynamodb"):
        number = event["Records"][0]["dynamodb"]["SequenceNumber"]
        assert stack.invoke("JoinFax", event) == {"batchItemFailures": [{"itemIdentifier": number}]}
    broken = {"Records": [{**event["Records"][0], "dynamodb": {"SequenceNumber": "1"}}]}
    assert stack.invoke("JoinFax", broken) == {"batchItemFailures": []}


# --- not delivered ---------------------------------------------------------------------------------------


def bounce(stack: Stack, submission_id: str, **said: Any) -> list[Any]:
    event = event_file("greenfax_bounces")
    body = json.loads(event["Records"][0]["body"])
    event["Records"][0]["body"] = json.dumps({**body, "submission": submission_id, **said})
    failures: list[Any] = stack.invoke("GreenFaxBounces", event)["batchItemFailures"]
    return failures


@pytest.mark.parametrize(
    ("detail", "code", "text"),
    [
        ({}, "Bounce", "Permanent, General"),
        (
            {"words": ["Permanent", "OnAccountSuppressionList", ""]},
            "Bounce",
            "Permanent, OnAccountSuppressionList",
        ),
        ({"event": "Reject", "words": ["", "", "Bad content"]}, "Reject", "Bad content"),
    ],
)
def test_what_could_not_be_delivered_has_failed(
    stack: Stack, detail: dict[str, Any], code: str, text: str
) -> None:
    (submission_id,) = mailed(stack)
    for _ in range(2):
        assert bounce(stack, submission_id, **detail) == []
    item = submission(stack, submission_id)
    assert (item["state"], item["error_code"], item["error_text"]) == ("refused", code, text)
    # Nobody waits for it, and no fax is taken for it.
    assert joined(stack, told(stack)) == (None, None)


def test_a_bounce_undoes_a_guess_and_nothing_that_is_certain(stack: Stack) -> None:
    (first,) = mailed(stack)
    guessed = told(stack, job_id="1")
    assert bounce(stack, first) == []
    assert (joined(stack, guessed), submission(stack, first)["state"]) == ((None, None), "refused")
    (second,) = mailed(stack, key="a-second-key")
    certain = told(stack, code=second, job_id="2")
    assert bounce(stack, second) == []
    assert (joined(stack, certain), submission(stack, second)["state"]) == ((second, "code"), "handed_over")


HOOK = "https://hooks.example.org/mine"


def failed_event(stack: Stack, submission_id: str, *, before: dict[str, Any]) -> dict[str, Any]:
    """What is announced when the stream brings the failure, which is said once."""
    stack.parameters["TellFrom"] = "2020-01-01"
    after = stack.submission_image(submission_id)
    failed, again = record(1, old=before, new=after), record(2, old=after, new=after)
    assert (passes_filter(failed), passes_filter(again)) == (True, False)
    for change in (failed, again):
        assert stack.invoke("Announce", {"Records": [change]}) == {"batchItemFailures": []}
    (event,) = stack.announced()
    return event


def answered(stack: Stack, fax_id: str) -> dict[str, Any]:
    answer = stack.http("QueryFaxes", query("GET /faxes/{id}", id=fax_id))
    hold_against_openapi(answer, "get", "/faxes/{id}")
    return answer.document


def test_whoever_sent_what_could_not_be_delivered_is_told(stack: Stack) -> None:
    (submission_id,) = mailed(stack, fax(notify=[{"webhook": HOOK}]))
    before = stack.submission_image(submission_id)
    bounce(stack, submission_id)
    event = failed_event(stack, submission_id, before=before)
    VALIDATOR.validate(event)
    detail = event["detail"]
    fax_id = f"greenfax.outbound.12345.{submission_id}"
    assert (event["detail-type"], detail["fax_id"], detail["source"]) == ("Fax Failed", fax_id, "handover")
    assert detail["failure_class"] == "rejected"

    assert stack.invoke("Notify", messages(event)) == {"batchItemFailures": []}
    for asked in (submission_id, fax_id):
        document = answered(stack, asked)
        assert (document["state"], document["failure"]["text"]) == ("refused", "Permanent, General")
        (delivery,) = document["deliveries"]
        assert (delivery["event"], delivery["channel"]) == ("fax.failed", "webhook")
    (kept,) = stack.items("DELIVERY#")
    assert kept["address"] == HOOK


def test_whoever_sent_what_ses_refused_is_told(stack: Stack) -> None:
    stack.parameters["GreenFaxSender"] = "nobody@clinic.example"
    (submission_id,) = submitted(stack, fax())
    before = stack.submission_image(submission_id)
    assert hand_over(stack) == []
    event = failed_event(stack, submission_id, before=before)
    assert (event["detail-type"], event["detail"]["source"]) == ("Fax Failed", "handover")


def test_a_bounced_fax_that_went_through_after_all_answers_as_its_job_with_both_claims(stack: Stack) -> None:
    (submission_id,) = mailed(stack, fax(notify=[{"webhook": HOOK}]))
    before = stack.submission_image(submission_id)
    bounce(stack, submission_id)
    stack.invoke("Notify", messages(failed_event(stack, submission_id, before=before)))
    fax_id = told(stack, code=submission_id)
    for asked in (submission_id, f"greenfax.outbound.12345.{submission_id}", fax_id):
        document = answered(stack, asked)
        assert (document["id"], document["status"], document["joined_by"]) == (fax_id, "sent", "code")
        assert document["handover_failure"]["text"] == "Permanent, General"
        assert [delivery["event"] for delivery in document["deliveries"]] == ["fax.failed"]
    # The job is announced as any other is, to the same targets.
    stack.invoke("Announce", {"Records": [record(3, new=stack.image(fax_id))]})
    (event,) = stack.announced()
    assert event["detail-type"] == "Fax Sent"
    stack.invoke("Notify", messages(event))
    events = {delivery["event"] for delivery in answered(stack, fax_id)["deliveries"]}
    assert events == {"fax.failed", "fax.sent"}


def test_a_bounce_that_can_t_be_read_lies_there_for_a_person(stack: Stack) -> None:
    assert len(bounce(stack, "0" * 32 + "-1", event="Delivery")) == 1
    assert len(bounce(stack, "0" * 32 + "-1", words=None)) == 1
    assert len(bounce(stack, "../etc")) == 1
    assert bounce(stack, "0" * 32 + "-1") == []
