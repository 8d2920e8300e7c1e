"""Makes the template's resources in moto, each when it is first referred to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from local.runtime.aws import ACCOUNT, REGION, Aws
from local.runtime.errors import CannotRun, UnknownConstruct
from local.runtime.intrinsics import Resolver
from local.runtime.template import Resource, Section, Template, reading

# Who may do what, where logs lie, how code is packed, what watches it, other names: nothing to one machine.
OF_NO_MEANING = frozenset(
    {
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::CloudFormation::Stack",
        "AWS::IAM::Role",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Serverless::LayerVersion",
    }
)
FUNCTION = "AWS::Serverless::Function"
API = "AWS::Serverless::HttpApi"
RECEIPT_RULE = "AWS::SES::ReceiptRule"


@dataclass(frozen=True, slots=True)
class Made:
    """What Ref gives for a resource, and what GetAtt gives by attribute."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Cloud:
    """The resources whose condition holds, in moto."""

    def __init__(self, aws: Aws, template: Template, resolver: Resolver, stack: str) -> None:
        self._aws = aws
        self._template = template
        self._resolver = resolver
        self._stack = stack
        self._made: dict[str, Made] = {}
        resolver.reference = lambda name: self._make(name).ref
        resolver.attribute = self._attribute

    def make_all(self) -> None:
        """Raises `UnknownConstruct` for a type or a property that the runner does not know."""
        for name, resource in self._template.resources.items():
            if resource.type in _MAKERS:
                if self.exists(resource):
                    self._make(name)
            elif resource.type not in OF_NO_MEANING | {FUNCTION}:
                raise UnknownConstruct(name, f"the type {resource.type}")

    def exists(self, resource: Resource) -> bool:
        return resource.condition is None or self._resolver.holds(resource.condition)

    def ref(self, name: str) -> str:
        return self._make(name).ref

    def has(self, name: str) -> bool:
        return name in self._made

    def names_of(self, type_: str) -> list[str]:
        """The logical ids of the resources of a type that exist."""
        return [name for name in self._made if self._template.resources[name].type == type_]

    def arn_of(self, function: str) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._stack}-{function}"

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self._template.resources[name].type
        if kind == FUNCTION and attribute == "Arn":
            return self.arn_of(name)
        if kind == "AWS::IAM::Role" and attribute == "Arn":
            # There are none: nobody here asks what a role allows.
            return f"arn:aws:iam::{ACCOUNT}:role/{self._stack}-{name}"
        try:
            return self._make(name).attributes[attribute]
        except KeyError:
            raise UnknownConstruct(name, f"its attribute {attribute}") from None

    def _make(self, name: str) -> Made:
        if name in self._made:
            return self._made[name]
        resource = self._template.resources.get(name)
        if resource is None or not self.exists(resource):
            raise CannotRun(f"template.yaml: something refers to {name}, which does not exist here")
        if resource.type not in _MAKERS:
            raise UnknownConstruct(name, f"references to a {resource.type}")
        with reading(name, resource.properties, partial(self._resolver.resolve, name)) as section:
            self._made[name] = _MAKERS[resource.type](self._aws, f"{self._stack}-{name}", section)
        return self._made[name]


def _table(aws: Aws, name: str, table: Section) -> Made:
    client = aws.client("dynamodb")
    # Restoring and encrypting: what lies in memory needs neither.
    table.pass_over("PointInTimeRecoverySpecification", "SSESpecification", "DeletionProtectionEnabled")
    expiry = table.take("TimeToLiveSpecification", None)
    stream = table.take("StreamSpecification", None)
    settings = {key: table.take(key) for key in ("BillingMode", "KeySchema", "AttributeDefinitions")}
    indexes = table.take("GlobalSecondaryIndexes", None)
    if indexes:
        settings["GlobalSecondaryIndexes"] = indexes
    if stream:
        settings["StreamSpecification"] = {"StreamEnabled": True, **stream}
    made = client.create_table(TableName=name, **settings)["TableDescription"]
    if expiry:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    aws.restore_table(name)
    return Made(name, {"Arn": made["TableArn"], "StreamArn": made.get("LatestStreamArn", "")})


