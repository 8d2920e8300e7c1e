"""Each built function once in Lambda's own loop, on its event from events/, beside everything it speaks to.

The bundle's AWS and the simulated providers are real servers here; the bundle's clock stands still, so that
no handler runs but the one under test.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Duty, DutyState
from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import OurAccounts
from local.runtime.provider_urls import greenfax_at, softlinx_at
from local.show.day_account import faxes_in
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.softlinx.options import SoftlinxCustomer
from tests.support.built import ROOT, BuiltFunction
from tests.support.runtime import Answer, running

FAILED_FAX = "softlinx.outbound.acme.33"


def event_of(function: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / f"{function}.json").read_text("utf-8"))
    return event


class Deployment:
    """The built bundle, one invocation at a time."""

    def __init__(self, bundle: Bundle, built: dict[str, BuiltFunction], python: Path) -> None:
        self.bundle = bundle
        self._built = built
        self._python = python

    def invoke(self, name: str, event: dict[str, Any], **settings: str) -> Answer:
        environment = {
            **self.bundle.functions[name].plan.environment,
            **settings,
            "AWS_ENDPOINT_URL": self.bundle.aws_url,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        with running(self._built[name], self._python, environment) as function:
            return function.invoke(event)


@contextmanager
def two_hours_ago() -> Iterator[VirtualClock]:
    """A clock for a simulator, so that what it finishes lies in the functions' past."""
    clock = VirtualClock(datetime.now(UTC) - timedelta(hours=2), speed=math.inf)
    with clock.activity():
        clock.start()
        yield clock
    clock.stop()


@pytest.fixture
def softlinx() -> Iterator[SoftlinxSimulator]:
    """Has sent one fax."""
    with (
        two_hours_ago() as clock,
        SoftlinxSimulator(clock, clock, customer=SoftlinxCustomer("acme")) as simulator,
    ):
        simulator.send("12025550120")
        clock.sleep(3600)
        yield simulator


@pytest.fixture
def greenfax() -> Iterator[GreenFaxSimulator]:
    """Has sent one fax."""
    with two_hours_ago() as clock, GreenFaxSimulator(clock, clock) as simulator:
        simulator.send("12025550121")
        clock.sleep(3600)
        yield simulator


@pytest.fixture
def deployment(
    softlinx: SoftlinxSimulator,
    greenfax: GreenFaxSimulator,
    bundle: dict[str, BuiltFunction],
    python313: Path,
    tmp_path: Path,
) -> Iterator[Deployment]:
    accounts = OurAccounts.from_env({})
    parameters = {
        "SoftlinxRealm": "acme",
        "GreenFaxAccountId": "12345",
        "TellFrom": "2020-01-01",
        "NotifySender": "faxes@example.org",
        "GreenFaxSender": "faxes@clinic.example",
        "StatusEmailRuleSet": "inbound",
        "StatusEmailRecipient": "fax-status@in.clinic.example",
        "ConsoleIssuer": "https://issuer.example",
        "ConsoleClientId": "console",
        **softlinx_at(softlinx.url),
        **greenfax_at(greenfax.url),
    }
    still = VirtualClock(datetime.now(UTC))
    with Bundle(still, parameters=parameters, secrets=accounts.secrets(), log=tmp_path / "log") as local:
        yield Deployment(local, bundle, python313)


def test_softlinx_callback_settles_the_fax_of_its_event(deployment: Deployment) -> None:
    answer = deployment.invoke("SoftlinxCallback", event_of("softlinx_callback"))
    assert answer.payload["statusCode"] == 200, answer.logs
    fax = faxes_in(deployment.bundle)[FAILED_FAX]
    assert (fax.status, fax.settled_by) == (Status.FAILED, Source.CALLBACK)


def test_greenfax_notify_settles_the_fax_of_its_event(deployment: Deployment) -> None:
    answer = deployment.invoke("GreenFaxNotify", event_of("greenfax_notify"))
    assert answer.payload["statusCode"] == 200, answer.logs
    fax = faxes_in(deployment.bundle)["greenfax.outbound.12345.8591334"]
    assert (fax.status, fax.settled_by, str(fax.facts.cost_usd)) == (Status.SENT, Source.NOTIFY, "0.10")


