"""The drill: the table is backed up, lost and put back, as docs/operations.md says, and all goes on."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from cli.main import main
from cli.restore import Backup, LostLedger, restore
from faxledger.domain.fax import FaxId, Status
from faxledger.ledger import keys
from local.dynamodb.in_moto import table_called
from local.runtime.aws import REGION
from local.show.simulators.web import WebResponse
from tests.e2e.conftest import OpenTown, Town
from tests.support.ledger_tables import table_properties

SENT, BUSY = "12025550100", "12025550001"
TABLE, BACKUP = "faxledger-Table", "faxledger-restored"
DOCUMENT = {"type": "application/pdf", "content": b64encode(b"%PDF-1.4 a letter").decode()}


def back_up(town: Town) -> None:
    """As point-in-time recovery does: the items and indexes in a table of another name, without a stream."""
    client = town.bundle.aws.client("dynamodb")
    taken = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName=BACKUP, **{name: table_properties()[name] for name in taken})
    for page in client.get_paginator("scan").paginate(TableName=TABLE):
        for item in page["Items"]:
            client.put_item(TableName=BACKUP, Item=item)


def lose(town: Town) -> datetime:
    """All that is in the table, claims and cursors too; the moment."""
    table_called(TABLE).clear()
    return town.clock.now()


def deploy(town: Town, tell_from: datetime) -> None:
    for function in town.bundle.functions.values():
        if "TELL_FROM" in function.plan.environment:
            cast("dict[str, str]", function.plan.environment)["TELL_FROM"] = tell_from.isoformat()
    town.bundle.redeploy()


def put_back(town: Town, lost_at: datetime) -> None:
    session = boto3.Session("local", "local", region_name=REGION)
    lost = LostLedger.on_this_machine(session, town.bundle.aws_url)
    restore(Backup(lost.dynamodb, BACKUP), lost, lost_at=lost_at, now=town.clock.now())
    town.bundle.look()


def traffic(town: Town) -> None:
    """Of each kind one that goes well and one that fails."""
    for number in (SENT, BUSY):
        town.softlinx.send(number)
        town.softlinx.receive(number, breaks_off=number == BUSY)
        town.greenfax.send(number)
        town.greenfax.receive(number)


def order(town: Town, key: str, number: str = SENT, **more: Any) -> str:
    body = {"provider": "softlinx", "recipients": [{"number": number}], "documents": [DOCUMENT], **more}
    answer = town.post("/faxes", body, key)
    assert answer.status_code == 202, answer.text
    submission: str = answer.json()["submissions"][0]["id"]
    return submission


@contextmanager
def under_way(town: Town) -> Iterator[None]:
    """In the block nothing is sent, and no webhook taken: both come again after it."""

    def failing(_: Any) -> Any:
        raise RuntimeError("of the test")

    send = town.bundle.functions["SendFax"]
    healthy, send.around = send.around, failing
    town.receiver.behaviour = lambda _request, _now: WebResponse(500, b"")
    try:
        yield
    finally:
        send.around = healthy
        town.receiver.behaviour = lambda _request, _now: None


def told(town: Town) -> Counter[tuple[str, str, str]]:
    """How often each address was told of each event of each fax."""
    return Counter(
        (attempt.path, attempt.document["data"]["fax_id"], attempt.document["type"])
        for attempt in town.receiver.attempts()
        if attempt.answered is not None and attempt.answered < 300
    )


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    town = open_town(parameters={"GreenFaxAllowance": "shared"})
    town.bundle.tell(town.receiver.url + "/everything")
    return town


def test_after_a_loss_nothing_is_told_or_sent_twice_and_nothing_is_missing(town: Town) -> None:
    traffic(town)
    town.wait(minutes=20)
    amended = next(iter(id_ for id_, fax in town.faxes().items() if fax.first_status is Status.FAILED))
    body = {"status": "sent", "because": "The clinic has it."}
    assert town.post(f"/faxes/{amended}/amendments", body, "one").status_code == 201

    # What is under way at the backup comes to its end behind it.
    with under_way(town):
        submission = order(town, "one-of-the-drill")
        traffic(town)
        town.wait(minutes=4)
        back_up(town)
    traffic(town)
    town.wait(minutes=75)
    before, everything = told(town), set(town.faxes())
    assert len(before) > len(everything)

    traffic(town)
    lost_at = lose(town)
    town.wait(minutes=1)
    deploy(town, lost_at)
    put_back(town, lost_at)
    assert order(town, "one-of-the-drill") == submission
    town.wait(minutes=150)

    faxes = town.faxes()
    assert everything <= set(faxes)
    assert len(faxes) == len(town.simulation.jobs())
    assert [id_ for id_, fax in faxes.items() if not fax.is_settled] == []
    assert faxes[amended].amended_status is Status.SENT
    assert told(town).keys() > before.keys()
    assert [one for one, times in told(town).items() if times > 1] == []
    # Whether these were delivered after the backup, nobody knows any more.
    left = town.get("/deliveries").json()["deliveries"]
    assert left
    assert all("restored" in one["problem"] for one in left)
    # A person who has asked can have them made.
    assert main(["redrive", "notify", "--aws-url", town.bundle.aws_url]) == 0
    town.wait(minutes=5)
    assert town.get("/deliveries").json()["deliveries"] == []
    assert set(Counter(event["detail"]["event_id"] for event in town.events.heard()).values()) == {1}
    assert len(town.softlinx.sends()) == 1
    asked_at = [request.at for request in town.greenfax.feed_requests()]
    assert min(later - earlier for earlier, later in pairwise(asked_at)) >= timedelta(minutes=20)


def test_the_command_puts_back_what_is_missing_and_leaves_what_is_there(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    traffic(town)
    town.wait(minutes=15)
    back_up(town)
    known = sorted(town.faxes())
    client = town.bundle.aws.client("dynamodb")
    for fax in known[1:]:
        client.delete_item(TableName=TABLE, Key=keys.of_fax(FaxId.parse(fax)))
    changed = {"Key": keys.of_fax(FaxId.parse(known[0])), "TableName": TABLE}
    client.update_item(
        **changed,
        UpdateExpression="SET note_of_the_test = :x",
        ExpressionAttributeValues={":x": {"S": "later"}},
    )
    feed = {"TableName": TABLE, "Key": keys.primary("CURSOR", "greenfax-outbound")}
    revision = client.get_item(**feed)["Item"]["revision"]
    client.update_item(
        **feed, UpdateExpression="SET revision = :x", ExpressionAttributeValues={":x": {"N": "1000"}}
    )
    ordered = ["--from-table", BACKUP, "--lost-at", "2026-11-23T13:15:00Z", "--aws-url", town.bundle.aws_url]

    assert main(["restore", *ordered, "--count"]) == 0
    assert f"fax {len(known):>18}" in capsys.readouterr().out
    assert sorted(town.faxes()) == known[:1]
    assert main(["restore", *ordered]) == 0
    assert f"{len(known) - 1} put back, 1 were there already" in capsys.readouterr().out
    assert sorted(town.faxes()) == known
    assert client.get_item(**changed)["Item"]["note_of_the_test"] == {"S": "later"}
    # Read on from where the backup was, or what came since would never be found.
    assert client.get_item(**feed)["Item"]["revision"] == revision
    assert main(["restore", *ordered]) == 0
    assert f"0 put back, {len(known)} were there already" in capsys.readouterr().out


@mock_aws
@pytest.mark.parametrize("tell_from", ["", "2026-01-01", "2026-11-23T14:05:00Z"])
def test_a_stack_that_would_tell_again_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tell_from: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    taken = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    properties = {name: table_properties()[name] for name in taken}
    resources = {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties},
        "Documents": {"Type": "AWS::S3::Bucket"},
        "NotifyDeadLetters": {"Type": "AWS::SQS::Queue"},
    }
    boto3.client("cloudformation").create_stack(
        StackName="faxledger",
        TemplateBody=json.dumps(
            {"Parameters": {"TellFrom": {"Type": "String", "Default": tell_from}}, "Resources": resources}
        ),
        Parameters=[{"ParameterKey": "TellFrom", "ParameterValue": tell_from}],
    )
    boto3.client("dynamodb").create_table(TableName=BACKUP, **properties)
    # A table that was made after the loss has no older news.
    later = "2999-01-01T00:00:00Z" if tell_from == "" else "2026-11-23T14:05:01Z"
    assert main(["restore", "--from-table", BACKUP, "--lost-at", later]) == 2
    assert f"deploy with TellFrom={later} first" in capsys.readouterr().err
    earlier = "2026-11-23T14:05:00Z"
    assert main(["restore", "--from-table", BACKUP, "--lost-at", earlier]) == (
        2 if "01-01" in tell_from else 0
    )
