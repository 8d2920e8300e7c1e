"""The calls that CloudFormation makes of a resource's properties, by its type.

Each property has to be taken, so that none is left out of what is held against the services' models.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.support.physical_names import KINDS
from tests.support.service_models import Call
from tests.support.stacks import Stack
from tests.support.transformed import Section


def calls_of(stack: Stack, logical_id: str) -> list[Call]:
    """What is called to make a resource, in the order in which it is called."""
    kind = stack.existing[logical_id]
    with _taking_all_of(stack.properties(logical_id)) as properties:
        for name in ("Tags", KINDS[kind].named_by):
            properties.pop(name, None)
        return list(CALLS[kind](properties, stack.physical_name(logical_id)))


@contextmanager
def _taking_all_of(given: Mapping[str, Any]) -> Iterator[Section]:
    left = dict(given)
    yield left
    assert not left, f"no call is known that takes {', '.join(left)}"


def _text(value: Any) -> str:
    """A document that a call takes as text."""
    return value if isinstance(value, str) else json.dumps(value)


def _rest(properties: Section) -> Section:
    """Whatever is left, which the call has under the same names."""
    left = dict(properties)
    properties.clear()
    return left


def _same(service: str, operation: str, named_as: str = "") -> Callable[[Section, str], Iterator[Call]]:
    """One call that takes the properties as they are, and the resource's name."""

    def calls(properties: Section, name: str) -> Iterator[Call]:
        yield Call(service, operation, ({named_as: name} if named_as else {}) | _rest(properties))

    return calls


# --- Functions ----------------------------------------------------------------------------------------------


def _function(properties: Section, name: str) -> Iterator[Call]:
    reserved = properties.pop("ReservedConcurrentExecutions", None)
    yield Call("lambda", "CreateFunction", {"FunctionName": name} | _rest(properties))
    if reserved is not None:
        kept = {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
        yield Call("lambda", "PutFunctionConcurrency", kept)


def _permission(properties: Section, name: str) -> Iterator[Call]:
    yield Call("lambda", "AddPermission", {"StatementId": name} | _rest(properties))


def _role(properties: Section, name: str) -> Iterator[Call]:
    policies = properties.pop("Policies", [])
    attached = properties.pop("ManagedPolicyArns", [])
    trusted = {"AssumeRolePolicyDocument": _text(properties.pop("AssumeRolePolicyDocument"))}
    yield Call("iam", "CreateRole", {"RoleName": name} | trusted | _rest(properties))
    for policy in policies:
        document = {"PolicyDocument": _text(policy["PolicyDocument"])}
        yield Call("iam", "PutRolePolicy", {"RoleName": name} | policy | document)
    for arn in attached:
        yield Call("iam", "AttachRolePolicy", {"RoleName": name, "PolicyArn": arn})


# --- What keeps something -----------------------------------------------------------------------------------


def _table(properties: Section, name: str) -> Iterator[Call]:
    expiry = properties.pop("TimeToLiveSpecification", None)
    backups = properties.pop("PointInTimeRecoverySpecification", None)
    table: Section = {"TableName": name}
    if encrypted := properties.pop("SSESpecification", None):
        table["SSESpecification"] = {
            "Enabled" if member == "SSEEnabled" else member: value for member, value in encrypted.items()
        }
    if stream := properties.pop("StreamSpecification", None):
        table["StreamSpecification"] = {"StreamEnabled": True} | stream
    yield Call("dynamodb", "CreateTable", table | _rest(properties))
    if expiry:
        yield Call("dynamodb", "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": expiry})
    if backups:
        asked = {"TableName": name, "PointInTimeRecoverySpecification": backups}
        yield Call("dynamodb", "UpdateContinuousBackups", asked)


