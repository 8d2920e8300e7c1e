"""What AWS refuses to deploy because it is too much, and no linter knows: one row for each limit.

A row measures what CloudFormation would make of the templates in every deployment that stands in
tests/support/deployments.py: under the longest name a stack may have, with parameters as long as they may be,
in all pairs of conditions. It says at which places it measured. Beside it stands an excess: a change of the
templates that goes beyond the limit, which the same measure has to see, so that no row passes because it
looks at nothing.

A name that CloudFormation makes has no row, since it is cut to what the service takes; one that the template
gives has. What botocore's service models say of the calls that the resources become is in test_api_calls.py.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.support.deployments import BOTH, NAMED, SOFTLINX, deployments, largest
from tests.support.limits import (
    Excess,
    Limit,
    Measure,
    at,
    crowd,
    number,
    of_each,
    of_each_stack,
    put,
    repeat,
    text,
)
from tests.support.physical_names import NAMES
from tests.support.stacks import Deployment, deploy
from tests.support.template import Template
from tests.support.transformed import Documents, Section, documents

WEEK, DAY, HOUR = 604_800, 86_400, 3_600

ALARM = "AWS::CloudWatch::Alarm"
API = "AWS::ApiGatewayV2::Api"
BUCKET = "AWS::S3::Bucket"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
DASHBOARD = "AWS::CloudWatch::Dashboard"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
NESTED = "AWS::CloudFormation::Stack"
PERMISSION = "AWS::Lambda::Permission"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
RECEIPT_RULE = "AWS::SES::ReceiptRule"
ROLE = "AWS::IAM::Role"
RULE = "AWS::Events::Rule"
SECRET = "AWS::SecretsManager::Secret"
STAGE = "AWS::ApiGatewayV2::Stage"
TABLE = "AWS::DynamoDB::Table"
TOPIC = "AWS::SNS::Topic"


def bytes_of(value: Any) -> int:
    """As JSON without spaces, which is how policies are counted."""
    return len(json.dumps(value, separators=(",", ":")).encode())


# --- CloudFormation ---------------------------------------------------------------------------------------

_CLOUDFORMATION = "AWS CloudFormation User Guide, Understand CloudFormation quotas"


def bytes_of_parameters(deployment: Deployment) -> Iterator[tuple[str, int]]:
    for stack in deployment.stacks():
        for name, value in stack.parameters.items():
            yield name, len((",".join(value) if isinstance(value, list) else str(value)).encode())


def lengths_of_names(deployment: Deployment) -> Iterator[tuple[str, int]]:
    for stack in deployment.stacks():
        for section in ("Parameters", "Resources", "Outputs"):
            yield from ((name, len(name)) for name in stack.document[section])


def descriptions_of_parameters(deployment: Deployment) -> Iterator[tuple[str, int]]:
    for stack in deployment.stacks():
        for name, parameter in stack.document["Parameters"].items():
            yield name, len(parameter.get("Description", "").encode())


def describe_a_parameter_at_length(templates: Documents) -> None:
    templates.bundle["Parameters"]["TimeZone"]["Description"] = "x" * 4_001


def describe_the_template_at_length(templates: Documents) -> None:
    templates.bundle["Description"] = "x" * 1_025


def name_an_output_at_length(templates: Documents) -> None:
    templates.bundle["Outputs"]["x" * 256] = {"Value": "x"}


OF_CLOUDFORMATION = [
    Limit(
        "parameters of a template",
        200,
        _CLOUDFORMATION,
        of_each_stack(lambda stack: len(stack.document["Parameters"])),
        crowd("Parameters", 200),
    ),
    Limit(
        "outputs of a template",
        200,
        _CLOUDFORMATION,
        of_each_stack(lambda stack: len(stack.document["Outputs"])),
        crowd("Outputs", 200),
    ),
    Limit(
        "mappings of a template",
        200,
        _CLOUDFORMATION,
        of_each_stack(lambda stack: len(stack.document.get("Mappings", {}))),
        lambda templates: templates.bundle.update(Mappings={f"Map{n}": {} for n in range(201)}),
    ),
    Limit(
        "resources of a template",
        500,
        _CLOUDFORMATION,
        of_each_stack(lambda stack: len(stack.document["Resources"])),
        crowd("Resources", 500),
    ),
    Limit(
        "characters of the name of a parameter, a resource or an output",
        255,
        _CLOUDFORMATION,
        lengths_of_names,
        name_an_output_at_length,
    ),
    Limit(
        "bytes of a template",
        1_000_000,
        _CLOUDFORMATION,
        of_each_stack(lambda stack: len(json.dumps(stack.document).encode())),
        put(FUNCTION, "Description", "x" * 1_000_000),
    ),
    Limit(
        "bytes of a template's description",
        1_024,
        _CLOUDFORMATION,
        of_each_stack(lambda stack: len(stack.document["Description"].encode())),
        describe_the_template_at_length,
    ),
    Limit(
        "bytes of a parameter's description",
        4_000,
        _CLOUDFORMATION,
        descriptions_of_parameters,
        describe_a_parameter_at_length,
    ),
    Limit(
        "bytes of a parameter's value",
        4_096,
        _CLOUDFORMATION,
        bytes_of_parameters,
        put(NESTED, "Parameters.Email", "x" * 4_097),
    ),
]

# --- Functions --------------------------------------------------------------------------------------------

_LAMBDA = "AWS Lambda Developer Guide, Lambda quotas"
_IAM = "AWS IAM User Guide, IAM and AWS STS quotas"


def of_each_mapping(source: str, measure: Callable[[Section], int]) -> Measure:
    """Of what polls for a function, by whether it polls `:sqs:` or a `/stream/`."""
    return lambda deployment: (
        (name, measure(made))
        for name, made in deployment.of_type(MAPPING)
        if source in made["EventSourceArn"]
    )


def seconds_over_visibility(deployment: Deployment) -> Iterator[tuple[str, int]]:
    bundle = deployment.bundle
    seconds = {
        bundle.attribute(name, "Arn"): made["VisibilityTimeout"]
        for name, made in deployment.of_type(QUEUE)
        if "VisibilityTimeout" in made
    }
    timeouts = {bundle.physical_name(name): made["Timeout"] for name, made in deployment.of_type(FUNCTION)}
    for name, made in deployment.of_type(MAPPING):
        if ":sqs:" in made["EventSourceArn"]:
            yield name, timeouts[made["FunctionName"]] - seconds[made["EventSourceArn"]]


def messages_without_a_window(mapping: Section) -> int:
    return 0 if mapping.get("MaximumBatchingWindowInSeconds") else int(mapping["BatchSize"])


def readers_of_the_stream(deployment: Deployment) -> Iterator[tuple[str, int]]:
    yield "Table", len(list(of_each_mapping("/stream/", lambda _: 1)(deployment)))


def bytes_of_permissions(deployment: Deployment) -> Iterator[tuple[str, int]]:
    """Of who may call a function: a statement for each permission, as Lambda writes it."""
    sizes: dict[str, int] = {}
    for _, made in deployment.of_type(PERMISSION):
        statement = {
            "Sid": "x" * 100,
            "Effect": "Allow",
            "Principal": {"Service": made["Principal"]},
            "Action": made["Action"],
            "Resource": "x" * 140,
            "Condition": {
                "StringEquals": {"AWS:SourceAccount": made.get("SourceAccount", "")},
                "ArnLike": {"AWS:SourceArn": made.get("SourceArn", "")},
            },
        }
        sizes[made["FunctionName"]] = sizes.get(made["FunctionName"], 0) + bytes_of(statement)
    yield from sizes.items()


def otherwise(name: str, **given: Any) -> Excess:
    """One of the bundle's resources with other properties."""

    def exceed(templates: Documents) -> None:
        templates.bundle["Resources"][name]["Properties"] |= given

    return exceed


