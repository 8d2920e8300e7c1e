"""What a resource is called once it is made, and what Ref and GetAtt give for it, by its type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.template import ACCOUNT
from tests.support.transformed import REGION

_MADE_UP = "-1A2B3C4D5E6F"  # what CloudFormation puts behind a name that it makes
UUID = "01234567-89ab-cdef-0123-456789abcdef"


@dataclass(frozen=True)
class Kind:
    """`named_by` is the property that names such a resource. Where a template leaves it out, CloudFormation
    makes a name and cuts it to what the service takes, which is `longest`.
    """

    named_by: str = ""
    longest: int = 255
    reference: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


KINDS: Mapping[str, Kind] = {
    "AWS::ApiGatewayV2::Api": Kind(reference="a1b2c3d4e5"),
    "AWS::ApiGatewayV2::ApiMapping": Kind(reference="a1b2c3"),
    "AWS::ApiGatewayV2::DomainName": Kind(
        "DomainName", attributes={"RegionalDomainName": f"d-a1b2c3d4e5.execute-api.{REGION}.amazonaws.com"}
    ),
    "AWS::ApiGatewayV2::Stage": Kind("StageName"),
    "AWS::CloudFormation::Stack": Kind(
        longest=128, reference=arn("cloudformation", f"stack/{{name}}/{UUID}")
    ),
    "AWS::CloudWatch::Alarm": Kind("AlarmName", attributes={"Arn": arn("cloudwatch", "alarm:{name}")}),
    "AWS::CloudWatch::Dashboard": Kind("DashboardName"),
    "AWS::DynamoDB::Table": Kind(
        "TableName",
        attributes={
            "Arn": arn("dynamodb", "table/{name}"),
            "StreamArn": arn("dynamodb", "table/{name}/stream/2026-11-30T08:00:00.000"),
        },
    ),
    "AWS::Events::Archive": Kind("ArchiveName", 48),
    "AWS::Events::EventBus": Kind("Name", attributes={"Arn": arn("events", "event-bus/{name}")}),
    "AWS::Events::Rule": Kind("Name", 64, attributes={"Arn": arn("events", "rule/{name}")}),
    "AWS::IAM::Role": Kind("RoleName", 64, attributes={"Arn": f"arn:aws:iam::{ACCOUNT}:role/{{name}}"}),
    "AWS::Lambda::Alias": Kind(longest=64, reference=arn("lambda", "function:{name}:live")),
    "AWS::Lambda::EventInvokeConfig": Kind(),
    "AWS::Lambda::EventSourceMapping": Kind(reference=UUID),
    "AWS::Lambda::Function": Kind("FunctionName", 64, attributes={"Arn": arn("lambda", "function:{name}")}),
    "AWS::Lambda::LayerVersion": Kind("LayerName", 140, reference=arn("lambda", "layer:{name}:1000")),
    "AWS::Lambda::Permission": Kind(longest=100),
    "AWS::Lambda::Version": Kind(
        longest=64, reference=arn("lambda", "function:{name}:1000"), attributes={"Version": "1000"}
    ),
    "AWS::Logs::LogGroup": Kind("LogGroupName", 512, attributes={"Arn": arn("logs", "log-group:{name}:*")}),
    "AWS::S3::Bucket": Kind("BucketName", 63, attributes={"Arn": "arn:aws:s3:::{name}"}),
    "AWS::S3::BucketPolicy": Kind(),
    "AWS::SES::ConfigurationSet": Kind("Name", 64),
    "AWS::SES::ConfigurationSetEventDestination": Kind(longest=64),
    "AWS::SES::ReceiptRule": Kind(longest=64),
    "AWS::SNS::Topic": Kind("TopicName", 256, reference=arn("sns", "{name}")),
    "AWS::SQS::Queue": Kind(
        "QueueName",
        80,
        reference=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}",
        attributes={"Arn": arn("sqs", "{name}"), "QueueName": "{name}"},
    ),
    "AWS::SQS::QueuePolicy": Kind(),
    "AWS::Scheduler::Schedule": Kind("Name", 64),
    "AWS::SecretsManager::Secret": Kind("Name", 512, reference=arn("secretsmanager", "secret:{name}-a1b2c3")),
}


def physical_name(stack: str, logical_id: str, kind: str, properties: Mapping[str, Any]) -> str:
    """What the template calls it, else what CloudFormation would call it in a stack of this name."""
    known = KINDS[kind]
    if known.named_by in properties:
        return str(properties[known.named_by])
    room = known.longest - len(f"-{logical_id}{_MADE_UP}")
    made = f"{stack[: max(room, 1)]}-{logical_id}"[: known.longest - len(_MADE_UP)] + _MADE_UP
    return made.lower() if kind == "AWS::S3::Bucket" else made
