"""Dead letters, and the person who puts them back once the cause is mended."""

import json
import re

import boto3
import pytest
from moto import mock_aws

from cli.main import main
from faxledger.domain.report import Duty, DutyState
from local.runtime.template import read_template
from tests.e2e.conftest import OpenTown, Town, drain
from tests.support.template import ROOT


def test_a_message_put_back_is_worked_off_by_its_queue(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    fax = f"softlinx.outbound.acme.{town.softlinx.send('12025550001')}"
    town.wait(minutes=30)
    sqs = town.bundle.aws.client("sqs")
    body = json.dumps({"detail": {"fax_id": fax}})
    for _ in range(25):
        sqs.send_message(QueueUrl=town.queue_named("MarkDeadLetters"), MessageBody=body)
    redrive = ["redrive", "mark", "--aws-url", town.bundle.aws_url]

    assert main([*redrive, "--count"]) == 0
    assert re.search(r"^mark +25 dead letters, 0 put back$", capsys.readouterr().out, re.MULTILINE)
    assert main(redrive) == 0
    assert "25 put back" in capsys.readouterr().out
    town.wait(minutes=10)
    assert drain(sqs, town.queue_named("MarkDeadLetters")) == []
    assert drain(sqs, town.queue_named("MarkQueue")) == []
    assert town.faxes()[fax].duties[Duty.MARK] is DutyState.DONE


def test_every_dead_letter_queue_is_found_by_its_name(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "all", "--count", "--aws-url", town.bundle.aws_url]) == 0
    found = set(re.findall(r"^(\w+) +\d+ dead letters", capsys.readouterr().out, re.MULTILINE))
    resources = read_template(ROOT / "template.yaml").resources
    made = {name for name in resources if name.endswith("DeadLetters") and town.bundle.cloud.has(name)}
    assert found == {name.removesuffix("DeadLetters").lower() for name in made}


def test_every_queue_gets_back_what_it_had_given_up_and_nothing_else(open_town: OpenTown) -> None:
    emails = {"StatusEmailRuleSet": "inbound", "StatusEmailRecipient": "fax-status@in.clinic.example"}
    town = open_town(parameters={"GreenFaxSender": "faxes@clinic.example", **emails})
    resources = read_template(ROOT / "template.yaml").resources
    dead = [name for name, made in resources.items() if name.endswith("DeadLetters")]
    assert [name for name in dead if not town.bundle.cloud.has(name)] == []
    sqs = town.bundle.aws.client("sqs")
    for name in dead:
        for number in range(12):
            body = json.dumps({"of": name, "number": number})
            sqs.send_message(QueueUrl=town.queue_named(name), MessageBody=body)
    assert main(["redrive", "all", "--aws-url", town.bundle.aws_url]) == 0
    for name in dead:
        left = sqs.get_queue_attributes(QueueUrl=town.queue_named(name), AttributeNames=["All"])["Attributes"]
        assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"
        # Time stands still, so nobody has taken them yet.
        put_back = drain(sqs, town.queue_named(name.replace("DeadLetters", "Queue")))
        assert sorted(letter["number"] for letter in put_back) == list(range(12))
        assert {letter["of"] for letter in put_back} == {name}


@pytest.mark.parametrize("queue", ["nobody", ""])
def test_a_queue_there_is_not_is_named_with_those_there_are(
    town: Town, capsys: pytest.CaptureFixture[str], queue: str
) -> None:
    assert main(["redrive", queue, "--aws-url", town.bundle.aws_url]) == 2
    assert "mark" in capsys.readouterr().err


def test_where_nobody_listens_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["redrive", "all", "--aws-url", "http://127.0.0.1:9"]) == 2
    assert "EndpointConnectionError" in capsys.readouterr().err


@mock_aws
def test_the_queues_of_a_stack_are_found_whatever_they_are_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    stack = "s" * 128
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["MarkDeadLetters", "Arn"]}, "maxReceiveCount": 8}
    properties: dict[str, dict[str, object]] = {
        "MarkQueue": {"QueueName": "one", "RedrivePolicy": redrive},
        "MarkDeadLetters": {"QueueName": "another"},
        "NotifyDeadLetters": {"QueueName": "a-third"},
    }
    queues = {name: {"Type": "AWS::SQS::Queue", "Properties": given} for name, given in properties.items()}
    boto3.client("cloudformation").create_stack(
        StackName=stack, TemplateBody=json.dumps({"Resources": queues})
    )
    sqs = boto3.client("sqs")
    source, dead = (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in ("one", "another"))
    sqs.send_message(QueueUrl=dead, MessageBody="a mark")

    assert main(["redrive", "all", "--stack", stack]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split() for line in said] == [
        ["mark", "1", "dead", "letters,", "1", "put", "back"],
        ["notify", "0", "dead", "letters,", "0", "put", "back"],
    ]
    assert [one["Body"] for one in sqs.receive_message(QueueUrl=source)["Messages"]] == ["a mark"]


@mock_aws
def test_a_stack_there_is_not_is_said_with_how_to_find_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert main(["redrive", "all", "--stack", "another"]) == 2
    assert "ValidationError" in (said := capsys.readouterr().err)
    assert "list-stacks" in said