def read_the_stream_once_more(templates: Documents) -> None:
    resources = templates.bundle["Resources"]
    resources["OnceMore"] = resources["AnnounceChanges"]


OF_FUNCTIONS = [
    text(FUNCTION, "Description", "lambda", "Description"),
    text("AWS::Lambda::Version", "Description", "lambda", "Description"),
    number(FUNCTION, "Timeout", 900, "botocore: lambda CreateFunctionRequest.Timeout"),
    number(FUNCTION, "MemorySize", 10_240, f"{_LAMBDA}: memory allocation"),
    Limit(
        "bytes of a function's environment",
        4_096,
        f"{_LAMBDA}: environment variables",
        of_each(FUNCTION, lambda function: bytes_of(function["Environment"]["Variables"])),
        put(FUNCTION, "Environment.Variables", {"TEXT": "x" * 4_096}),
    ),
    Limit(
        "layers of a function",
        5,
        f"{_LAMBDA}: function layers",
        of_each(FUNCTION, lambda function: len(function["Layers"])),
        repeat(FUNCTION, "Layers", 6),
    ),
    Limit(
        "bytes of who may call a function",
        20_480,
        f"{_LAMBDA}: resource-based policy",
        bytes_of_permissions,
        crowd("Resources", 50, like=PERMISSION),
    ),
    Limit(
        "filters of an event source mapping",
        5,
        "AWS Lambda Developer Guide, Control which events Lambda sends to your function",
        of_each_mapping("/stream/", lambda mapping: len(at("FilterCriteria.Filters")(mapping))),
        otherwise("AnnounceChanges", FilterCriteria={"Filters": [{}] * 6}),
    ),
    Limit(
        "seconds by which a function may take longer than its queue hides a message",
        0,
        "AWS Lambda Developer Guide, Creating and configuring an Amazon SQS event source mapping",
        seconds_over_visibility,
        otherwise("Notify", Timeout=900),
    ),
    Limit(
        "messages of a batch that nobody waits for",
        10,
        "botocore: lambda CreateEventSourceMappingRequest.BatchSize",
        of_each_mapping(":sqs:", messages_without_a_window),
        otherwise("NotifyMessages", BatchSize=11),
    ),
    Limit(
        "executions at once for one queue",
        1_000,
        "botocore: lambda MaximumConcurrency",
        of_each_mapping(":sqs:", lambda mapping: int(mapping["ScalingConfig"]["MaximumConcurrency"])),
        otherwise("NotifyMessages", ScalingConfig={"MaximumConcurrency": 1_001}),
    ),
    Limit(
        "readers of a table's stream",
        2,
        "Amazon DynamoDB Developer Guide, Quotas: simultaneous readers of a shard",
        readers_of_the_stream,
        read_the_stream_once_more,
    ),
    Limit(
        "characters of a role's own policies",
        10_240,
        f"{_IAM}: aggregate size of inline policies",
        of_each(ROLE, lambda role: sum(bytes_of(policy["PolicyDocument"]) for policy in role["Policies"])),
        repeat(ROLE, "Policies", 50),
    ),
    Limit(
        "characters of who may assume a role",
        2_048,
        f"{_IAM}: role trust policy length",
        of_each(ROLE, lambda role: bytes_of(role["AssumeRolePolicyDocument"])),
        put(ROLE, "AssumeRolePolicyDocument", "x" * 2_049),
    ),
]