def test_softlinx_poll_settles_and_marks_what_it_is_offered(
    deployment: Deployment, softlinx: SoftlinxSimulator
) -> None:
    answer = deployment.invoke("SoftlinxPoll", event_of("softlinx_poll"))
    assert answer.payload is None, answer.logs
    (job,) = softlinx.jobs()
    fax = faxes_in(deployment.bundle)[job.public_id]
    assert (fax.settled_by, fax.duties[Duty.MARK], job.is_marked) == (Source.POLL, DutyState.DONE, True)


def test_greenfax_feed_settles_what_the_feed_says(
    deployment: Deployment, greenfax: GreenFaxSimulator
) -> None:
    answer = deployment.invoke("GreenFaxFeed", event_of("greenfax_feed"))
    assert answer.payload is None, answer.logs
    (job,) = greenfax.jobs()
    assert faxes_in(deployment.bundle)[job.public_id].settled_by is Source.FEED


def test_announce_puts_the_fax_of_its_event_on_the_bus(deployment: Deployment) -> None:
    answer = deployment.invoke("Announce", event_of("announce"))
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    queue = deployment.bundle.cloud.ref("MarkQueue")
    messages = deployment.bundle.aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    event = json.loads(messages[0]["Body"])
    assert (event["detail-type"], event["detail"]["fax_id"]) == ("Fax Failed", FAILED_FAX)


def test_mark_fax_marks_the_fax_of_its_message(deployment: Deployment, softlinx: SoftlinxSimulator) -> None:
    (job,) = softlinx.jobs()
    deployment.invoke("SoftlinxCallback", callback_about(job.job_id))
    message = json.loads(json.dumps(event_of("mark_fax")).replace(FAILED_FAX, job.public_id))
    answer = deployment.invoke("MarkFax", message)
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    assert softlinx.jobs()[0].is_marked


def test_retrieve_content_stores_the_document_of_its_message(
    deployment: Deployment, softlinx: SoftlinxSimulator
) -> None:
    fax_id = softlinx.receive("12025550100")
    told = callback_about(fax_id)
    told["body"] = f"Queue=ReceiveFax&FaxId={fax_id}&FaxStatus=recvOk"
    deployment.invoke("SoftlinxCallback", told)
    public_id = f"softlinx.inbound.acme.{fax_id}"
    event = json.dumps(event_of("retrieve_content")).replace("softlinx.inbound.acme.34", public_id)
    answer = deployment.invoke("RetrieveContent", json.loads(event))
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    fax = faxes_in(deployment.bundle)[public_id]
    assert fax.document is not None
    s3, bucket = deployment.bundle.aws.client("s3"), deployment.bundle.cloud.ref("Documents")
    kept = s3.get_object(Bucket=bucket, Key=fax.document.key)["Body"].read()
    assert kept == softlinx.document("inbound", fax_id)
    assert {job.job_id for job in softlinx.jobs() if job.is_marked} >= {fax_id}


def test_download_content_gives_up_a_document_that_lies_where_it_must_not_look(
    deployment: Deployment,
) -> None:
    """The documents of the simulator lie at plain http on this machine, so here they are refused."""
    told = event_of("greenfax_notify")
    told["routeKey"] += "/inbound"
    told["rawQueryString"] = "greenfax_job_id=8591335&download_url=http%3A%2F%2F127.0.0.1%2Ffax.pdf"
    deployment.invoke("GreenFaxNotify", told)
    answer = deployment.invoke("DownloadContent", event_of("download_content"))
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    fax = faxes_in(deployment.bundle)["greenfax.inbound.12345.8591335"]
    assert fax.duties == {Duty.STORE: DutyState.GIVEN_UP}
    assert "AddressRefused" in answer.logs


def test_submit_fax_accepts_the_fax_of_its_event_and_send_fax_hands_it_over(
    deployment: Deployment, softlinx: SoftlinxSimulator
) -> None:
    accepted = deployment.invoke("SubmitFax", event_of("submit_fax"))
    assert accepted.payload["statusCode"] == 202, accepted.logs
    answer = deployment.invoke("SendFax", event_of("send_fax"))
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    (order,) = softlinx.sends()
    assert [recipient.number for recipient in order.recipients] == ["12025550100"]
    (submission,) = json.loads(accepted.payload["body"])["submissions"]
    fax = faxes_in(deployment.bundle)[f"softlinx.outbound.acme.{order.fax_ids[0]}"]
    assert (fax.status, fax.submission) == (Status.SUBMITTED, submission["id"])


