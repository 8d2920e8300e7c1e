"""What a service tells of what a call has made: which call looks at it, and what of the request it lacks."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.emulated.resource_calls import only
from tests.support.emulated.stacks import Account, Asked
from tests.support.service_models import Request

# What only goes in, so that nobody can see it afterwards.
UNSEEN = {
    "iam:CreateRole": {"Tags"},
    "lambda:CreateFunction": {"Code", "Tags"},
    "lambda:PublishLayerVersion": {"Content"},
    "s3:CreateBucket": {"CreateBucketConfiguration", "ObjectLockEnabledForBucket"},
    "secretsmanager:CreateSecret": {"SecretString"},
    "logs:CreateLogGroup": set[str](),
}


@dataclass(frozen=True)
class Look:
    """`ask` makes the request out of the first one and its answer; `found` picks what is to be compared."""

    operation: str
    ask: Callable[[Request, Any], Request]
    found: Callable[[Any, Request], Any] = lambda answer, _: answer


def by(*names: str) -> Callable[[Request, Any], Request]:
    return lambda request, _: only(request, *names)


def first_of(name: str) -> Callable[[Any, Request], Any]:
    return lambda answer, _: answer[name][0]


def statement(answer: Any, request: Request) -> Any:
    """A permission in the words of the request that gave it."""
    policy = json.loads(answer["Policy"])
    (found,) = (one for one in policy["Statement"] if one["Sid"] == request["StatementId"])
    conditions = {
        name.lower(): value for keys in found.get("Condition", {}).values() for name, value in keys.items()
    }
    return {
        "StatementId": found["Sid"],
        "Action": found["Action"],
        "Principal": found["Principal"]["Service"],
        "SourceArn": conditions.get("aws:sourcearn"),
        "SourceAccount": conditions.get("aws:sourceaccount"),
        **only(request, "FunctionName", "Qualifier"),
    }


def role(answer: Any, _: Request) -> Any:
    boundary = answer["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return answer["Role"] | {"PermissionsBoundary": boundary}


def function(answer: Any, _: Request) -> Any:
    return answer | {"Layers": [layer["Arn"] for layer in answer.get("Layers", [])]}


def table(answer: Any, _: Request) -> Any:
    found = answer["Table"]
    encryption = found.get("SSEDescription", {})
    sse = {
        "Enabled": encryption.get("Status") == "ENABLED",
        "SSEType": encryption.get("SSEType"),
        "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
    }
    return found | {"BillingMode": found["BillingModeSummary"]["BillingMode"], "SSESpecification": sse}


def time_to_live(answer: Any, _: Request) -> Any:
    found = answer["TimeToLiveDescription"]
    return {"TimeToLiveSpecification": found | {"Enabled": found["TimeToLiveStatus"] == "ENABLED"}}


def backups(answer: Any, _: Request) -> Any:
    recovery = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    is_enabled = recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    return {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": is_enabled}}


def routes(answer: Any, _: Request) -> Any:
    return {"Body": sorted(route["RouteKey"] for route in answer["Items"])}


def queue(answer: Any, _: Request) -> Any:
    return {**answer, "QueueName": last_of(answer["Attributes"]["QueueArn"])}


def topic(answer: Any, _: Request) -> Any:
    return {**answer, "Name": last_of(answer["Attributes"]["TopicArn"])}


def mapping(answer: Any, _: Request) -> Any:
    return {**answer, "FunctionName": last_of(answer["FunctionArn"])}


def last_of(arn: str) -> str:
    return arn.rpartition(":")[2]


QUEUE = Look(
    "sqs:GetQueueAttributes",
    lambda request, answer: {
        "QueueUrl": request.get("QueueUrl") or answer["QueueUrl"],
        "AttributeNames": ["All"],
    },
    queue,
)

LOOKS: Mapping[str, Look] = {
    "iam:CreateRole": Look("iam:GetRole", by("RoleName"), role),
    "iam:PutRolePolicy": Look("iam:GetRolePolicy", by("RoleName", "PolicyName")),
    "lambda:CreateFunction": Look("lambda:GetFunctionConfiguration", by("FunctionName"), function),
    "lambda:PutFunctionConcurrency": Look("lambda:GetFunctionConcurrency", by("FunctionName")),
    "lambda:PublishLayerVersion": Look(
        "lambda:GetLayerVersion",
        lambda request, answer: only(request, "LayerName") | {"VersionNumber": answer["Version"]},
    ),
    "lambda:PublishVersion": Look(
        "lambda:GetFunctionConfiguration",
        lambda request, answer: only(request, "FunctionName") | {"Qualifier": answer["Version"]},
    ),
    "lambda:CreateAlias": Look("lambda:GetAlias", by("FunctionName", "Name")),
    "lambda:AddPermission": Look("lambda:GetPolicy", by("FunctionName", "Qualifier"), statement),
    "lambda:CreateEventSourceMapping": Look(
        "lambda:GetEventSourceMapping", lambda _, answer: {"UUID": answer["UUID"]}, mapping
    ),
    "lambda:PutFunctionEventInvokeConfig": Look(
        "lambda:GetFunctionEventInvokeConfig", by("FunctionName", "Qualifier")
    ),
    "dynamodb:CreateTable": Look("dynamodb:DescribeTable", by("TableName"), table),
    "dynamodb:UpdateTimeToLive": Look(
        "dynamodb:DescribeTimeToLive",
        by("TableName"),
        time_to_live,
    ),
    "dynamodb:UpdateContinuousBackups": Look("dynamodb:DescribeContinuousBackups", by("TableName"), backups),
    "sqs:CreateQueue": QUEUE,
    "sqs:SetQueueAttributes": QUEUE,
    "s3:CreateBucket": Look("s3:GetBucketLocation", by("Bucket")),
    "s3:PutBucketEncryption": Look("s3:GetBucketEncryption", by("Bucket")),
    "s3:PutPublicAccessBlock": Look("s3:GetPublicAccessBlock", by("Bucket")),
    "s3:PutBucketOwnershipControls": Look("s3:GetBucketOwnershipControls", by("Bucket")),
    "s3:PutBucketLifecycleConfiguration": Look(
        "s3:GetBucketLifecycleConfiguration",
        by("Bucket"),
        lambda answer, _: {"LifecycleConfiguration": answer},
    ),
    "s3:PutBucketVersioning": Look(
        "s3:GetBucketVersioning", by("Bucket"), lambda answer, _: {"VersioningConfiguration": answer}
    ),
    "s3:PutBucketPolicy": Look("s3:GetBucketPolicy", by("Bucket")),
    "kms:CreateKey": Look(
        "kms:DescribeKey",
        lambda _, answer: {"KeyId": answer["KeyMetadata"]["KeyId"]},
        lambda answer, _: answer["KeyMetadata"],
    ),
    "kms:PutKeyPolicy": Look("kms:GetKeyPolicy", by("KeyId", "PolicyName")),
    "secretsmanager:CreateSecret": Look(
        "secretsmanager:DescribeSecret", lambda _, answer: {"SecretId": answer["ARN"]}
    ),
    "logs:CreateLogGroup": Look(
        "logs:DescribeLogGroups",
        lambda request, _: {"logGroupNamePrefix": request["logGroupName"]},
        first_of("logGroups"),
    ),
    "logs:PutRetentionPolicy": Look(
        "logs:DescribeLogGroups",
        lambda request, _: {"logGroupNamePrefix": request["logGroupName"]},
        first_of("logGroups"),
    ),
    "events:CreateEventBus": Look("events:DescribeEventBus", by("Name")),
    "events:CreateArchive": Look("events:DescribeArchive", by("ArchiveName")),
    "events:PutRule": Look("events:DescribeRule", by("Name", "EventBusName")),
    "events:PutTargets": Look("events:ListTargetsByRule", by("Rule", "EventBusName")),
    "scheduler:CreateSchedule": Look("scheduler:GetSchedule", by("Name")),
    "ses:CreateReceiptRule": Look(
        "ses:DescribeReceiptRule",
        lambda request, _: only(request, "RuleSetName") | {"RuleName": request["Rule"]["Name"]},
    ),
    "sesv2:CreateConfigurationSet": Look("sesv2:GetConfigurationSet", by("ConfigurationSetName")),
    "apigatewayv2:CreateApi": Look("apigatewayv2:GetApi", lambda _, answer: only(answer, "ApiId")),
    "apigatewayv2:ReimportApi": Look("apigatewayv2:GetRoutes", by("ApiId"), routes),
    "apigatewayv2:CreateStage": Look("apigatewayv2:GetStage", by("ApiId", "StageName")),
    "apigatewayv2:CreateDomainName": Look("apigatewayv2:GetDomainName", by("DomainName")),
    "apigatewayv2:CreateApiMapping": Look("apigatewayv2:GetApiMappings", by("DomainName"), first_of("Items")),
    "cloudwatch:PutMetricAlarm": Look(
        "cloudwatch:DescribeAlarms",
        lambda request, _: {"AlarmNames": [request["AlarmName"]]},
        first_of("MetricAlarms"),
    ),
    "cloudwatch:PutDashboard": Look("cloudwatch:GetDashboard", by("DashboardName")),
    "sns:CreateTopic": Look(
        "sns:GetTopicAttributes", lambda _, answer: {"TopicArn": answer["TopicArn"]}, topic
    ),
    "sns:Subscribe": Look("sns:ListSubscriptionsByTopic", by("TopicArn"), first_of("Subscriptions")),
}


def forgotten(account: Account, asked: Asked) -> Iterator[str]:
    """What of the request the service does not tell, as in `lambda:CreateFunction.SnapStart`."""
    operation, request = asked.call
    look = LOOKS[operation]
    sought = look.ask(request, asked.answer)
    found = look.found(account.call((look.operation, sought)), request)
    if operation == "apigatewayv2:ReimportApi":
        paths = json.loads(request["Body"])["paths"]
        request = {"Body": sorted(f"{method.upper()} {path}" for path, of in paths.items() for method in of)}
    for name, wanted in request.items():
        # By what it was looked for need not be told again.
        if (
            name not in sought
            and name not in UNSEEN.get(operation, ())
            and not holds(found.get(name), wanted)
        ):
            yield f"{operation}.{name}"


def holds(found: Any, wanted: Any) -> bool:
    """Whether everything that was wanted is there; more may be."""
    found, wanted = plain(found), plain(wanted)
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(name), one) for name, one in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(any(holds(there, one) for there in found) for one in wanted)
        )
    return bool(found == wanted or str(found).lower() == str(wanted).lower())


def plain(value: Any) -> Any:
    """A document that is written as text, as itself."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
