"""Each function's role allows what its handler calls, and nothing that it never calls.

That it allows enough is held by every test that invokes a handler (tests/support/bundle_on_moto.py); here one
long day has every function do all it can, so that what is left over shows.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.events import EventType, FaxEvent, detail_of
from faxledger.domain.fax import Source, Status
from faxledger.ledger.keys import fax_of
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.web import WebResponse
from local.show.simulators.webhook_receiver import WebhookReceiver
from tests.support import iam
from tests.support.bundle_on_moto import (
    KEY,
    Context,
    Event,
    Stack,
    event_file,
    greenfax_get,
    query,
    softlinx_post,
)
from tests.support.scripted_server import OK, output, scripted_server
from tests.support.stream import messages, record
from tests.support.template import REGION, ROOT, Template, raw_template

# moto makes the table by the machine's clock.
SINCE_THE_DEPLOYMENT = {"S": "2036-12-22T00:00:00.000Z"}
REFUSED = "<RequestStatus><StatusCode>2</StatusCode><StatusText>no</StatusText></RequestStatus>"


def calls_by_lambda(template: Template, function: str) -> Iterator[iam.Call]:
    """What Lambda does itself in a function's name: write its log, read what triggers it, leave what failed.

    AWS Lambda Developer Guide: SQS, Configuring permissions; DynamoDB, Configuring permissions; Retaining
    records of asynchronous invocations, S3.
    """
    log = template.resolve({"Fn::GetAtt": "Logs.Arn"})
    yield from (iam.Call(f"logs:{action}", log) for action in ("CreateLogStream", "PutLogEvents"))
    properties = template.resource(function)
    triggers = [event["Properties"] for event in properties.get("Events", {}).values()]
    for trigger in triggers:
        if queue := trigger.get("Queue"):
            for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
                yield iam.Call(f"sqs:{action}", queue)
        if stream := trigger.get("Stream"):
            for action in ("DescribeStream", "GetRecords", "GetShardIterator"):
                yield iam.Call(f"dynamodb:{action}", stream)
            yield iam.Call("dynamodb:ListStreams", "*")
    for asked in (*triggers, properties.get("EventInvokeConfig", {})):
        failed = asked.get("DestinationConfig", {}).get("OnFailure")
        if failed:
            assert failed["Type"] in {"S3", "S3Bucket"}
            yield iam.Call("s3:PutObject", f"{failed['Destination']}/aws/lambda/async/1")
            yield iam.Call("s3:ListBucket", failed["Destination"])


def with_kms(calls: Iterable[iam.Call]) -> Iterator[iam.Call]:
    for call in calls:
        yield call
        yield from iam.calls_of_kms(call, KEY, REGION)


@pytest.fixture
def sending_stack(stack: Stack) -> Stack:
    """One that can tell by email."""
    stack.parameters["NotifySender"] = "faxes@example.org"
    stack.verify_sender("faxes@example.org")
    return stack


@pytest.fixture
def day(sending_stack: Stack) -> Stack:
    stack, clock = sending_stack, sending_stack.clock
    with SoftlinxSimulator(clock, clock) as softlinx, GreenFaxSimulator(clock, clock) as greenfax:
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        stack.parameters["GreenFaxOutboundUrl"] = f"{greenfax.url}/api/xml/outbound.php"
        stack.parameters["GreenFaxInboundUrl"] = f"{greenfax.url}/api/xml/inbound.php"
        stack.neighbours = frozenset({greenfax.url})
        told, untold = softlinx.send("12025550100"), softlinx.send("12025550100")
        received = softlinx.receive("12025550100")
        greenfax.send("12025550100")
        downloaded = greenfax.receive("12025550100")
        clock.advance(hours=1)
        for function, event in (("SoftlinxCallback", softlinx_post()), ("GreenFaxNotify", greenfax_get())):
            event["headers"]["x-faxledger-test"] = "a" * 32
            stack.http(function, event)
        for event in (softlinx_post({"FaxId": told, "FaxStatus": "sent"}), softlinx_post("?")):
            stack.http("SoftlinxCallback", event)
        for event in (greenfax_get(), greenfax_get("?")):
            stack.http("GreenFaxNotify", event)
        fax = {"detail": {"fax_id": f"softlinx.outbound.acme.{told}"}}
        assert stack.invoke("MarkFax", messages(fax)) == {"batchItemFailures": []}
        stack.invoke("SoftlinxPoll", event_file("softlinx_poll"))
        assert stack.item(f"softlinx.outbound.acme.{untold}")
        clock.advance(hours=5)
        stack.invoke("Sweep", event_file("sweep"))
        assert stack.sent_for() == [{"detail": {"fax_id": f"softlinx.inbound.acme.{received}"}}]
        inbound = {"detail": {"fax_id": f"softlinx.inbound.acme.{received}"}}
        assert stack.invoke("RetrieveContent", messages(inbound)) == {"batchItemFailures": []}
        send_and_resend(stack)
        mail(stack)
        take_emails(stack)
        read_feeds_and_download(stack, f"greenfax.inbound.12345.{downloaded}")
        records = announce(stack, f"softlinx.outbound.acme.{told}")
        stored = f"softlinx.inbound.acme.{received}", f"greenfax.inbound.12345.{downloaded}"
        _ask_and_amend(stack, told, stored)
        close_days(stack)
        sweep(stack, *records)
    with scripted_server() as server:
        stack.restart()
        stack.parameters["SoftlinxUrl"] = server.url
        row = "<FaxInfo><FaxId>x</FaxId></FaxInfo><HasMoreResults>false</HasMoreResults>"
        for operation in ("QuerySendFax", "QueryReceiveFax"):
            server.answer(operation, output(operation, OK + row))
        stack.invoke("SoftlinxPoll", event_file("softlinx_poll"))
    be_refused(stack)
    with scripted_server() as server:
        stack.parameters["GreenFaxOutboundUrl"] = stack.parameters["GreenFaxInboundUrl"] = server.url
        bad = b"<faxes><fax><status>sent</status><pages>1</pages></fax></faxes>"
        server.answer("", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(bad), bad))
        stack.invoke("GreenFaxFeed", event_file("greenfax_feed"))
    return stack


def announce(stack: Stack, sent: str) -> list[Any]:
    """A late fax, one received without a time, one joined late with its submission: the last two records."""
    stack.invoke("Announce", event_file("announce"))
    late = event_file("announce")
    late["Records"][0]["dynamodb"]["NewImage"]["completed_at"] = SINCE_THE_DEPLOYMENT
    stack.invoke("Announce", late)
    told_of = {"FaxId": "77", "FaxStatus": "recvOk", "TSI": "Clinic 7", "DestFaxNumber": "12125550191"}
    stack.http("SoftlinxCallback", softlinx_post(told_of))
    arrived = stack.image("softlinx.inbound.acme.77") | {"settled_at": SINCE_THE_DEPLOYMENT}
    received = record(1, new=arrived)
    image = stack.image(sent) | {"completed_at": SINCE_THE_DEPLOYMENT}
    joined = record(2, old=image, new={**image, "submission": {"S": "0" * 32 + "-1"}})
    stack.invoke("Announce", {"Records": [received, joined]})
    return [received, joined]


def _bring_back_a_code(stack: Stack, order_id: str, order: Event) -> None:
    """A fax of the order comes to its end, of which nobody here has heard that it was taken."""
    number = json.loads(order["body"])["recipients"][0]["number"]
    told = {"FaxId": "81", "FaxStatus": "sent", "FaxNumber": number, "ProjectCode2": order_id[:16]}
    stack.http("SoftlinxCallback", softlinx_post(told))
    stack.invoke("JoinFax", {"Records": [record(1, new=stack.image("softlinx.outbound.acme.81"))]})


def be_refused(stack: Stack) -> None:
    """A login that is refused, and an hour later nobody there to say whether it still is."""
    for fields in ({"FaxId": "79", "FaxStatus": "sent"}, {"FaxId": "80", "FaxStatus": "recvOk"}):
        stack.http("SoftlinxCallback", softlinx_post(fields))
    order = event_file("submit_fax")
    order["headers"]["idempotency-key"] = "to-be-refused"
    stack.http("SubmitFax", order)
    (sending,) = stack.to_be_sent()
    for function, message in (
        ("MarkFax", {"detail": {"fax_id": "softlinx.outbound.acme.79"}}),
        ("RetrieveContent", {"detail": {"fax_id": "softlinx.inbound.acme.80"}}),
        ("SendFax", sending),
    ):
        with scripted_server() as server:
            stack.restart()
            stack.parameters["SoftlinxUrl"] = server.url
            server.answer("Login", output("Login", REFUSED))
            assert stack.invoke(function, messages(message))["batchItemFailures"]
        stack.clock.advance(hours=1)
        assert stack.invoke(function, messages(message))["batchItemFailures"]
    _bring_back_a_code(stack, sending["order_id"], order)


def mail(stack: Stack) -> None:
    """Three faxes mailed: one joined by a code after a wrong guess, one bounced after one, one unheard of."""
    submit = event_file("submit_fax")
    document = {"type": "application/pdf", "content": "JVBERi0xLjQ="}
    recipients = [{"number": number} for number in ("12025550100", "12025550301", "12025550302")]
    order = {"provider": "greenfax", "recipients": recipients, "documents": [document], "reference": "case-7"}
    submit["body"] = json.dumps({**order, "notify": [{"email": "jane@example.org"}]})
    submit["headers"]["idempotency-key"] = "a-mailing"
    answer = stack.http("SubmitFax", submit).document
    code, bounced, _ = (submission["id"] for submission in answer["submissions"])
    for message in stack.to_be_sent("GreenFaxOrderQueue"):
        assert stack.invoke("MailFax", messages(message)) == {"batchItemFailures": []}
    moment = stack.clock.now().astimezone(ZoneInfo("America/New_York")).strftime("%m/%d/%Y %I:%M:%S %p")
    told = {"result": "success", "timestamp": moment, "destination": "12025550100"}
    for job_id, number, userjobcode in (
        ("501", "12025550100", ""),
        ("502", "12025550100", code),
        ("503", "12025550301", ""),
    ):
        fields = {**told, "destination": number, "greenfaxreferenceid": job_id, "userjobcode": userjobcode}
        stack.http("GreenFaxNotify", greenfax_get(fields))
        stack.invoke(
            "JoinFax", {"Records": [record(1, new=stack.image(f"greenfax.outbound.12345.{job_id}"))]}
        )
    event = event_file("greenfax_bounces")
    body = json.loads(event["Records"][0]["body"])
    body["submission"] = bounced
    event["Records"][0]["body"] = json.dumps(body)
    # It may come twice, and is looked up then.
    for _ in range(2):
        assert stack.invoke("GreenFaxBounces", event) == {"batchItemFailures": []}


def take_emails(stack: Stack) -> None:
    event = event_file("admit_email")
    for raw in (b"Job ID: 77\nStatus: Success\n", b"?"):
        stack.put_email(event["Records"][0]["ses"]["mail"]["messageId"], raw)
        stack.invoke("AdmitEmail", event)
        passed_on = messages(*stack.to_be_sent("StatusEmailQueue"))
        assert stack.invoke("GreenFaxEmail", passed_on) == {"batchItemFailures": []}


def close_days(stack: Stack) -> None:
    """From the day of the deployment on, and from an earlier one, also where the time does not suffice.

    It is looked at again.
    """
    stack.invoke("CloseDay", event_file("close_day"))
    stack.parameters["TellFrom"] = stack.clock.now().date().isoformat()
    stack.clock.advance(days=1)
    stack.restart()
    stack.invoke("CloseDay", event_file("close_day"), Context(seconds_left=1))
    for _ in range(2):
        stack.restart()
        stack.invoke("CloseDay", event_file("close_day"))
        stack.clock.advance(days=1)
    assert len(stack.records()) == 2
    key = min(stack.records())
    stack.http("ReportFaxes", query("GET /reports/closed"))
    assert stack.http("ReportFaxes", query("GET /reports/closed/{day}", day=key[8:18])).status == 200
    del stack.parameters["TellFrom"]
    stack.restart()


def sweep(stack: Stack, *unannounced: Any) -> None:
    """A mark nobody has set, batches nobody has announced, a fax nobody has told of for two days, or sent."""
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "78", "FaxStatus": "sent"}))
    order = event_file("submit_fax")
    order["headers"]["idempotency-key"] = "to-be-forgotten"
    stack.http("SubmitFax", order)
    assert stack.to_be_sent()
    stack.leave_failed("one", {"payload": {"Records": list(unannounced)}})
    # One of a day before.
    stack.leave_failed("other", {"payload": event_file("announce")})
    unreadable = {"dynamodb": {"SequenceNumber": "1"}}
    stack.leave_failed("third", {"payload": {"Records": [*event_file("announce")["Records"], unreadable]}})
    stack.clock.advance(days=2)
    stack.invoke("Sweep", event_file("sweep"))
    assert {"detail": {"fax_id": "softlinx.outbound.acme.78"}} in stack.sent_for("MarkQueue")
    assert stack.failed_batches() == ["third"]
    assert "Fax Overdue" in {event["detail-type"] for event in stack.announced()}


def read_feeds_and_download(stack: Stack, fax_id: str) -> None:
    """Both feeds, and the document of this fax, which is overdue by then."""
    for _ in range(2):
        stack.invoke("GreenFaxFeed", event_file("greenfax_feed"))
        stack.clock.advance(minutes=21)
    stack.clock.advance(hours=4)
    stack.invoke("Sweep", event_file("sweep"))
    message = {"detail": {"fax_id": fax_id}}
    assert stack.sent_for("DownloadQueue") == [message]
    assert stack.invoke("DownloadContent", messages(message)) == {"batchItemFailures": []}
    fax = stack.item(fax_id)
    assert fax is not None
    assert fax["duty_store"] == "done"
    stack.clock.advance(hours=2)


def tell_and_route(stack: Stack) -> None:
    """A receiver that fails first and then says that it is gone; a desk that gets an email."""
    stack.http("SoftlinxCallback", event_file("softlinx_callback"))
    answers = [500, 410]
    with WebhookReceiver(stack.clock, lambda: ()) as receiver:
        receiver.behaviour = lambda _request, _now: WebResponse(answers.pop(0) if answers else 204, b"")
        stack.neighbours = frozenset({receiver.url})
        stack.restart()
        put = event_file("edit_routes")
        stack.http("EditRoutes", put)
        events = [event.dotted for event in EventType]
        targets = [{"webhook": receiver.url}, {"email": "desk@example.org", "events": events}]
        default = put | {"routeKey": "PUT /routes/default", "body": json.dumps({"targets": targets})}
        stack.http("EditRoutes", default)
        stack.http("EditRoutes", put | {"routeKey": "GET /routes"})
        stack.http("EditRoutes", put | {"routeKey": "DELETE /routes/{provider}/{name}"})
        stack.messages_sent_to("NotifyQueue")
        stack.invoke("Notify", event_file("notify"))
        stack.invoke("Notify", messages(event_of_a_fax_of_ours(stack)))
        day = json.loads((ROOT / "docs" / "events" / "day-closed.v1.json").read_text())["examples"][0]
        assert stack.invoke("Notify", messages(day)) == {"batchItemFailures": []}
        stack.messages_sent_to("NotifyQueue")
        # So long that it is debt.
        stack.clock.advance(minutes=61)
        stack.invoke("Sweep", event_file("sweep"))
        stack.invoke("NotifyDue", event_file("notify_due"))
        for _ in range(2):
            for due_delivery, _delay in stack.messages_sent_to("NotifyQueue"):
                assert stack.invoke("Notify", messages(due_delivery)) == {"batchItemFailures": []}
            stack.clock.advance(minutes=30)
            stack.invoke("NotifyDue", event_file("notify_due"))
    stack.http("QueryFaxes", query("GET /deliveries"))
    # What was put is enabled again.
    stack.http("EditRoutes", default)
    redriven = stack.http("RedriveDeliveries", event_file("redrive_deliveries")).document
    assert redriven["redriven"] > 0
    missed = event_file("redrive_deliveries")
    missed["body"] = json.dumps(json.loads(missed["body"]) | {"missed": True})
    assert stack.http("RedriveDeliveries", missed).document["redriven"] > 0
    # What was settled before the machine's clock made the table is news as well.
    stack.parameters["TellFrom"] = "2020-01-01"
    stack.restart()
    assert stack.http("RedriveDeliveries", missed).document["redriven"] > 0
    assert stack.emails()
    assert answers == []


def event_of_a_fax_of_ours(stack: Stack) -> dict[str, Any]:
    """As announced of a fax that was sent through us."""
    item = next(item for item in stack.items("FAX#") if "submission" in item)
    now = stack.clock.now()
    sent = FaxEvent(EventType.FAX_SENT, fax_of({"pk": {"S": item["pk"]}}), Status.SENT, now)
    settled = replace(sent, source=Source.CALLBACK, settled_at=now)
    return {"detail-type": settled.type, "detail": detail_of(settled)}


def send_and_resend(stack: Stack) -> None:
    letter = b"%PDF-1.4 letter"
    upload = event_file("submit_fax") | {"routeKey": "POST /faxes/uploads"}
    digest = sha256(letter).hexdigest()
    upload["body"] = json.dumps({"type": "application/pdf", "size": len(letter), "sha256": digest})
    link = stack.http("SubmitFax", upload).document
    uploaded = {"ContentType": "application/pdf", "Metadata": {"sha256": digest}}
    stack.put_document(f"outgoing/uploads/{link['upload']}", letter, **uploaded)
    order = event_file("submit_fax")
    order["body"] = json.dumps(json.loads(order["body"]) | {"documents": [{"upload": link["upload"]}]})
    assert stack.http("SubmitFax", order).status == 202
    assert stack.invoke("SendFax", messages(*stack.to_be_sent())) == {"batchItemFailures": []}
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": "99", "FaxStatus": "sendFailed"}))
    resend = event_file("submit_fax") | {"routeKey": "POST /faxes/{id}/resend", "body": ""}
    resend["pathParameters"] = {"id": "softlinx.outbound.acme.99"}
    stack.http("SubmitFax", resend)
    assert stack.invoke("SendFax", messages(*stack.to_be_sent())) == {"batchItemFailures": []}
    (submission, *_) = stack.items("SUBMISSION#")
    stack.http("QueryFaxes", event_file("query_faxes"))
    stack.http("QueryFaxes", query("GET /faxes/{id}", id=submission["pk"].partition("#")[2]))


def _ask_and_amend(stack: Stack, job_id: str, stored: Iterable[str]) -> None:
    stack.http("QueryFaxes", query("GET /faxes/{id}", id="softlinx.inbound.acme.77"))
    stack.http("QueryFaxes", event_file("query_faxes"))
    for route in ("GET /faxes", "GET /feeds", "GET /providers", "GET /unreadable", "GET /deliveries"):
        stack.http("QueryFaxes", query(route))
    for parameters in ("status=failed", "reference=case-7", "unfinished=true"):
        assert stack.http("QueryFaxes", query("GET /faxes", parameters)).status == 200
    assert stack.http("QueryFaxes", query("GET /deliveries", "state=pending")).status == 200
    _report(stack)
    search = query("POST /faxes/search")
    search["body"] = json.dumps({"number": "12025550100"})
    assert stack.http("QueryFaxes", search).status == 200
    for fax_id in stored:
        assert stack.http("QueryFaxes", query("GET /faxes/{id}/content", id=fax_id)).status == 307
    amendment = event_file("amend_fax")
    amendment["pathParameters"] = {"id": f"softlinx.outbound.acme.{job_id}"}
    assert stack.http("AmendFax", amendment).status == 201


def _report(stack: Stack) -> None:
    """In two goes."""
    stack.clock.tick = 15
    today = {"day": stack.clock.now().date().isoformat()}
    begun = stack.http("ReportFaxes", query("GET /reports/{day}", **today))
    assert begun.status == 202, begun.body
    stack.clock.tick = 0
    cursor = {"cursor": begun.document["cursor"]}
    assert stack.http("ReportFaxes", query("GET /reports/{day}", cursor, **today)).status == 200


def test_a_role_allows_nothing_that_its_function_never_does(day: Stack) -> None:
    tell_and_route(day)
    left_over = []
    for function in day.template.functions():
        asked = [call for caller, call in day.calls if caller == function]
        calls = list(with_kms([*asked, *calls_by_lambda(day.template, function)]))
        for statement in day.template.statements(function):
            left_over += [(function, what) for what in unused(statement, calls)]
    assert left_over == []


def test_a_role_allows_what_lambda_does_in_its_function_s_name(stack: Stack) -> None:
    stack.parameters["StatusEmailRuleSet"] = "inbound"
    for function in stack.template.functions():
        statements = stack.template.statements(function)
        for call in with_kms(calls_by_lambda(stack.template, function)):
            assert iam.allowing(statements, call), f"the role of {function} does not allow {call}"


def unused(statement: dict[str, Any], calls: list[iam.Call]) -> Iterator[str]:
    """The actions and key patterns of a statement that none of the calls needs."""
    allowed = [call for call in calls if iam.allowing([statement], call)]
    for action in statement["Action"]:
        # SES holds the call for a whole message against both.
        with_it = {"ses:SendEmail"} if "ses:SendRawEmail" in statement["Action"] else set()
        if action not in {call.action for call in allowed} | with_it:
            yield action
    for conditions in statement.get("Condition", {}).values():
        for pattern in conditions.get("dynamodb:LeadingKeys", ()):
            if not any(fnmatchcase(key, pattern) for call in allowed for key in call.keys):
                yield pattern


@pytest.mark.parametrize(
    ("function", "call"),
    [
        (
            "SoftlinxCallback",
            iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#greenfax#outbound#1#1"})),
        ),
        ("SoftlinxCallback", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"CLAIM#softlinx-query"}))),
        ("SoftlinxCallback", iam.Call("dynamodb:GetItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("SoftlinxCallback", iam.Call("dynamodb:UpdateItem", "TABLE/index/by_status")),
        ("GreenFaxNotify", iam.Call("secretsmanager:GetSecretValue", "SECRET")),
        ("QueryFaxes", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("QueryFaxes", iam.Call("dynamodb:GetItem", "TABLE", frozenset({"ROUTE#default"}))),
        ("QueryFaxes", iam.Call("dynamodb:GetItem", "TABLE", frozenset({"CURSOR#softlinx-x"}))),
        ("QueryFaxes", iam.Call("s3:PutObject", "BUCKET/feeds/greenfax-outbound")),
        ("GreenFaxFeed", iam.Call("s3:GetObject", "BUCKET/greenfax/inbound/1/1/x.pdf")),
        ("QueryFaxes", iam.Call("dynamodb:Query", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("Announce", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#inbound#a#1"}))),
        (
            "MarkFax",
            iam.Call("dynamodb:BatchGetItem", "TABLE", frozenset({"FAX#softlinx#x", "FAX#greenfax#x"})),
        ),
        (
            "RetrieveContent",
            iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"})),
        ),
        ("RetrieveContent", iam.Call("s3:PutObject", "BUCKET/greenfax/inbound/1/1/x.pdf")),
        ("RetrieveContent", iam.Call("s3:GetObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        ("DownloadContent", iam.Call("s3:PutObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        ("DownloadContent", iam.Call("s3:GetObject", "BUCKET/greenfax/inbound/1/1/x.pdf")),
        (
            "DownloadContent",
            iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#greenfax#outbound#1#1"})),
        ),
        ("AdmitEmail", iam.Call("s3:GetObject", "EMAILS/greenfax/1")),
        ("AdmitEmail", iam.Call("s3:PutObject", "EMAILS/greenfax/1")),
        ("AdmitEmail", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#greenfax#outbound#1#1"}))),
        ("GreenFaxEmail", iam.Call("s3:GetObject", "EMAILS/aws/lambda/async/1")),
        ("GreenFaxEmail", iam.Call("sqs:SendMessage", "QUEUE")),
        ("GreenFaxEmail", iam.Call("s3:GetObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        (
            "GreenFaxEmail",
            iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#greenfax#inbound#1#1"})),
        ),
        ("GreenFaxFeed", iam.Call("dynamodb:Query", "TABLE/index/by_status")),
        ("GreenFaxFeed", iam.Call("sqs:SendMessage", "QUEUE")),
        ("QueryFaxes", iam.Call("s3:PutObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        ("AmendFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"CLAIM#softlinx-query"}))),
        ("AmendFax", iam.Call("dynamodb:DeleteItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("SoftlinxPoll", iam.Call("sqs:SendMessage", "QUEUE")),
        ("Sweep", iam.Call("dynamodb:DeleteItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("Sweep", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"CURSOR#greenfax-outbound"}))),
        ("Sweep", iam.Call("s3:GetObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        ("Notify", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("Notify", iam.Call("dynamodb:PutItem", "TABLE", frozenset({"ROUTE#default"}))),
        ("Notify", iam.Call("ses:SendEmail", "IDENTITY", sender="boss@example.org")),
        ("EditRoutes", iam.Call("dynamodb:GetItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("NotifyDue", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"ROUTE#default"}))),
        ("RedriveDeliveries", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"ROUTE#default"}))),
        ("RedriveDeliveries", iam.Call("sqs:SendMessage", "QUEUE")),
        ("MailFax", iam.Call("ses:SendRawEmail", "IDENTITY", sender="boss@example.org")),
        ("MailFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#greenfax#outbound#1#1"}))),
        ("JoinFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#inbound#a#1"}))),
        ("GreenFaxBounces", iam.Call("ses:SendRawEmail", "IDENTITY", sender="faxes@clinic.example")),
        # Of a fax that has failed it writes by which order that is sent once more; of no other.
        ("SubmitFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#inbound#a#1"}))),
        ("SubmitFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#greenfax#outbound#1#1"}))),
        ("SubmitFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"ORDER#1"}))),
        ("SubmitFax", iam.Call("dynamodb:PutItem", "TABLE", frozenset({"FAX#softlinx#outbound#a#1"}))),
        ("SubmitFax", iam.Call("secretsmanager:GetSecretValue", "SECRET")),
        ("SubmitFax", iam.Call("s3:GetObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        ("SubmitFax", iam.Call("s3:PutObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        ("SendFax", iam.Call("dynamodb:UpdateItem", "TABLE", frozenset({"FAX#softlinx#inbound#a#1"}))),
        ("SendFax", iam.Call("dynamodb:DeleteItem", "TABLE", frozenset({"ORDER#1"}))),
        ("SendFax", iam.Call("s3:PutObject", "BUCKET/outgoing/orders/1/2")),
        ("SendFax", iam.Call("s3:GetObject", "BUCKET/softlinx/inbound/a/1/x.pdf")),
        (
            "Announce",
            iam.Call("events:PutEvents", "arn:aws:events:eu-central-1:123456789012:event-bus/default"),
        ),
    ],
)
def test_a_role_allows_nothing_beyond(stack: Stack, function: str, call: iam.Call) -> None:
    secret = stack.template.environment("GreenFaxFeed")["CREDENTIALS_SECRET"]
    table = stack.template.resolve({"Fn::GetAtt": "Table.Arn"})
    resource = call.resource.replace("TABLE", table).replace("SECRET", secret)
    resource = resource.replace("IDENTITY", "arn:aws:ses:eu-central-1:123456789012:identity/example.org")
    for name, short in (("Documents", "BUCKET"), ("RetrieveQueue", "QUEUE"), ("StatusEmails", "EMAILS")):
        resource = resource.replace(short, stack.template.resolve({"Fn::GetAtt": f"{name}.Arn"}))
    asked = iam.Call(call.action, resource, call.keys, call.sender)
    assert iam.allowing(stack.template.statements(function), asked) is None


def test_what_faces_the_internet_cant_read_a_password(stack: Stack) -> None:
    secrets = json.dumps([stack.template.statements(name) for name in ("SoftlinxCallback", "GreenFaxNotify")])
    for name in ("SoftlinxPoll", "GreenFaxFeed"):
        assert stack.template.environment(name)["CREDENTIALS_SECRET"] not in secrets


def test_what_takes_in_what_outsiders_send_can_read_no_secret_at_all(stack: Stack) -> None:
    for name in ("DownloadContent", "AdmitEmail", "GreenFaxEmail"):
        actions = [action for one in stack.template.statements(name) for action in one["Action"]]
        assert not [action for action in actions if action.startswith("secretsmanager:")]


def test_each_rule_may_put_its_events_into_its_queue_and_into_its_dead_letters() -> None:
    resources = raw_template()["Resources"]
    allowed = {
        (
            statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::GetAtt"],
            statement["Resource"]["Fn::GetAtt"],
        )
        for resource in resources.values()
        if resource["Type"] == "AWS::SQS::QueuePolicy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if [{"Ref": statement["Resource"]["Fn::GetAtt"].removesuffix(".Arn")}]
        == resource["Properties"]["Queues"]
    }
    wanted = {
        (f"{name}.Arn", queue["Fn::GetAtt"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Events::Rule"
        for target in resource["Properties"]["Targets"]
        for queue in (target["Arn"], *target.get("DeadLetterConfig", {}).values())
    }
    assert allowed == wanted


def test_only_the_stack_s_own_receipt_rule_may_store_emails_and_say_so() -> None:
    template = Template({"StatusEmailRuleSet": "inbound"})
    rule = template.resource("StatusEmailRule")["Rule"]["Name"]
    statements = template.resource("StatusEmailsPolicy")["PolicyDocument"]["Statement"]
    (store,) = (statement for statement in statements if statement["Effect"] == "Allow")
    for source in (
        store["Condition"]["StringEquals"]["aws:SourceArn"],
        template.resource("AdmitEmailPermission")["SourceArn"],
    ):
        assert source.endswith(f":receipt-rule-set/inbound:receipt-rule/{rule}")
