"""Which calls of AWS each resource of the templates becomes: what CloudFormation's handlers do for them.

A property that no call takes fails, so that none is passed over.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.service_models import Call, Request
from tests.support.template import ACCOUNT, REGION

Properties = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """What Ref and GetAtt give for a resource; `properties` are those it was made with."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A type of resources.

    `create` makes one, by the name that CloudFormation gives where the template gives none; a kind without it
    is a setting of another resource. `settings` may be made again with other values. `update` stands in for
    them where a change takes other calls than the first time.
    """

    create: Callable[[str, Properties], Call] | None = None
    settings: Callable[[str, Properties], Iterator[Call]] = lambda _ref, _properties: iter(())
    update: Callable[[str, Properties], Iterator[Call]] | None = None
    delete: Callable[[str, Properties], list[Call]] = lambda _ref, _properties: []
    ref: Callable[[str, Properties, Any], str] = lambda name, _properties, _answer: name
    attributes: Callable[[str, Properties, Any], Mapping[str, str]] = lambda _ref, _properties, _answer: {}
    longest_name: int = 64


def text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))


def without(properties: Properties, *names: str) -> Properties:
    return {name: value for name, value in properties.items() if name not in names}


def only(properties: Properties, *names: str) -> Properties:
    return {name: properties[name] for name in names if name in properties}


def all_taken(known: set[str], properties: Properties) -> None:
    assert set(properties) <= known, f"no call takes {set(properties) - known}"


def tags(properties: Properties) -> Mapping[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


# --- IAM, Lambda ------------------------------------------------------------------------------------------


def create_role(name: str, p: Properties) -> Call:
    trusted = text(p["AssumeRolePolicyDocument"])
    return "iam:CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trusted} | without(
        p, "AssumeRolePolicyDocument", "Policies"
    )


def role_policies(ref: str, p: Properties) -> Iterator[Call]:
    for policy in p["Policies"]:
        document = {"Version": "2012-10-17"} | policy["PolicyDocument"]
        yield (
            "iam:PutRolePolicy",
            {"RoleName": ref, "PolicyName": policy["PolicyName"], "PolicyDocument": text(document)},
        )


def change_role(ref: str, p: Properties) -> Iterator[Call]:
    trusted = text(p["AssumeRolePolicyDocument"])
    yield "iam:UpdateAssumeRolePolicy", {"RoleName": ref, "PolicyDocument": trusted}
    yield from role_policies(ref, p)


def delete_role(ref: str, p: Properties) -> list[Call]:
    names = [{"RoleName": ref, "PolicyName": policy["PolicyName"]} for policy in p["Policies"]]
    return [*(("iam:DeleteRolePolicy", name) for name in names), ("iam:DeleteRole", {"RoleName": ref})]


ROLE = Kind(
    create=create_role,
    settings=role_policies,
    update=change_role,
    delete=delete_role,
    attributes=lambda _ref, _p, answer: {"Arn": answer["Role"]["Arn"], "RoleId": answer["Role"]["RoleId"]},
)


def create_function(name: str, p: Properties) -> Call:
    request = {"FunctionName": name, **without(p, "Tags", "ReservedConcurrentExecutions")}
    return "lambda:CreateFunction", {**request, "Tags": tags(p)}


def concurrency(ref: str, p: Properties) -> Iterator[Call]:
    if "ReservedConcurrentExecutions" in p:
        yield "lambda:PutFunctionConcurrency", {"FunctionName": ref} | only(p, "ReservedConcurrentExecutions")


def change_function(ref: str, p: Properties) -> Iterator[Call]:
    configuration = without(p, "Code", "Architectures", "Tags", "ReservedConcurrentExecutions")
    yield "lambda:UpdateFunctionConfiguration", {"FunctionName": ref, **configuration}
    yield from concurrency(ref, p)


FUNCTION = Kind(
    create=create_function,
    settings=concurrency,
    update=change_function,
    delete=lambda ref, _: [("lambda:DeleteFunction", {"FunctionName": ref})],
    attributes=lambda _ref, _p, answer: {"Arn": answer["FunctionArn"]},
)

LAYER = Kind(
    create=lambda _, p: ("lambda:PublishLayerVersion", p),
    delete=lambda ref, p: [
        ("lambda:DeleteLayerVersion", {**only(p, "LayerName"), "VersionNumber": ref.rpartition(":")[2]})
    ],
    ref=lambda _name, _p, answer: str(answer["LayerVersionArn"]),
)

VERSION = Kind(
    create=lambda _, p: ("lambda:PublishVersion", p),
    ref=lambda _name, _p, answer: f"{unqualified(answer['FunctionArn'])}:{answer['Version']}",
    attributes=lambda _ref, _p, answer: {"Version": answer["Version"]},
)


def unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


ALIAS = Kind(
    create=lambda _, p: ("lambda:CreateAlias", p),
    update=lambda _, p: iter([("lambda:UpdateAlias", p)]),
    delete=lambda _, p: [("lambda:DeleteAlias", only(p, "FunctionName", "Name"))],
    ref=lambda _name, _p, answer: str(answer["AliasArn"]),
)


def named_function(p: Properties) -> Request:
    function = str(p["FunctionName"])
    if function.count(":") != 7:  # an alias's ARN has one part more than a function's
        return {"FunctionName": function}
    return {"FunctionName": unqualified(function), "Qualifier": function.rpartition(":")[2]}


PERMISSION = Kind(
    settings=lambda ref, p: iter([("lambda:AddPermission", {**p, **named_function(p), "StatementId": ref})]),
    delete=lambda ref, p: [("lambda:RemovePermission", {**named_function(p), "StatementId": ref})],
)

MAPPING = Kind(
    create=lambda _, p: ("lambda:CreateEventSourceMapping", p),
    update=lambda ref, p: iter(
        [
            (
                "lambda:UpdateEventSourceMapping",
                {"UUID": ref, **without(p, "EventSourceArn", "StartingPosition")},
            )
        ]
    ),
    delete=lambda ref, _: [("lambda:DeleteEventSourceMapping", {"UUID": ref})],
    ref=lambda _name, _p, answer: str(answer["UUID"]),
)

INVOKE_CONFIG = Kind(
    settings=lambda _, p: iter([("lambda:PutFunctionEventInvokeConfig", p)]),
    delete=lambda _, p: [("lambda:DeleteFunctionEventInvokeConfig", only(p, "FunctionName", "Qualifier"))],
)

# --- DynamoDB, SQS, S3, Secrets Manager, logs -------------------------------------------------------------


TAKEN_BY_TABLE = {
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
}


def create_table(name: str, p: Properties) -> Call:
    sse = p["SSESpecification"]
    encrypted = {"Enabled": sse["SSEEnabled"]} | only(sse, "SSEType")
    if "KMSMasterKeyId" in sse:
        encrypted["KMSMasterKeyId"] = sse["KMSMasterKeyId"]
    return "dynamodb:CreateTable", {
        "TableName": name,
        **only(p, *TAKEN_BY_TABLE),
        "SSESpecification": encrypted,
        "StreamSpecification": {"StreamEnabled": True, **p["StreamSpecification"]},
    }


def table_settings(ref: str, p: Properties) -> Iterator[Call]:
    table = {"TableName": ref}
    set_here = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification"}
    all_taken({"SSESpecification", "StreamSpecification"} | TAKEN_BY_TABLE | set_here, p)
    yield "dynamodb:UpdateTimeToLive", table | only(p, "TimeToLiveSpecification")
    yield "dynamodb:UpdateContinuousBackups", table | only(p, "PointInTimeRecoverySpecification")


TABLE = Kind(
    create=create_table,
    settings=table_settings,
    update=lambda ref, p: iter(
        [("dynamodb:UpdateTable", {"TableName": ref} | only(p, "DeletionProtectionEnabled"))]
    ),
    delete=lambda ref, _: [("dynamodb:DeleteTable", {"TableName": ref})],
    attributes=lambda _ref, _p, answer: {
        "Arn": answer["TableDescription"]["TableArn"],
        "StreamArn": answer["TableDescription"]["LatestStreamArn"],
    },
    longest_name=255,
)


def queue_attributes(p: Properties) -> Mapping[str, str]:
    return {name: text(value) if isinstance(value, dict) else value for name, value in p.items()}


QUEUE = Kind(
    create=lambda name, p: ("sqs:CreateQueue", {"QueueName": name, "Attributes": queue_attributes(p)}),
    update=lambda ref, p: iter(
        [("sqs:SetQueueAttributes", {"QueueUrl": ref, "Attributes": queue_attributes(p)})]
    ),
    delete=lambda ref, _: [("sqs:DeleteQueue", {"QueueUrl": ref})],
    ref=lambda _name, _p, answer: str(answer["QueueUrl"]),
    attributes=lambda ref, _p, _answer: {
        "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{ref.rpartition('/')[2]}",
        "QueueName": ref.rpartition("/")[2],
    },
    longest_name=80,
)


def queue_policies(_: str, p: Properties) -> Iterator[Call]:
    for queue in p["Queues"]:
        yield (
            "sqs:SetQueueAttributes",
            {"QueueUrl": queue, "Attributes": {"Policy": text(p["PolicyDocument"])}},
        )


QUEUE_POLICY = Kind(
    settings=queue_policies,
    delete=lambda _, p: [
        ("sqs:SetQueueAttributes", {"QueueUrl": queue, "Attributes": {"Policy": ""}}) for queue in p["Queues"]
    ],
)


def bucket_settings(ref: str, p: Properties) -> Iterator[Call]:
    bucket = {"Bucket": ref}
    rules = [
        {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
        | only(rule, "BucketKeyEnabled")
        for rule in p["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    ]
    yield "s3:PutBucketEncryption", {**bucket, "ServerSideEncryptionConfiguration": {"Rules": rules}}
    yield "s3:PutPublicAccessBlock", bucket | only(p, "PublicAccessBlockConfiguration")
    yield "s3:PutBucketOwnershipControls", bucket | only(p, "OwnershipControls")
    expiry = [
        {
            "ID": rule["Id"],
            "Status": rule["Status"],
            "Filter": {"Prefix": rule.get("Prefix", "")},
            **only(rule, "NoncurrentVersionExpiration"),
            **({"Expiration": {"Days": rule["ExpirationInDays"]}} if "ExpirationInDays" in rule else {}),
            **(
                {"Expiration": only(rule, "ExpiredObjectDeleteMarker")}
                if "ExpiredObjectDeleteMarker" in rule
                else {}
            ),
        }
        for rule in p.get("LifecycleConfiguration", {"Rules": []})["Rules"]
    ]
    if expiry:
        yield "s3:PutBucketLifecycleConfiguration", {**bucket, "LifecycleConfiguration": {"Rules": expiry}}
    if "VersioningConfiguration" in p:
        yield "s3:PutBucketVersioning", bucket | only(p, "VersioningConfiguration")
    if logged := p.get("LoggingConfiguration"):
        all_taken({"DestinationBucketName", "LogFilePrefix"}, logged)
        place = {"TargetBucket": logged["DestinationBucketName"], "TargetPrefix": logged["LogFilePrefix"]}
        yield "s3:PutBucketLogging", {**bucket, "BucketLoggingStatus": {"LoggingEnabled": place}}
    if locked := p.get("ObjectLockConfiguration"):
        yield "s3:PutObjectLockConfiguration", {**bucket, "ObjectLockConfiguration": locked}
    others = {
        "ObjectLockEnabled",
        "ObjectLockConfiguration",
        "LoggingConfiguration",
        "OwnershipControls",
        "PublicAccessBlockConfiguration",
    }
    all_taken({"BucketEncryption", "LifecycleConfiguration", "VersioningConfiguration"} | others, p)


BUCKET = Kind(
    create=lambda name, p: (
        "s3:CreateBucket",
        {
            "Bucket": name.lower(),
            "CreateBucketConfiguration": {"LocationConstraint": REGION},
            **({"ObjectLockEnabledForBucket": True} if p.get("ObjectLockEnabled") else {}),
        },
    ),
    settings=bucket_settings,
    delete=lambda ref, _: [("s3:DeleteBucket", {"Bucket": ref})],
    ref=lambda name, _p, _answer: name.lower(),
    attributes=lambda ref, _p, _answer: {"Arn": f"arn:aws:s3:::{ref}"},
    longest_name=63,
)

BUCKET_POLICY = Kind(
    settings=lambda _, p: iter(
        [("s3:PutBucketPolicy", {"Bucket": p["Bucket"], "Policy": text(p["PolicyDocument"])})]
    ),
    delete=lambda _, p: [("s3:DeleteBucketPolicy", only(p, "Bucket"))],
)


def create_secret(name: str, p: Properties) -> Call:
    # CloudFormation asks Secrets Manager for a random one; what it says is of no matter here.
    made_up = {"SecretString": "x" * p.get("GenerateSecretString", {}).get("PasswordLength", 0)}
    return "secretsmanager:CreateSecret", {"Name": name} | made_up | without(p, "GenerateSecretString")


SECRET = Kind(
    create=create_secret,
    update=lambda ref, p: iter(
        [("secretsmanager:UpdateSecret", {"SecretId": ref} | only(p, "Description", "KmsKeyId"))]
    ),
    delete=lambda ref, _: [("secretsmanager:DeleteSecret", {"SecretId": ref})],
    ref=lambda _name, _p, answer: str(answer["ARN"]),
    longest_name=255,
)


def create_log_group(name: str, p: Properties) -> Call:
    all_taken({"KmsKeyId", "LogGroupName", "RetentionInDays"}, p)
    key = {"kmsKeyId": p["KmsKeyId"]} if "KmsKeyId" in p else {}
    return "logs:CreateLogGroup", {"logGroupName": p.get("LogGroupName", name)} | key


LOG_GROUP = Kind(
    create=create_log_group,
    settings=lambda ref, p: iter(
        [("logs:PutRetentionPolicy", {"logGroupName": ref, "retentionInDays": p["RetentionInDays"]})]
    ),
    delete=lambda ref, _: [("logs:DeleteLogGroup", {"logGroupName": ref})],
    ref=lambda name, p, _: str(p.get("LogGroupName", name)),
    attributes=lambda ref, _p, _answer: {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{ref}:*"},
    longest_name=255,
)

# --- EventBridge, SES -------------------------------------------------------------------------------------

BUS = Kind(
    create=lambda _, p: ("events:CreateEventBus", p),
    delete=lambda ref, _: [("events:DeleteEventBus", {"Name": ref})],
    ref=lambda _name, p, _answer: str(p["Name"]),
    attributes=lambda _ref, _p, answer: {"Arn": answer["EventBusArn"]},
)

ARCHIVE = Kind(
    create=lambda name, p: (
        "events:CreateArchive",
        {"ArchiveName": name, "EventSourceArn": p["SourceArn"], **without(p, "SourceArn")},
    ),
    update=lambda ref, p: iter([("events:UpdateArchive", {"ArchiveName": ref, **without(p, "SourceArn")})]),
    delete=lambda ref, _: [("events:DeleteArchive", {"ArchiveName": ref})],
    longest_name=48,
)


def of_bus(p: Properties) -> Properties:
    return only(p, "EventBusName")


def put_targets(ref: str, p: Properties) -> Iterator[Call]:
    name = ref.rpartition("|")[2]
    yield (
        "events:PutRule",
        {"Name": name, "EventPattern": text(p["EventPattern"]), **without(p, "EventPattern", "Targets")},
    )
    yield "events:PutTargets", {"Rule": name, **of_bus(p), "Targets": p["Targets"]}


def delete_rule(ref: str, p: Properties) -> list[Call]:
    name, targets = ref.rpartition("|")[2], [target["Id"] for target in p["Targets"]]
    return [
        ("events:RemoveTargets", {"Rule": name, **of_bus(p), "Ids": targets}),
        ("events:DeleteRule", {"Name": name, **of_bus(p)}),
    ]


RULE = Kind(
    settings=put_targets,
    delete=delete_rule,
    # For a rule of another bus than the default one Ref is both names.
    ref=lambda name, p, _: f"{p['EventBusName']}|{name}" if "EventBusName" in p else name,
    attributes=lambda ref, _p, _answer: {
        "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{ref.replace('|', '/')}"
    },
)

SCHEDULE = Kind(
    create=lambda name, p: ("scheduler:CreateSchedule", {"Name": name, **p}),
    update=lambda ref, p: iter([("scheduler:UpdateSchedule", {"Name": ref, **p})]),
    delete=lambda ref, _: [("scheduler:DeleteSchedule", {"Name": ref})],
)

RECEIPT_RULE = Kind(
    create=lambda _, p: ("ses:CreateReceiptRule", p),
    update=lambda _, p: iter([("ses:UpdateReceiptRule", p)]),
    delete=lambda ref, p: [("ses:DeleteReceiptRule", {"RuleName": ref} | only(p, "RuleSetName"))],
    ref=lambda _name, p, _answer: str(p["Rule"]["Name"]),
)

CONFIGURATION_SET = Kind(
    create=lambda name, p: ("sesv2:CreateConfigurationSet", {"ConfigurationSetName": name, **p}),
    delete=lambda ref, _: [("sesv2:DeleteConfigurationSet", {"ConfigurationSetName": ref})],
)


def create_event_destination(name: str, p: Properties) -> Call:
    wanted = p["EventDestination"]
    # The second version of SES's API writes the names of events in capitals.
    events = {"renderingFailure": "RENDERING_FAILURE"}
    types = [events.get(event, event.upper()) for event in wanted["MatchingEventTypes"]]
    return "sesv2:CreateConfigurationSetEventDestination", {
        "ConfigurationSetName": p["ConfigurationSetName"],
        "EventDestinationName": name,
        "EventDestination": wanted | {"MatchingEventTypes": types},
    }


EVENT_DESTINATION = Kind(
    create=create_event_destination,
    delete=lambda ref, p: [
        (
            "sesv2:DeleteConfigurationSetEventDestination",
            {**only(p, "ConfigurationSetName"), "EventDestinationName": ref},
        )
    ],
)

# --- API Gateway ------------------------------------------------------------------------------------------

# CloudFormation imports an API that has a body. moto can only do so into one that is there.
API = Kind(
    create=lambda _, p: (
        "apigatewayv2:CreateApi",
        {"Name": p["Body"]["info"]["title"], "ProtocolType": "HTTP"},
    ),
    settings=lambda ref, p: iter([("apigatewayv2:ReimportApi", {"ApiId": ref, "Body": text(p["Body"])})]),
    delete=lambda ref, _: [("apigatewayv2:DeleteApi", {"ApiId": ref})],
    ref=lambda _name, _p, answer: str(answer["ApiId"]),
    attributes=lambda _ref, _p, answer: {"ApiEndpoint": answer["ApiEndpoint"]},
)

STAGE = Kind(
    create=lambda _, p: ("apigatewayv2:CreateStage", p),
    update=lambda _, p: iter([("apigatewayv2:UpdateStage", without(p, "Tags"))]),
    delete=lambda ref, p: [("apigatewayv2:DeleteStage", {"StageName": ref} | only(p, "ApiId"))],
    ref=lambda _name, p, _answer: str(p["StageName"]),
)

DOMAIN = Kind(
    create=lambda _, p: ("apigatewayv2:CreateDomainName", p),
    delete=lambda ref, _: [("apigatewayv2:DeleteDomainName", {"DomainName": ref})],
    ref=lambda _name, p, _answer: str(p["DomainName"]),
    attributes=lambda _ref, _p, answer: {
        "RegionalDomainName": answer["DomainNameConfigurations"][0].get("ApiGatewayDomainName", "")
    },
)

API_MAPPING = Kind(
    create=lambda _, p: ("apigatewayv2:CreateApiMapping", p),
    delete=lambda ref, p: [("apigatewayv2:DeleteApiMapping", {"ApiMappingId": ref} | only(p, "DomainName"))],
    ref=lambda _name, _p, answer: str(answer["ApiMappingId"]),
)

SIGNING_KEY = Kind(
    create=lambda _, p: ("kms:CreateKey", without(p, "KeyPolicy")),
    settings=lambda ref, p: iter(
        [("kms:PutKeyPolicy", {"KeyId": ref, "PolicyName": "default", "Policy": text(p["KeyPolicy"])})]
    ),
    delete=lambda ref, _: [("kms:ScheduleKeyDeletion", {"KeyId": ref})],
    ref=lambda _name, _p, answer: str(answer["KeyMetadata"]["KeyId"]),
    attributes=lambda _ref, _p, answer: {"Arn": answer["KeyMetadata"]["Arn"]},
)

# --- What watches -----------------------------------------------------------------------------------------

ALARM = Kind(
    settings=lambda ref, p: iter([("cloudwatch:PutMetricAlarm", {"AlarmName": ref, **p})]),
    delete=lambda ref, _: [("cloudwatch:DeleteAlarms", {"AlarmNames": [ref]})],
    attributes=lambda ref, _p, _answer: {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{ref}"},
    longest_name=255,
)

DASHBOARD = Kind(
    settings=lambda _, p: iter([("cloudwatch:PutDashboard", p)]),
    delete=lambda ref, _: [("cloudwatch:DeleteDashboards", {"DashboardNames": [ref]})],
    ref=lambda _name, p, _answer: str(p["DashboardName"]),
)


def subscriptions(ref: str, p: Properties) -> Iterator[Call]:
    all_taken({"DisplayName", "Subscription"}, p)
    for subscription in p.get("Subscription", []):
        yield "sns:Subscribe", {"TopicArn": ref, **subscription}


TOPIC = Kind(
    create=lambda name, p: ("sns:CreateTopic", {"Name": name, "Attributes": only(p, "DisplayName")}),
    settings=subscriptions,
    delete=lambda ref, _: [("sns:DeleteTopic", {"TopicArn": ref})],
    ref=lambda _name, _p, answer: str(answer["TopicArn"]),
    longest_name=256,
)

KINDS: Mapping[str, Kind] = {
    "AWS::ApiGatewayV2::Api": API,
    "AWS::ApiGatewayV2::ApiMapping": API_MAPPING,
    "AWS::ApiGatewayV2::DomainName": DOMAIN,
    "AWS::ApiGatewayV2::Stage": STAGE,
    "AWS::CloudWatch::Alarm": ALARM,
    "AWS::CloudWatch::Dashboard": DASHBOARD,
    "AWS::DynamoDB::Table": TABLE,
    "AWS::Events::Archive": ARCHIVE,
    "AWS::Events::EventBus": BUS,
    "AWS::Events::Rule": RULE,
    "AWS::IAM::Role": ROLE,
    "AWS::KMS::Key": SIGNING_KEY,
    "AWS::Lambda::Alias": ALIAS,
    "AWS::Lambda::EventInvokeConfig": INVOKE_CONFIG,
    "AWS::Lambda::EventSourceMapping": MAPPING,
    "AWS::Lambda::Function": FUNCTION,
    "AWS::Lambda::LayerVersion": LAYER,
    "AWS::Lambda::Permission": PERMISSION,
    "AWS::Lambda::Version": VERSION,
    "AWS::Logs::LogGroup": LOG_GROUP,
    "AWS::S3::Bucket": BUCKET,
    "AWS::S3::BucketPolicy": BUCKET_POLICY,
    "AWS::SES::ConfigurationSet": CONFIGURATION_SET,
    "AWS::SES::ConfigurationSetEventDestination": EVENT_DESTINATION,
    "AWS::SES::ReceiptRule": RECEIPT_RULE,
    "AWS::SNS::Topic": TOPIC,
    "AWS::SQS::Queue": QUEUE,
    "AWS::SQS::QueuePolicy": QUEUE_POLICY,
    "AWS::Scheduler::Schedule": SCHEDULE,
    "AWS::SecretsManager::Secret": SECRET,
}
