"""What a resource is called once it is made, and what Ref and GetAtt give for it, by its type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.template import ACCOUNT
from tests.support.transformed import REGION

_MADE_UP = "-1A2B3C4D5E6F"  # what CloudFormation puts behind a name that it makes
UUID = "01234567-89ab-cdef-0123-456789abcdef"


@dataclass(frozen=True)
class Names:
    """`named_by` is the property that names such a resource. Where a template leaves it out, CloudFormation
    makes a name and cuts it to what the service takes, which is `longest`.
    """

    named_by: str = ""
    longest: int = 255
    reference: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


NAMES: Mapping[str, Names] = {
    "AWS::ApiGatewayV2::Api": Names(reference="a1b2c3d4e5"),
    "AWS::ApiGatewayV2::ApiMapping": Names(reference="a1b2c3"),
    "AWS::ApiGatewayV2::DomainName": Names(
        "DomainName", attributes={"RegionalDomainName": f"d-a1b2c3d4e5.execute-api.{REGION}.amazonaws.com"}
    ),
    "AWS::ApiGatewayV2::Stage": Names("StageName"),
    "AWS::CloudFormation::Stack": Names(
        longest=128, reference=arn("cloudformation", f"stack/{{name}}/{UUID}")
    ),
    "AWS::CloudWatch::Alarm": Names("AlarmName", attributes={"Arn": arn("cloudwatch", "alarm:{name}")}),
    "AWS::CloudWatch::Dashboard": Names("DashboardName"),
    "AWS::DynamoDB::Table": Names(
        "TableName",
        attributes={
            "Arn": arn("dynamodb", "table/{name}"),
            "StreamArn": arn("dynamodb", "table/{name}/stream/2026-11-30T08:00:00.000"),
        },
    ),
    "AWS::Events::Archive": Names("ArchiveName", 48),
    "AWS::Events::EventBus": Names("Name", attributes={"Arn": arn("events", "event-bus/{name}")}),
    "AWS::Events::Rule": Names("Name", 64, attributes={"Arn": arn("events", "rule/{name}")}),
    "AWS::IAM::Role": Names("RoleName", 64, attributes={"Arn": f"arn:aws:iam::{ACCOUNT}:role/{{name}}"}),
    "AWS::Lambda::Alias": Names(longest=64, reference=arn("lambda", "function:{name}:live")),
    "AWS::Lambda::EventInvokeConfig": Names(),
    "AWS::KMS::Key": Names(reference=UUID, attributes={"Arn": arn("kms", f"key/{UUID}")}),
    "AWS::Lambda::EventSourceMapping": Names(reference=UUID),
    "AWS::Lambda::Function": Names("FunctionName", 64, attributes={"Arn": arn("lambda", "function:{name}")}),
    "AWS::Lambda::LayerVersion": Names("LayerName", 140, reference=arn("lambda", "layer:{name}:1000")),
    "AWS::Lambda::Permission": Names(longest=100),
    "AWS::Lambda::Version": Names(
        longest=64, reference=arn("lambda", "function:{name}:1000"), attributes={"Version": "1000"}
    ),
    "AWS::Logs::LogGroup": Names("LogGroupName", 512, attributes={"Arn": arn("logs", "log-group:{name}:*")}),
    "AWS::S3::Bucket": Names("BucketName", 63, attributes={"Arn": "arn:aws:s3:::{name}"}),
    "AWS::S3::BucketPolicy": Names(),
    "AWS::SES::ConfigurationSet": Names("Name", 64),
    "AWS::SES::ConfigurationSetEventDestination": Names(longest=64),
    "AWS::SES::ReceiptRule": Names(longest=64),
    "AWS::SNS::Topic": Names("TopicName", 256, reference=arn("sns", "{name}")),
    "AWS::SQS::Queue": Names(
        "QueueName",
        80,
        reference=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}",
        attributes={"Arn": arn("sqs", "{name}"), "QueueName": "{name}"},
    ),
    "AWS::SQS::QueuePolicy": Names(),
    "AWS::Scheduler::Schedule": Names("Name", 64),
    "AWS::SecretsManager::Secret": Names(
        "Name", 512, reference=arn("secretsmanager", "secret:{name}-a1b2c3")
    ),
}


def physical_name(stack: str, logical_id: str, kind: str, properties: Mapping[str, Any]) -> str:
    """What the template calls it, else what CloudFormation would call it in a stack of this name."""
    known = NAMES[kind]
    if known.named_by in properties:
        return str(properties[known.named_by])
    room = known.longest - len(f"-{logical_id}{_MADE_UP}")
    made = f"{stack[: max(room, 1)]}-{logical_id}"[: known.longest - len(_MADE_UP)] + _MADE_UP
    return made.lower() if kind == "AWS::S3::Bucket" else made
