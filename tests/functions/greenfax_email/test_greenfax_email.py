"""GreenFax's status emails: believed from allowed senders only, on the word of SES and of nothing in them."""

from itertools import product
from typing import Any

import pytest

from faxledger.errors import MailUnavailable
from tests.support import canaries
from tests.support.bundle_on_moto import Stack, event_file, greenfax_get, query
from tests.support.openapi import hold_against_openapi
from tests.support.stream import messages
from tests.support.template import Template, raw_template

FAX = "greenfax.outbound.12345.8591334"
MESSAGE_ID = "o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1"
TEXT = b"Job ID: 8591334\nStatus: busy\nCost: $0.10\nFax Number: 12125550102\n"
FORGED = (
    b"Authentication-Results: amazonses.com; spf=pass; dkim=pass; dmarc=pass\n"
    b"Received-SPF: pass (spfCheck: domain of greenfax.com designates 203.0.113.9)\n"
    b"X-SES-Spam-Verdict: PASS\nX-SES-Virus-Verdict: PASS\nFrom: status@greenfax.com\n\n"
)


def told(**changes: Any) -> dict[str, Any]:
    """The event of events/, changed: verdicts by name, `source`, `shown` sender, further `headers`."""
    event = event_file("admit_email")
    ses = event["Records"][0]["ses"]
    for name, value in changes.items():
        if name == "source":
            ses["mail"]["source"] = value
        elif name == "shown":
            ses["mail"]["commonHeaders"]["from"] = value
        elif name == "headers":
            ses["mail"]["headers"] += [{"name": header, "value": text} for header, text in value]
        elif name == "headersTruncated":
            ses["mail"][name] = value
        else:
            ses["receipt"][f"{name}Verdict"]["status"] = value
    return event


def take(stack: Stack, raw: bytes = TEXT, event: dict[str, Any] | None = None) -> None:
    event = event or told()
    stack.put_email(event["Records"][0]["ses"]["mail"]["messageId"], raw)
    assert stack.invoke("AdmitEmail", event) is None
    assert work_off(stack) == []


def work_off(stack: Stack, *bodies: Any) -> list[str]:
    """One try with each message of the queue; the ids of those that have to come again."""
    event = messages(*(bodies or stack.to_be_sent("StatusEmailQueue")))
    answer = stack.invoke("GreenFaxEmail", event)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_an_email_settles_the_fax_that_it_is_about(stack: Stack) -> None:
    take(stack)
    fax = stack.item(FAX)
    assert fax is not None
    assert (fax["final_status"], fax["settled_by"], fax["failure_class"]) == ("failed", "email", "busy")
    assert (fax["cost_usd"], fax["to_number"]) == ("0.10", "12125550102")
    answer = stack.http("QueryFaxes", query("GET /faxes/{id}", id=FAX))
    hold_against_openapi(answer, "get", "/faxes/{id}")
    assert answer.document["sightings"][0]["source"] == "email"