# --- The table --------------------------------------------------------------------------------------------

_DYNAMODB = "Amazon DynamoDB Developer Guide, Quotas"


def projected(index: Section) -> int:
    return len(index["Projection"].get("NonKeyAttributes", []))


def project_much(templates: Documents) -> None:
    for index in templates.first(TABLE)["GlobalSecondaryIndexes"]:
        index["Projection"] = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["fact"] * 101}


def attributes_in_no_key(table: Section) -> int:
    keys = [table, *table["GlobalSecondaryIndexes"]]
    used = {key["AttributeName"] for keyed in keys for key in keyed["KeySchema"]}
    return len({defined["AttributeName"] for defined in table["AttributeDefinitions"]} ^ used)


OF_THE_TABLE = [
    Limit(
        "global secondary indexes of a table",
        20,
        f"{_DYNAMODB}: secondary indexes per table",
        of_each(TABLE, lambda table: len(table["GlobalSecondaryIndexes"])),
        repeat(TABLE, "GlobalSecondaryIndexes", 21),
    ),
    Limit(
        "attributes that one index projects",
        20,
        "botocore: dynamodb NonKeyAttributeNameList",
        of_each(TABLE, lambda table: max(map(projected, table["GlobalSecondaryIndexes"]))),
        project_much,
    ),
    Limit(
        "attributes that all indexes of a table project",
        100,
        "botocore: dynamodb Projection.NonKeyAttributes",
        of_each(TABLE, lambda table: sum(map(projected, table["GlobalSecondaryIndexes"]))),
        project_much,
    ),
    Limit(
        "attributes that are defined and in no key, or the other way round",
        0,
        "botocore: dynamodb CreateTableInput.AttributeDefinitions",
        of_each(TABLE, attributes_in_no_key),
        lambda templates: templates.first(TABLE)["AttributeDefinitions"].pop(),
    ),
]

# --- Events and queues ------------------------------------------------------------------------------------