def _bucket(properties: Section, name: str) -> Iterator[Call]:
    bucket = {"Bucket": name}
    yield Call("s3", "CreateBucket", bucket)
    if encrypted := properties.pop("BucketEncryption", None):
        rules = [
            {
                "ApplyServerSideEncryptionByDefault"
                if member == "ServerSideEncryptionByDefault"
                else member: one
                for member, one in rule.items()
            }
            for rule in encrypted["ServerSideEncryptionConfiguration"]
        ]
        asked = bucket | {"ServerSideEncryptionConfiguration": {"Rules": rules}}
        yield Call("s3", "PutBucketEncryption", asked)
    if closed := properties.pop("PublicAccessBlockConfiguration", None):
        yield Call("s3", "PutPublicAccessBlock", bucket | {"PublicAccessBlockConfiguration": closed})
    if owned := properties.pop("OwnershipControls", None):
        yield Call("s3", "PutBucketOwnershipControls", bucket | {"OwnershipControls": owned})
    if logged := properties.pop("LoggingConfiguration", None):
        yield Call("s3", "PutBucketLogging", bucket | {"BucketLoggingStatus": _logging(logged)})
    if lifecycle := properties.pop("LifecycleConfiguration", None):
        asked = bucket | {"LifecycleConfiguration": {"Rules": list(map(_lifecycle, lifecycle["Rules"]))}}
        yield Call("s3", "PutBucketLifecycleConfiguration", asked)


def _logging(logged: Section) -> Section:
    with _taking_all_of(logged) as given:
        prefix = given.pop("LogFilePrefix")
        return {
            "LoggingEnabled": {"TargetBucket": given.pop("DestinationBucketName"), "TargetPrefix": prefix}
        }


def _lifecycle(rule: Section) -> Section:
    with _taking_all_of(rule) as given:
        return {
            "ID": given.pop("Id"),
            "Status": given.pop("Status"),
            "Filter": {"Prefix": given.pop("Prefix", "")},
            "Expiration": {"Days": given.pop("ExpirationInDays")},
        }


def _bucket_policy(properties: Section, _: str) -> Iterator[Call]:
    policy = {"Policy": _text(properties.pop("PolicyDocument"))}
    yield Call("s3", "PutBucketPolicy", {"Bucket": properties.pop("Bucket")} | policy)


def _secret(properties: Section, name: str) -> Iterator[Call]:
    if made_up := properties.pop("GenerateSecretString", None):
        yield Call("secretsmanager", "GetRandomPassword", made_up)
    yield Call("secretsmanager", "CreateSecret", {"Name": name} | _rest(properties))


def _log_group(properties: Section, name: str) -> Iterator[Call]:
    days = properties.pop("RetentionInDays")
    key = {"kmsKeyId": properties.pop("KmsKeyId")} if "KmsKeyId" in properties else {}
    yield Call("logs", "CreateLogGroup", {"logGroupName": name} | key | _rest(properties))
    yield Call("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": days})


# --- Events and queues --------------------------------------------------------------------------------------


def _rule(properties: Section, name: str) -> Iterator[Call]:
    targets = properties.pop("Targets")
    bus = {"EventBusName": properties.pop("EventBusName", "default")}
    pattern = {"EventPattern": _text(properties.pop("EventPattern"))}
    yield Call("events", "PutRule", {"Name": name} | bus | pattern | _rest(properties))
    yield Call("events", "PutTargets", {"Rule": name, "Targets": targets} | bus)


def _archive(properties: Section, name: str) -> Iterator[Call]:
    source = {"EventSourceArn": properties.pop("SourceArn")}
    yield Call("events", "CreateArchive", {"ArchiveName": name} | source | _rest(properties))


def _queue(properties: Section, name: str) -> Iterator[Call]:
    attributes = {member: _text(value) for member, value in _rest(properties).items()}
    yield Call("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes})


def _queue_policy(properties: Section, _: str) -> Iterator[Call]:
    attributes = {"Policy": _text(properties.pop("PolicyDocument"))}
    for url in properties.pop("Queues"):
        yield Call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})


def _topic(properties: Section, name: str) -> Iterator[Call]:
    subscriptions = properties.pop("Subscription", [])
    yield Call("sns", "CreateTopic", {"Name": name, "Attributes": _rest(properties)})
    for one in subscriptions:
        yield Call(
            "sns", "Subscribe", {"TopicArn": KINDS["AWS::SNS::Topic"].reference.format(name=name)} | one
        )


# --- The API ------------------------------------------------------------------------------------------------