def test_an_email_agrees_conflicts_and_repeats_like_every_source(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.http("GreenFaxNotify", greenfax_get())
    take(stack)
    take(stack)
    fax = stack.item(FAX)
    assert fax is not None
    assert (fax["final_status"], fax["settled_by"], fax["conflict"]["source"]) == ("sent", "notify", "email")
    assert capsys.readouterr().out.count('"Conflict":[1.0]') == 1


@pytest.mark.parametrize(
    "event",
    [
        told(dkim="PASS", dmarc="PASS"),
        told(source="bounces+1=x@mail.greenfax.com"),
        told(shown=["Status@GreenFax.com"]),
        told(shown=['"Fax, Green" <status@greenfax.com>']),
        told(spam="FAIL"),
        told(shown=["=?utf-8?q?Gr=C3=BCnfax?= <status@greenfax.com>"]),
        # Names of no account.
        told(shown=["evil@evil.example <status@greenfax.com>"]),
        told(headers=[("Sender", "x@evil.example"), ("Reply-To", "x@evil.example"), ("X-From", "y")]),
    ],
    ids=range(8),
)
def test_an_allowed_sender_whom_ses_vouches_for_is_believed(stack: Stack, event: dict[str, Any]) -> None:
    take(stack, event=event)
    assert stack.item(FAX)


@pytest.mark.parametrize(
    "event",
    [
        *(told(spf=verdict) for verdict in ("FAIL", "GRAY", "PROCESSING_FAILED", "pass")),
        *(told(dkim=verdict) for verdict in ("FAIL", "GRAY", "PROCESSING_FAILED")),
        told(dmarc="FAIL"),
        told(virus="FAIL"),
        told(source="status@evil.example"),
        told(source="status@greenfax.com.evil.example"),
        told(source="status@evilgreenfax.com"),
        told(source="status@greenfax.com@evil.example"),
        told(source=""),
        told(source="<>"),
        told(shown=["status@evil.example"]),
        told(shown=["status@greenfax.com <x@evil.example>"]),
        told(shown=["status@greenfax.com", "x@evil.example"]),
        told(shown=["status@greenfax.com, x@evil.example"]),
        told(shown=[]),
        told(shown=None),
        # DKIM that has passed says that somebody has signed, and not who.
        told(dkim="PASS", dmarc="GRAY", source="status@evil.example"),
        told(dmarc="PROCESSING_FAILED"),
        # Two senders, of which SES shows one.
        told(headers=[("From", "x@evil.example")]),
        told(headers=[("FROM ", "GreenFax <status@greenfax.com>")]),
        told(headersTruncated=True),
        # Names and comments that look like addresses, and addresses that look like others.
        told(shown=['"status@greenfax.com" <x@evil.example>']),
        told(shown=["status@greenfax.com (<x@evil.example>)"]),
        told(shown=["x@evil.example (status@greenfax.com)"]),
        told(shown=["status@greenfax.com(x@evil.example)"]),
        told(shown=["=?utf-8?q?status=40greenfax=2Ecom?= <x@evil.example>"]),
        told(shown=['"x@evil.example"@greenfax.com']),
        told(shown=["x@evil.example,status@greenfax.com"]),
        told(shown=["greenfax: status@greenfax.com;"]),
        told(shown=["<x@evil.example> <status@greenfax.com>"]),
        told(shown=["status@greenfax.com\x00@evil.example"]),
        told(shown=["status@greenfax.com\r\nFrom: x@evil.example"]),
        told(shown=["status@green\uff46ax.com"]),
        told(shown=["status@gree\u0578fax.com"]),
        told(source='"status@greenfax.com"@evil.example'),
        told(source="status@greenfax.com>x@evil.example"),
    ],
    ids=range(41),
)
def test_anybody_else_is_refused_whatever_the_message_itself_says(
    stack: Stack, capsys: pytest.CaptureFixture[str], event: dict[str, Any]
) -> None:
    stack.put_email(event["Records"][0]["ses"]["mail"]["messageId"], FORGED + TEXT)
    assert stack.invoke("AdmitEmail", event) is None
    assert stack.to_be_sent("StatusEmailQueue") == []
    assert stack.items() == []
    captured = capsys.readouterr()
    assert '"EmailRefused":[1.0]' in captured.out
    assert "evil" not in captured.out
    assert stack.count_of("s3:GetObject") == 0


@pytest.mark.parametrize(("verdict", "is_believed"), [("PASS", True), ("GRAY", True), ("FAIL", False)])
def test_an_unsigned_email_can_be_allowed_but_not_a_wrong_signature(
    stack: Stack,
    verdict: str,
    is_believed: bool,  # noqa: FBT001
) -> None:
    stack.parameters["StatusEmailDkim"] = "optional"
    take(stack, event=told(dkim=verdict))
    assert (stack.item(FAX) is not None) == is_believed


def test_single_addresses_can_be_allowed(stack: Stack) -> None:
    stack.parameters["StatusEmailSenders"] = "status@fax.example"
    take(stack, event=told(source="prvs=1=x@fax.example", shown=["status@fax.example"]))
    assert stack.item(FAX)
    with_another = told(source="x@fax.example", shown=["other@fax.example"])
    take(stack, TEXT.replace(b"8591334", b"1"), with_another)
    assert stack.item("greenfax.outbound.12345.1") is None


def test_what_cant_be_read_is_kept_for_a_person_and_told_to_no_log(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = f"Subject: {canaries.SUBJECT}\n\nDear {canaries.NAME}, {canaries.NUMBER}\n".encode()
    take(stack, raw)
    take(stack, raw)
    (kept,) = stack.unreadable()
    assert (kept["origin"], bytes(kept["raw"]), kept["seen"]) == ("greenfax-email", raw, 2)
    captured = capsys.readouterr()
    assert canaries.found_in(captured.out + captured.err) == []


def test_of_a_long_email_the_beginning_is_read_and_kept(stack: Stack) -> None:
    head = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n"
    take(stack, head + TEXT + b"\n--x\nContent-Type: application/pdf\n\n" + b"x" * 5_000_000)
    assert stack.item(FAX)
    take(stack, b"x" * 5_000_000)
    (kept,) = stack.unreadable()
    assert (len(bytes(kept["raw"])), kept["is_truncated"]) == (64 * 1024, True)


def test_a_word_that_is_in_no_table_is_noted_and_settles_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    take(stack, TEXT.replace(b"busy", b"queued"))
    fax = stack.item(FAX)
    assert fax is not None
    assert "final_status" not in fax
    assert '"origin":"greenfax-email","UnknownStatusWord":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize(("service", "operation"), [("s3", "GetObject"), ("dynamodb", "UpdateItem")])
def test_what_is_out_of_reach_brings_the_message_again(stack: Stack, service: str, operation: str) -> None:
    stack.put_email(MESSAGE_ID, TEXT)
    stack.invoke("AdmitEmail", told())
    (message,) = stack.to_be_sent("StatusEmailQueue")
    with stack.out_of_reach(service, operation):
        assert work_off(stack, message) == ["message-0"]
    assert work_off(stack, message) == []
    assert stack.item(FAX)


def test_what_is_passed_on_and_what_is_given_up_holds_an_id_and_nothing_of_the_email(stack: Stack) -> None:
    event = told(headers=[("Subject", canaries.SUBJECT), ("To", canaries.NUMBER)])
    event["Records"][0]["ses"]["mail"]["commonHeaders"]["subject"] = canaries.SUBJECT
    stack.invoke("AdmitEmail", event)
    assert stack.to_be_sent("StatusEmailQueue") == [{"message_id": MESSAGE_ID}]


def test_a_queue_that_is_out_of_reach_makes_lambda_try_again(stack: Stack) -> None:
    with pytest.raises(MailUnavailable, match="did not answer"), stack.out_of_reach("sqs"):
        stack.invoke("AdmitEmail", told())


def test_an_email_that_is_not_in_the_bucket_any_more_holds_no_other(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_email(MESSAGE_ID, TEXT)
    assert work_off(stack, {"message_id": "gone"}, {"message_id": MESSAGE_ID}) == ["message-0"]
    assert stack.item(FAX)
    assert "NoSuchKey" in capsys.readouterr().out


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"message_id": "../softlinx/1"}', '{"message_id": ""}'])
def test_a_message_that_is_none_lies_there_for_a_person(
    stack: Stack, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    assert work_off(stack, body) == ["message-0"]
    assert '"MessageUnreadable":[1.0]' in capsys.readouterr().out
    assert stack.count_of("s3:GetObject") == 0


def test_an_email_that_is_too_long_for_a_sighting_is_settled_and_kept_as_well(stack: Stack) -> None:
    # One label, written in many ways.
    labels = ["".join(letters) for letters in product(*zip("sender", "SENDER", strict=True))][:30]
    raw = TEXT + "".join(f"{label}: {'x' * 900}\n" for label in labels).encode()
    take(stack, raw)
    (kept,) = stack.unreadable()
    assert (bytes(kept["raw"]), stack.item(FAX) is not None) == (raw, True)


@pytest.mark.parametrize("broken", ["mail", "receipt", "messageId"])
def test_a_record_that_is_none_holds_no_other(
    stack: Stack, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    event = told()
    odd = told()["Records"][0]
    if broken == "messageId":
        odd["ses"]["mail"]["messageId"] = "../../softlinx/1"
    else:
        del odd["ses"][broken]
    event["Records"].insert(0, odd)
    stack.invoke("AdmitEmail", event)
    assert stack.to_be_sent("StatusEmailQueue") == [{"message_id": MESSAGE_ID}]
    assert '"MessageUnreadable":[1.0]' in capsys.readouterr().out


def test_nothing_of_it_exists_while_it_is_off() -> None:
    resources = raw_template()["Resources"]
    of_emails = {
        name
        for name, resource in resources.items()
        if "Email" in name or resource["Type"].startswith("AWS::SES::Receipt")
    }
    assert len(of_emails) == 10
    assert {resources[name]["Condition"] for name in of_emails} == {"TakesStatusEmails"}


def test_the_rule_writes_where_the_function_reads() -> None:
    template = Template({})
    actions = template.resource("StatusEmailRule")["Rule"]["Actions"]
    told_where = template.environment("GreenFaxEmail")
    assert "AdmitEmail" in str(
        raw_template()["Resources"]["StatusEmailRule"]["Properties"]["Rule"]["Actions"]
    )
    assert [list(action) for action in actions] == [["S3Action"], ["LambdaAction"]]
    assert actions[0]["S3Action"]["ObjectKeyPrefix"] == told_where["STATUS_EMAIL_PREFIX"]
    assert actions[0]["S3Action"]["BucketName"] == told_where["STATUS_EMAILS"]