_SQS = "botocore: sqs CreateQueueRequest.Attributes"


def queue_statements(measure: Callable[[Section], int]) -> Measure:
    return lambda deployment: (
        (name, measure(statement))
        for name, policy in deployment.of_type(QUEUE_POLICY)
        for statement in policy["PolicyDocument"]["Statement"]
    )


def one_policy_of_two_queues(templates: Documents) -> None:
    policy = templates.first(QUEUE_POLICY)
    policy["Queues"] *= 2
    statement = policy["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [statement["Resource"]] * 2


OF_EVENTS_AND_QUEUES = [
    text("AWS::Events::EventBus", "Name", "events", "EventBusName"),
    text("AWS::Events::EventBus", "Description", "events", "EventBusDescription"),
    text("AWS::Events::Archive", "Description", "events", "ArchiveDescription"),
    text(RULE, "Description", "events", "RuleDescription"),
    text("AWS::Scheduler::Schedule", "Description", "scheduler", "Description"),
    Limit(
        "characters of a rule's pattern",
        2_048,
        "Amazon EventBridge User Guide, Quotas: event pattern size",
        of_each(RULE, lambda rule: bytes_of(rule["EventPattern"])),
        put(RULE, "EventPattern", {"source": ["x" * 2_048]}),
    ),
    Limit(
        "targets of a rule",
        5,
        "Amazon EventBridge User Guide, Quotas: targets per rule",
        of_each(RULE, lambda rule: len(rule["Targets"])),
        repeat(RULE, "Targets", 6),
    ),
    number(QUEUE, "DelaySeconds", 900, _SQS),
    number(QUEUE, "VisibilityTimeout", 43_200, _SQS),
    number(QUEUE, "MessageRetentionPeriod", 1_209_600, _SQS),
    number(QUEUE, "RedrivePolicy.maxReceiveCount", 1_000, "Amazon SQS Developer Guide, Dead-letter queues"),
    Limit(
        "queues of a queue policy",
        1,
        "SQS Developer Guide 2011-10-01, Special Information for SQS Policies",
        of_each(QUEUE_POLICY, lambda policy: len(policy["Queues"])),
        one_policy_of_two_queues,
    ),
    Limit(
        "resources of a statement in a queue policy",
        1,
        "https://github.com/remind101/stacker_blueprints/pull/71: SQS took no second one",
        queue_statements(lambda one: len(one["Resource"]) if isinstance(one["Resource"], list) else 1),
        one_policy_of_two_queues,
    ),
    Limit(
        "bytes of a queue policy",
        8_192,
        "Amazon SQS Developer Guide, Amazon SQS policy quotas",
        of_each(QUEUE_POLICY, lambda policy: bytes_of(policy["PolicyDocument"])),
        put(QUEUE_POLICY, "PolicyDocument.Id", "x" * 8_192),
    ),
]

# --- The API ----------------------------------------------------------------------------------------------

_GATEWAY = "Amazon API Gateway Developer Guide, Quotas: throttle quota per account, per Region"
_HTTP_API = "Amazon API Gateway Developer Guide, Quotas for configuring and running an HTTP API"


def routes(api: Section) -> int:
    return sum(map(len, api["Body"]["paths"].values()))


OF_THE_API = [
    number(STAGE, "DefaultRouteSettings.ThrottlingRateLimit", 10_000, _GATEWAY),
    number(STAGE, "DefaultRouteSettings.ThrottlingBurstLimit", 5_000, _GATEWAY),
    Limit(
        "routes of an API, and integrations",
        300,
        _HTTP_API,
        of_each(API, routes),
        put(API, "Body.paths", {f"/faxes/{n}": {"get": {}} for n in range(301)}),
    ),
    Limit(
        "bytes of the format of an access log",
        3_072,
        f"{_HTTP_API}: access log template size",
        of_each(STAGE, lambda stage: len(stage["AccessLogSettings"]["Format"])),
        put(STAGE, "AccessLogSettings.Format", "x" * 3_073),
    ),
]

# --- Secrets, buckets, emails, logs -----------------------------------------------------------------------

_RECEIVING = "Amazon SES Developer Guide, Service quotas in Amazon SES: email receiving quotas"

OF_THE_REST = [
    text(SECRET, "Description", "secretsmanager", "DescriptionType"),
    text("AWS::Logs::LogGroup", "LogGroupName", "logs", "LogGroupName"),
    Limit(
        "bytes of a bucket's policy",
        20_480,
        "Amazon S3 User Guide, Policies and permissions in Amazon S3: bucket policies",
        of_each(BUCKET_POLICY, lambda policy: bytes_of(policy["PolicyDocument"])),
        put(BUCKET_POLICY, "PolicyDocument.Id", "x" * 20_480),
    ),
    Limit(
        "lifecycle rules of a bucket",
        1_000,
        "Amazon S3 User Guide, Setting an S3 Lifecycle configuration on a bucket",
        of_each(BUCKET, lambda bucket: len(bucket.get("LifecycleConfiguration", {}).get("Rules", []))),
        repeat(BUCKET, "LifecycleConfiguration.Rules", 1_001),
    ),
    Limit(
        "length of the name of a receipt rule",
        64,
        "botocore: ses ReceiptRule.Name",
        of_each(RECEIPT_RULE, lambda made: len(made["Rule"]["Name"])),
        put(RECEIPT_RULE, "Rule.Name", {"Fn::Sub": "${AWS::StackName}-status-emails"}),
    ),
    Limit(
        "recipients of a receipt rule",
        100,
        _RECEIVING,
        of_each(RECEIPT_RULE, lambda made: len(made["Rule"]["Recipients"])),
        repeat(RECEIPT_RULE, "Rule.Recipients", 101),
    ),
    Limit(
        "actions of a receipt rule",
        10,
        _RECEIVING,
        of_each(RECEIPT_RULE, lambda made: len(made["Rule"]["Actions"])),
        repeat(RECEIPT_RULE, "Rule.Actions", 11),
    ),
    Limit(
        "length of the name that a topic shows",
        100,
        "botocore: sns CreateTopicInput.Attributes",
        of_each(TOPIC, lambda topic: len(topic["DisplayName"])),
        put(TOPIC, "DisplayName", "x" * 101),
    ),
]

# --- What watches it --------------------------------------------------------------------------------------

_QUERIES = "botocore: cloudwatch MetricDataQuery"
_CLOUDWATCH = "Amazon CloudWatch User Guide, CloudWatch service quotas"


def seconds_evaluated(least: int, below: float) -> Measure:
    """Of the alarms whose period is in a span."""

    def measured(deployment: Deployment) -> Iterator[tuple[str, int]]:
        for name, alarm in deployment.of_type(ALARM):
            queries = alarm.get("Metrics", [{"MetricStat": alarm}])
            period = max(query["MetricStat"]["Period"] for query in queries if "MetricStat" in query)
            if least <= period < below:
                yield name, period * alarm["EvaluationPeriods"]

    return measured


def evaluate_longer(alarm: str) -> Excess:
    def exceed(templates: Documents) -> None:
        templates.monitoring["Resources"][alarm]["Properties"]["EvaluationPeriods"] = 24 * 12 * 7 + 1

    return exceed


def widgets(dashboard: Section) -> list[Section]:
    found: list[Section] = json.loads(dashboard["DashboardBody"])["widgets"]
    return found


def most_of_a_widget(what: str) -> Callable[[Section], int]:
    return lambda dashboard: max(len(widget["properties"].get(what, [])) for widget in widgets(dashboard))


def show(times: int, *, widget: Section) -> Excess:
    return put(DASHBOARD, "DashboardBody", json.dumps({"widgets": [widget] * times}))


OF_MONITORING = [
    text(ALARM, "AlarmDescription", "cloudwatch", "AlarmDescription"),
    Limit(
        "length of the namespace of a stack's metrics",
        255,
        "botocore: cloudwatch Namespace",
        of_each(NESTED, lambda stack: len(stack["Parameters"]["Namespace"])),
        put(NESTED, "Parameters.Namespace", {"Fn::Sub": "${AWS::StackName}/${AWS::StackName}"}),
    ),
    Limit(
        "metrics of an alarm",
        10,
        _QUERIES,
        of_each(ALARM, lambda alarm: sum("MetricStat" in query for query in alarm.get("Metrics", []))),
        lambda templates: templates.first(ALARM)["Metrics"].extend([{"MetricStat": {}}] * 10),
    ),
    Limit(
        "metrics and expressions of an alarm",
        20,
        _QUERIES,
        of_each(ALARM, lambda alarm: len(alarm.get("Metrics", []))),
        repeat(ALARM, "Metrics", 21),
    ),
    Limit(
        "seconds that an alarm with a period of an hour or more looks at",
        WEEK,
        "botocore: cloudwatch PutMetricAlarmInput.Period",
        seconds_evaluated(least=HOUR, below=float("inf")),
        evaluate_longer("NothingIsSettled"),
    ),
    Limit(
        "seconds that an alarm with a shorter period looks at",
        DAY,
        "botocore: cloudwatch PutMetricAlarmInput.Period",
        seconds_evaluated(least=0, below=HOUR),
        evaluate_longer("RunsFail"),
    ),
    Limit(
        "length of a dashboard's name",
        255,
        "Amazon CloudWatch API Reference, PutDashboard",
        of_each(DASHBOARD, lambda dashboard: len(dashboard["DashboardName"])),
        put(NESTED, "Parameters.DashboardName", {"Fn::Sub": "${AWS::StackName}-${AWS::StackName}"}),
    ),
    Limit(
        "widgets of a dashboard",
        500,
        _CLOUDWATCH,
        of_each(DASHBOARD, lambda dashboard: len(widgets(dashboard))),
        show(501, widget={"properties": {}}),
    ),
    Limit(
        "metrics of a widget",
        500,
        _CLOUDWATCH,
        of_each(DASHBOARD, most_of_a_widget("metrics")),
        show(1, widget={"properties": {"metrics": [["x"]] * 501}}),
    ),
    Limit(
        "alarms of a widget",
        100,
        "Amazon CloudWatch API Reference, Dashboard body structure: alarm widget",
        of_each(DASHBOARD, most_of_a_widget("alarms")),
        show(1, widget={"properties": {"alarms": ["x"] * 101}}),
    ),
]

LIMITS = [
    *OF_CLOUDFORMATION,
    *OF_FUNCTIONS,
    *OF_THE_TABLE,
    *OF_EVENTS_AND_QUEUES,
    *OF_THE_API,
    *OF_THE_REST,
    *OF_MONITORING,
]
each_limit = pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)