def test_mail_fax_mails_the_fax_of_its_message_and_join_fax_joins_it_with_the_fax_of_its_event(
    deployment: Deployment,
) -> None:
    submission, mailed = submitted_to_greenfax(deployment), []

    def deliver(recipient: str, message: EmailMessage) -> bool:
        mailed.append((recipient, message["Subject"]))
        return True

    deployment.bundle.outbox.deliver = deliver
    answer = deployment.invoke("MailFax", event_of("mail_fax"))
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    assert mailed == [("12025550100@greenfax.com", submission)]

    event = event_of("join_fax")
    told = event["Records"][0]["dynamodb"]["NewImage"]
    table = deployment.bundle.cloud.ref("Table")
    deployment.bundle.aws.client("dynamodb").put_item(TableName=table, Item=told)
    joined = deployment.invoke("JoinFax", event)
    assert joined.payload == {"batchItemFailures": []}, joined.logs
    fax = faxes_in(deployment.bundle)["greenfax.outbound.12345.8591334"]
    assert (fax.submission, fax.facts.reference) == (submission, "case-7")


def test_greenfax_bounces_fails_the_submission_of_its_message(deployment: Deployment) -> None:
    submission = submitted_to_greenfax(deployment)
    answer = deployment.invoke("GreenFaxBounces", event_of("greenfax_bounces"))
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    found_now = deployment.bundle.functions["QueryFaxes"].invoke(found(submission)).result
    assert json.loads(found_now["body"])["state"] == "refused"


def submitted_to_greenfax(deployment: Deployment) -> str:
    """The submission that the events of mailing are about: the fax of the event, through GreenFax."""
    event = event_of("submit_fax")
    asked = json.loads(event["body"])
    event["body"] = json.dumps(asked | {"provider": "greenfax", "recipients": [{"number": "12025550100"}]})
    answer = deployment.bundle.functions["SubmitFax"].invoke(event).result
    (submission,) = json.loads(answer["body"])["submissions"]
    return str(submission["id"])


def test_amend_fax_keeps_what_the_person_of_its_event_says(deployment: Deployment) -> None:
    deployment.invoke("SoftlinxCallback", event_of("softlinx_callback"))
    answer = deployment.invoke("AmendFax", event_of("amend_fax"))
    assert answer.payload["statusCode"] == 201, answer.logs
    fax = faxes_in(deployment.bundle)[FAILED_FAX]
    assert (fax.first_status, fax.status) == (Status.FAILED, Status.SENT)


def test_console_page_says_where_one_logs_in(deployment: Deployment) -> None:
    answer = deployment.invoke("ConsolePage", event_of("console_page"))
    assert answer.payload["statusCode"] == 200, answer.logs
    assert json.loads(answer.payload["body"])["login"]["client_id"] == "console"


def test_admit_email_passes_the_email_of_its_event_on_and_greenfax_email_settles_what_it_says(
    deployment: Deployment,
) -> None:
    admitted = deployment.invoke("AdmitEmail", event_of("admit_email"))
    assert admitted.payload is None, admitted.logs
    sqs, queue = deployment.bundle.aws.client("sqs"), deployment.bundle.cloud.ref("StatusEmailQueue")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    event = event_of("greenfax_email")
    assert message["Body"] == event["Records"][0]["body"]
    key = f"greenfax/{json.loads(message['Body'])['message_id']}"
    bucket = deployment.bundle.cloud.ref("StatusEmails")
    raw = b"Content-Type: text/html\n\n<p>Job ID: 8591334</p><p>Status: Success</p><p>Cost: 0.10</p>"
    deployment.bundle.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=raw)
    answer = deployment.invoke("GreenFaxEmail", event)
    assert answer.payload == {"batchItemFailures": []}, answer.logs
    fax = faxes_in(deployment.bundle)["greenfax.outbound.12345.8591334"]
    assert (fax.status, fax.settled_by, str(fax.facts.cost_usd)) == (Status.SENT, Source.EMAIL, "0.10")