def _queue(aws: Aws, name: str, queue: Section) -> Made:
    client = aws.client("sqs")
    redrive = queue.take("RedrivePolicy", None)
    attributes = {
        key: str(value)
        for key in ("VisibilityTimeout", "MessageRetentionPeriod")
        if (value := queue.take(key, None)) is not None
    }
    queue.pass_over("SqsManagedSseEnabled")
    if redrive:
        attributes["RedrivePolicy"] = json.dumps(redrive)
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    aws.restore_queue(name)
    return Made(url, {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", "QueueUrl": url, "QueueName": name})


def _bus(aws: Aws, _: str, bus: Section) -> Made:
    name = bus.take("Name")
    made = aws.client("events").create_event_bus(Name=name, Description=bus.take("Description", ""))
    return Made(name, {"Arn": made["EventBusArn"], "Name": name})


def _archive(aws: Aws, name: str, archive: Section) -> Made:
    made = aws.client("events").create_archive(
        ArchiveName=name,
        EventSourceArn=archive.take("SourceArn"),
        Description=archive.take("Description", ""),
        RetentionDays=archive.take("RetentionDays", 0),
    )
    return Made(name, {"Arn": made["ArchiveArn"]})


def _rule(aws: Aws, name: str, rule: Section) -> Made:
    client = aws.client("events")
    bus = rule.take("EventBusName", "default")
    made = client.put_rule(
        Name=name,
        EventBusName=bus,
        EventPattern=json.dumps(rule.take("EventPattern")),
        Description=rule.take("Description", ""),
        State=rule.take("State", "ENABLED"),
    )
    targets = []
    for target in rule.take("Targets"):
        with reading(f"{rule.where}.Targets", target) as one:
            targets.append({"Id": one.take("Id"), "Arn": one.take("Arn")})
            if transformer := one.take("InputTransformer", None):
                targets[-1]["InputTransformer"] = transformer
            if not targets[-1]["Arn"].startswith("arn:aws:sqs:"):
                raise UnknownConstruct(rule.where, f"the target {targets[-1]['Arn']}")
            # Delivery from moto's bus to moto's queue does not fail.
            one.pass_over("RetryPolicy", "DeadLetterConfig")
    client.put_targets(Rule=name, EventBusName=bus, Targets=targets)
    return Made(name, {"Arn": made["RuleArn"]})


def _bucket(aws: Aws, name: str, bucket: Section) -> Made:
    # Nobody else can reach what lies in memory, and nothing lies there long.
    bucket.pass_over(
        *("BucketEncryption", "PublicAccessBlockConfiguration", "OwnershipControls"),
        *("LifecycleConfiguration", "LoggingConfiguration", "VersioningConfiguration"),
        *("ObjectLockEnabled", "ObjectLockConfiguration"),
    )
    name = name.lower()
    aws.client("s3").create_bucket(Bucket=name)
    aws.restore_bucket(name)
    return Made(name, {"Arn": f"arn:aws:s3:::{name}"})


def _secret(aws: Aws, name: str, secret: Section) -> Made:
    client = aws.client("secretsmanager")
    secret.pass_over("KmsKeyId")  # what lies in memory is not encrypted
    kept = aws.kept_secret(name)
    generated = secret.take("GenerateSecretString", None)
    if generated is not None:
        with reading(f"{secret.where}.GenerateSecretString", generated) as how:
            value = client.get_random_password(
                PasswordLength=how.take("PasswordLength", 32),
                ExcludePunctuation=how.take("ExcludePunctuation", None) or False,
            )["RandomPassword"]
    else:
        value = secret.take("SecretString")
    description = secret.take("Description", "")
    made = client.create_secret(
        Name=name, SecretString=value if kept is None else kept, Description=description
    )
    return Made(made["ARN"])


def _signing_key(aws: Aws, name: str, key: Section) -> Made:
    key.pass_over("KeyPolicy")  # nobody here asks what it allows
    made = aws.client("kms").create_key(
        KeySpec=key.take("KeySpec"), KeyUsage=key.take("KeyUsage"), Description=key.take("Description", "")
    )["KeyMetadata"]
    id_ = aws.restore_signing_key(name, made["KeyId"])
    return Made(id_, {"Arn": made["Arn"].replace(made["KeyId"], id_)})


def _api(_: Aws, name: str, api: Section) -> Made:
    # Signatures are not asked for here, and moto keeps no log of accesses. `throttle.py` reads the settings,
    # `api_definition.py` the definition.
    api.pass_over("Auth", "Description", "AccessLogSettings", "DefaultRouteSettings", "DefinitionBody")
    return Made(name)


def _configuration_set(aws: Aws, name: str, configuration: Section) -> Made:
    configuration.pass_over("DeliveryOptions")  # nothing is delivered to another machine
    aws.client("sesv2").create_configuration_set(ConfigurationSetName=name)
    return Made(name)


def _event_destination(_: Aws, name: str, destination: Section) -> Made:
    # moto tells nobody what became of an email: `outbox.py` does, as this says.
    destination.pass_over("ConfigurationSetName", "EventDestination")
    return Made(name)


def _receipt_rule(_: Aws, name: str, rule: Section) -> Made:
    # Nobody mails to this machine: what comes in is handed in, and `mailbox.py` does what the rule says.
    rule.pass_over("RuleSetName", "Rule")
    return Made(name)


_MAKERS: Mapping[str, Callable[[Aws, str, Section], Made]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::SQS::Queue": _queue,
    "AWS::Events::EventBus": _bus,
    "AWS::Events::Archive": _archive,
    "AWS::Events::Rule": _rule,
    "AWS::S3::Bucket": _bucket,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::KMS::Key": _signing_key,
    RECEIPT_RULE: _receipt_rule,
    "AWS::SES::ConfigurationSet": _configuration_set,
    "AWS::SES::ConfigurationSetEventDestination": _event_destination,
    API: _api,
}