def _api(properties: Section, _: str) -> Iterator[Call]:
    body = properties.pop("Body")
    yield Call("apigatewayv2", "ImportApi", {"Body": _text(body)} | _rest(properties))
    # The import makes of the document what these calls would.
    info = {"Name": body["info"]["title"], "Description": body["info"]["description"]}
    yield Call("apigatewayv2", "CreateApi", {"ProtocolType": "HTTP"} | info)
    for path, methods in body["paths"].items():
        for method, route in methods.items():
            key = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            asked = {"ApiId": "a1b2c3d4e5", "RouteKey": f"{key} {path}"}
            yield Call("apigatewayv2", "CreateRoute", asked)
            yield Call("apigatewayv2", "CreateIntegration", _integration(route))


def _integration(route: Section) -> Section:
    with _taking_all_of(route["x-amazon-apigateway-integration"]) as given:
        return {
            "ApiId": "a1b2c3d4e5",
            "IntegrationType": given.pop("type").upper(),
            "IntegrationMethod": given.pop("httpMethod"),
            "IntegrationUri": given.pop("uri"),
            "PayloadFormatVersion": given.pop("payloadFormatVersion"),
        }


# --- Emails -------------------------------------------------------------------------------------------------


def _mailing_events(properties: Section, name: str) -> Iterator[Call]:
    with _taking_all_of(properties.pop("EventDestination")) as given:
        given.pop("Name", None)
        kinds = [_in_capitals(kind) for kind in given.pop("MatchingEventTypes")]
        destination = {"MatchingEventTypes": kinds} | _rest(given)
    asked = {"EventDestinationName": name, "EventDestination": destination}
    yield Call("sesv2", "CreateConfigurationSetEventDestination", asked | _rest(properties))


def _in_capitals(name: str) -> str:
    """`renderingFailure` as `RENDERING_FAILURE`: the name of it in SES's second version."""
    return re.sub(r"(?=[A-Z])", "_", name).upper()


# --- Stacks -------------------------------------------------------------------------------------------------


def _stack(properties: Section, name: str) -> Iterator[Call]:
    parameters = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in properties.pop("Parameters").items()
    ]
    properties.pop("TemplateURL")  # `sam deploy` puts the one of its bucket there
    url = "https://artifacts.s3.amazonaws.com/0123456789abcdef.template"
    yield Call(
        "cloudformation", "CreateStack", {"StackName": name, "TemplateURL": url, "Parameters": parameters}
    )


CALLS: Mapping[str, Callable[[Section, str], Iterator[Call]]] = {
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::ApiMapping": _same("apigatewayv2", "CreateApiMapping"),
    "AWS::ApiGatewayV2::DomainName": _same("apigatewayv2", "CreateDomainName", "DomainName"),
    "AWS::ApiGatewayV2::Stage": _same("apigatewayv2", "CreateStage", "StageName"),
    "AWS::CloudFormation::Stack": _stack,
    "AWS::CloudWatch::Alarm": _same("cloudwatch", "PutMetricAlarm", "AlarmName"),
    "AWS::CloudWatch::Dashboard": _same("cloudwatch", "PutDashboard", "DashboardName"),
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Archive": _archive,
    "AWS::Events::EventBus": _same("events", "CreateEventBus", "Name"),
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::Alias": _same("lambda", "CreateAlias"),
    "AWS::Lambda::EventInvokeConfig": _same("lambda", "PutFunctionEventInvokeConfig"),
    "AWS::Lambda::EventSourceMapping": _same("lambda", "CreateEventSourceMapping"),
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _same("lambda", "PublishLayerVersion", "LayerName"),
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::Version": _same("lambda", "PublishVersion"),
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SES::ConfigurationSet": _same("sesv2", "CreateConfigurationSet", "ConfigurationSetName"),
    "AWS::SES::ConfigurationSetEventDestination": _mailing_events,
    "AWS::SES::ReceiptRule": _same("ses", "CreateReceiptRule"),
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::Scheduler::Schedule": _same("scheduler", "CreateSchedule", "Name"),
    "AWS::SecretsManager::Secret": _secret,
}