def test_the_fax_of_its_event_is_told_by_email_to_whom_the_route_of_its_event_names(
    deployment: Deployment,
) -> None:
    deployment.invoke("SoftlinxCallback", event_of("softlinx_callback"))
    put = event_of("edit_routes") | {"routeKey": "PUT /routes/default"}
    # One of them is told at once, the other by a message.
    put["body"] = json.dumps({"targets": [{"email": "desk@example.org"}, {"email": "ward@example.org"}]})
    for route in (event_of("edit_routes"), put):
        answer = deployment.invoke("EditRoutes", route)
        assert answer.payload["statusCode"] == 200, answer.logs
    planned = deployment.invoke("Notify", event_of("notify"))
    assert planned.payload == {"batchItemFailures": []}, planned.logs

    sqs, queue = deployment.bundle.aws.client("sqs"), deployment.bundle.cloud.ref("NotifyQueue")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    due_delivery = event_of("notify")
    due_delivery["Records"][0]["body"] = message["Body"]
    told = deployment.invoke("Notify", due_delivery)
    assert told.payload == {"batchItemFailures": []}, told.logs
    document = deployment.invoke("QueryFaxes", found(FAILED_FAX)).payload["body"]
    deliveries = json.loads(document)["deliveries"]
    assert [(delivery["channel"], delivery["state"]) for delivery in deliveries] == [("email", "done")] * 2


def test_redrive_deliveries_reopens_none_where_none_was_given_up(deployment: Deployment) -> None:
    answer = deployment.invoke("RedriveDeliveries", event_of("redrive_deliveries"))
    assert answer.payload["statusCode"] == 200, answer.logs
    assert json.loads(answer.payload["body"])["matched"] == 0


def test_notify_due_sends_for_nothing_where_nothing_is_due(deployment: Deployment) -> None:
    answer = deployment.invoke("NotifyDue", event_of("notify_due"))
    assert answer.payload is None, answer.logs
    queue = deployment.bundle.cloud.ref("NotifyQueue")
    assert "Messages" not in deployment.bundle.aws.client("sqs").receive_message(QueueUrl=queue)


def found(fax_id: str) -> dict[str, Any]:
    event = event_of("query_faxes")
    return event | {"pathParameters": {"id": fax_id}}


def test_sweep_has_nothing_to_send_round_when_nothing_is_late(deployment: Deployment) -> None:
    deployment.invoke("SoftlinxCallback", event_of("softlinx_callback"))
    answer = deployment.invoke("Sweep", event_of("sweep"))
    assert answer.payload is None, answer.logs
    assert '"Debt":[0]' in answer.logs.replace(" ", "").replace("0.0", "0")


def test_close_day_writes_down_what_became_of_yesterday(deployment: Deployment) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    answer = deployment.invoke("CloseDay", event_of("close_day"), TELL_FROM=yesterday)
    assert answer.payload is None, answer.logs
    s3, bucket = deployment.bundle.aws.client("s3"), deployment.bundle.cloud.ref("Reports")
    records = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert f"reports/{yesterday}.v1.json" in records


def test_query_faxes_answers_what_became_of_the_fax_of_its_event(deployment: Deployment) -> None:
    deployment.invoke("SoftlinxCallback", event_of("softlinx_callback"))
    answer = deployment.invoke("QueryFaxes", event_of("query_faxes"))
    document = json.loads(answer.payload["body"])
    assert (document["status"], document["failure"]["class"]) == ("failed", "busy")
    assert [sighting["source"] for sighting in document["sightings"]] == ["callback"]


def test_report_faxes_adds_up_the_day_of_its_event(deployment: Deployment) -> None:
    deployment.invoke("SoftlinxCallback", event_of("softlinx_callback"))
    answer = deployment.invoke("ReportFaxes", event_of("report_faxes"))
    document = json.loads(answer.payload["body"])
    assert not document["is_complete"]
    assert document["total"]["faxes"] == 1


def callback_about(job_id: str) -> dict[str, Any]:
    """The callback of events/, unencoded and about another fax."""
    event = event_of("softlinx_callback")
    return event | {
        "body": f"Queue=SendFax&FaxId={job_id}&FaxStatus=sent",
        "isBase64Encoded": False,
    }
