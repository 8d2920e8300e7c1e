"""GreenFax's status emails beside the bundle, where a receipt rule set was named."""

import json

import pytest

from cli.main import main
from faxledger.domain.fax import Source, Status
from local.runtime.errors import CannotRun
from tests.e2e.conftest import OpenTown, drain

GOOD, BUSY, UNHEARD = "12025550100", "12025550001", "12025550101"
RAW = b"From: status@greenfax.com\r\n\r\nJob ID: 77\r\nStatus: Success\r\n"
ON = {"StatusEmailRuleSet": "inbound", "StatusEmailRecipient": "fax-status@in.clinic.example"}


def test_an_email_settles_what_no_notification_told(open_town: OpenTown) -> None:
    town = open_town(realm="", parameters=ON)
    told = {number: town.greenfax.send(number) for number in (GOOD, BUSY, UNHEARD)}
    town.wait(minutes=11)
    faxes = {number: town.faxes()[f"greenfax.outbound.12345.{job_id}"] for number, job_id in told.items()}
    assert (faxes[UNHEARD].status, faxes[UNHEARD].settled_by) == (Status.SENT, Source.EMAIL)
    for number, status in ((GOOD, Status.SENT), (BUSY, Status.FAILED)):
        fax = faxes[number]
        assert (fax.status, fax.settled_by, fax.conflict, fax.costs_differ) == (
            status,
            Source.NOTIFY,
            None,
            False,
        )
        assert {sighting.source for sighting in fax.sightings} >= {Source.NOTIFY, Source.EMAIL}
    assert town.get("/faxes?status=failed").json()["faxes"][0]["cost_usd"] is not None


def test_an_email_that_could_not_be_read_lies_in_the_dead_letters_as_an_id_and_is_settled_when_put_back(
    open_town: OpenTown,
) -> None:
    town = open_town(realm="", parameters=ON)
    s3, bucket = town.bundle.aws.client("s3"), town.bundle.cloud.ref("StatusEmails")
    assert town.bundle.mailbox is not None
    town.bundle.mailbox.receive(RAW, "status@greenfax.com")
    (entry,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    s3.delete_object(Bucket=bucket, Key=entry["Key"])
    town.wait(minutes=60)
    sqs, letters = town.bundle.aws.client("sqs"), town.queue_named("StatusEmailDeadLetters")
    (letter,) = sqs.receive_message(QueueUrl=letters, VisibilityTimeout=0)["Messages"]
    assert json.loads(letter["Body"]) == {"message_id": entry["Key"].removeprefix("greenfax/")}

    s3.put_object(Bucket=bucket, Key=entry["Key"], Body=RAW)
    assert main(["redrive", "statusemail", "--aws-url", town.bundle.aws_url]) == 0
    town.wait(minutes=1)
    assert town.faxes()["greenfax.outbound.12345.77"].settled_by is Source.EMAIL
    assert drain(sqs, letters) == []

    # What never gets as far as the queue lies where the emails do.
    town.bundle.functions["AdmitEmail"].invoke_later(town.clock.now(), {"not": "of SES"})
    town.wait(minutes=10)
    prefix = "aws/lambda/async/faxledger-AdmitEmail/"
    (left,) = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    document = json.loads(s3.get_object(Bucket=bucket, Key=left["Key"])["Body"].read())
    assert document["requestPayload"] == {"not": "of SES"}
    assert document["requestContext"]["approximateInvokeCount"] == 3


def test_without_a_rule_set_there_is_nothing_of_it(open_town: OpenTown) -> None:
    town = open_town(realm="")
    assert town.bundle.mailbox is None
    assert not town.bundle.cloud.has("StatusEmails")
    assert "GreenFaxEmail" not in town.bundle.functions


@pytest.mark.parametrize("missing", [{"StatusEmailRecipient": ""}, {"GreenFaxAccountId": ""}])
def test_a_rule_set_alone_is_not_enough(open_town: OpenTown, missing: dict[str, str]) -> None:
    with pytest.raises(CannotRun, match="beside StatusEmailRuleSet"):
        open_town(parameters={**ON, **missing})