@each_limit
def test_every_deployment_keeps_to_a_limit_of_aws(limit: Limit) -> None:
    assert limit.exceeded(deployments().values()) == {}, limit.source


@each_limit
def test_an_excess_is_seen(limit: Limit) -> None:
    templates = documents().copy()
    limit.exceed(templates)
    assert limit.exceeded([deploy(largest(), templates)])


# What SAM names: a name for all stages of its kind, and a layer's versions, which stand beside each other.
NAMED_BY_SAM = {STAGE, "AWS::Lambda::LayerVersion"}


def test_what_is_not_in_the_table_is_named_by_cloudformation() -> None:
    named = {
        name
        for _, document in documents().each()
        for name, resource in document["Resources"].items()
        if resource["Type"] not in NAMED_BY_SAM
        and NAMES[resource["Type"]].named_by in resource.get("Properties", {})
    }
    assert named == {"Bus", "AccessLog", "Dashboard", "Domain"}


EVERYTHING_OF_GREENFAX = {**NAMED["faxes mailed to GreenFax"], **NAMED["status emails"]}


@pytest.mark.parametrize("parameters", [SOFTLINX, EVERYTHING_OF_GREENFAX, BOTH], ids=str)
def test_the_queues_need_no_more_executions_at_once_than_a_new_account_has(
    parameters: Mapping[str, str],
) -> None:
    """AWS Lambda Developer Guide: new accounts have reduced concurrency quotas, of 10."""
    at_once = [
        int(mapping["ScalingConfig"]["MaximumConcurrency"])
        for _, mapping in deploy(parameters).of_type(MAPPING)
        if ":sqs:" in mapping["EventSourceArn"]
    ]
    assert at_once
    assert sum(at_once) <= 10


@pytest.mark.parametrize(("kept", "functions"), [("0", set()), ("5", {"SoftlinxCallback", "GreenFaxNotify"})])
def test_concurrency_is_kept_for_callbacks_alone_and_only_where_it_is_asked_for(
    kept: str, functions: set[str]
) -> None:
    reserved = {
        name: function.get("ReservedConcurrentExecutions")
        for name, function in deploy({**BOTH, "CallbackConcurrency": kept}).of_type(FUNCTION)
    }
    assert {name for name, value in reserved.items() if value is not None} == functions


def test_a_stack_may_be_called_as_the_bus_that_every_account_has() -> None:
    template = Template({})
    template.attributes["AWS::StackName"] = "default"
    assert template.resource("Bus")["Name"] != "default"
