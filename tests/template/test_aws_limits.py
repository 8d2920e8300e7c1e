"""What AWS refuses to deploy because it is too much, and no linter knows: one row for each limit.

A row measures the templates at their largest: with every condition true, and every text as long as the
stack's name and the parameters allow. It says at which places it measured. Beside it stands an excess: a
change of the templates that goes beyond the limit, which the same measure has to see, so that no row passes
because it looks at nothing.

A name that CloudFormation makes has no row, since it is cut to what the service takes; one that the template
gives has.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.support.lengths import longest
from tests.support.limits import (
    Excess,
    Limit,
    Measure,
    Section,
    Templates,
    at,
    crowd,
    largest,
    number,
    of_each,
    of_each_template,
    put,
    repeat,
    text,
)
from tests.support.template import Template, monitoring_template, raw_template

WEEK, DAY, HOUR = 604_800, 86_400, 3_600

ALARM = "AWS::CloudWatch::Alarm"
DASHBOARD = "AWS::CloudWatch::Dashboard"
FUNCTION = "AWS::Serverless::Function"
NESTED = "AWS::CloudFormation::Stack"
QUEUE = "AWS::SQS::Queue"
QUEUE_POLICY = "AWS::SQS::QueuePolicy"
RECEIPT_RULE = "AWS::SES::ReceiptRule"
ROLE = "AWS::IAM::Role"
RULE = "AWS::Events::Rule"
SECRET = "AWS::SecretsManager::Secret"
TABLE = "AWS::DynamoDB::Table"

# --- CloudFormation ---------------------------------------------------------------------------------------

_CLOUDFORMATION = "AWS CloudFormation User Guide, Understand CloudFormation quotas"


def resources(template: Section) -> int:
    """As many as SAM makes of them at most: of a function a version, an alias, what is done with its failed
    events, and for each trigger a mapping or a permission and a role."""
    made = 0
    for resource in template["Resources"].values():
        made += 1
        if resource["Type"] == FUNCTION:
            made += 3 + 2 * len(resource["Properties"].get("Events", {}))
    return made


def descriptions_of_parameters(templates: Templates) -> Iterator[tuple[str, int]]:
    for _, template in templates.each():
        for name, parameter in template["Parameters"].items():
            yield name, len(parameter.get("Description", "").encode())


def describe_a_parameter_at_length(templates: Templates) -> None:
    templates.bundle["Parameters"]["TimeZone"]["Description"] = "x" * 4_001


def describe_the_template_at_length(templates: Templates) -> None:
    templates.bundle["Description"] = "x" * 1_025


OF_CLOUDFORMATION = [
    Limit(
        "parameters of a template",
        200,
        _CLOUDFORMATION,
        of_each_template(lambda template: len(template["Parameters"])),
        crowd("Parameters", 200),
    ),
    Limit(
        "outputs of a template",
        200,
        _CLOUDFORMATION,
        of_each_template(lambda template: len(template["Outputs"])),
        crowd("Outputs", 200),
    ),
    Limit(
        "mappings of a template",
        200,
        _CLOUDFORMATION,
        of_each_template(lambda template: len(template.get("Mappings", {}))),
        lambda templates: templates.bundle.update(Mappings={f"Map{n}": {} for n in range(201)}),
    ),
    Limit(
        "resources of a template", 500, _CLOUDFORMATION, of_each_template(resources), crowd("Resources", 500)
    ),
    Limit(
        "bytes of a template",
        1_000_000,
        _CLOUDFORMATION,
        of_each_template(lambda template: len(json.dumps(template).encode())),
        put(FUNCTION, "Description", "x" * 1_000_000),
    ),
    Limit(
        "bytes of a template's description",
        1_024,
        _CLOUDFORMATION,
        of_each_template(lambda template: len(template["Description"].encode())),
        describe_the_template_at_length,
    ),
    Limit(
        "bytes of a parameter's description",
        4_000,
        _CLOUDFORMATION,
        descriptions_of_parameters,
        describe_a_parameter_at_length,
    ),
]

# --- Functions --------------------------------------------------------------------------------------------

_LAMBDA = "AWS Lambda Developer Guide, Lambda quotas"


def environment(function: Section) -> int:
    everywhere = raw_template()["Globals"]["Function"]["Environment"]["Variables"]
    return longest(everywhere | function["Environment"]["Variables"])


def layers(function: Section) -> int:
    return len(raw_template()["Globals"]["Function"]["Layers"]) + len(function.get("Layers", []))


def of_each_trigger(kind: str, measure: Callable[[Section, Section], int]) -> Measure:
    """By what triggers a function, and by the function's properties."""
    return lambda templates: (
        (f"{name}.{event}", measure(trigger["Properties"], function))
        for name, function in templates.of_type(FUNCTION)
        for event, trigger in function.get("Events", {}).items()
        if trigger["Type"] == kind
    )


def seconds_over_visibility(trigger: Section, function: Section) -> int:
    queue = trigger["Queue"]["Fn::GetAtt"].partition(".")[0]
    seconds = raw_template()["Resources"][queue]["Properties"]["VisibilityTimeout"]
    return int(function["Timeout"]) - int(seconds)


def messages_without_a_window(trigger: Section, _: Section) -> int:
    return 0 if trigger.get("MaximumBatchingWindowInSeconds") else int(trigger["BatchSize"])


def readers_of_the_stream(templates: Templates) -> Iterator[tuple[str, int]]:
    yield "Table", len(list(of_each_trigger("DynamoDB", lambda *_: 1)(templates)))


def executions_at_once(trigger: Section, _: Section) -> int:
    return largest(trigger["ScalingConfig"]["MaximumConcurrency"])


def trigger_otherwise(function: str, event: str, **given: Any) -> Excess:
    def exceed(templates: Templates) -> None:
        triggers = templates.bundle["Resources"][function]["Properties"]["Events"]
        triggers[event]["Properties"] |= given

    return exceed


def read_the_stream_once_more(templates: Templates) -> None:
    functions = templates.bundle["Resources"]
    functions["Sweep"]["Properties"]["Events"] |= functions["Announce"]["Properties"]["Events"]


OF_FUNCTIONS = [
    text(FUNCTION, "Description", "lambda", "Description"),
    text(FUNCTION, "VersionDescription", "lambda", "Description"),
    number(FUNCTION, "Timeout", 900, "botocore: lambda CreateFunctionRequest.Timeout"),
    number(FUNCTION, "MemorySize", 10_240, f"{_LAMBDA}: memory allocation"),
    Limit(
        "bytes of a function's environment",
        4_096,
        f"{_LAMBDA}: environment variables",
        of_each(FUNCTION, environment),
        put(FUNCTION, "Environment.Variables", {"TEXT": "x" * 4_096}),
    ),
    Limit(
        "layers of a function",
        5,
        f"{_LAMBDA}: function layers",
        of_each(FUNCTION, layers),
        put(FUNCTION, "Layers", ["layer"] * 5),
    ),
    Limit(
        "filters of an event source mapping",
        5,
        "AWS Lambda Developer Guide, Control which events Lambda sends to your function",
        of_each_trigger("DynamoDB", lambda trigger, _: len(at("FilterCriteria.Filters")(trigger))),
        trigger_otherwise("Announce", "Changes", FilterCriteria={"Filters": [{}] * 6}),
    ),
    Limit(
        "seconds by which a function may take longer than its queue hides a message",
        0,
        "AWS Lambda Developer Guide, Creating and configuring an Amazon SQS event source mapping",
        of_each_trigger("SQS", seconds_over_visibility),
        lambda templates: templates.bundle["Resources"]["Notify"]["Properties"].update(Timeout=900),
    ),
    Limit(
        "messages of a batch that nobody waits for",
        10,
        "botocore: lambda CreateEventSourceMappingRequest.BatchSize",
        of_each_trigger("SQS", messages_without_a_window),
        trigger_otherwise("Notify", "Messages", BatchSize=11),
    ),
    Limit(
        "executions at once for one queue",
        1_000,
        "botocore: lambda MaximumConcurrency",
        of_each_trigger("SQS", executions_at_once),
        trigger_otherwise("Notify", "Messages", ScalingConfig={"MaximumConcurrency": 1_001}),
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
        "AWS IAM User Guide, IAM and AWS STS quotas: aggregate size of inline policies",
        of_each(ROLE, lambda role: sum(longest(policy["PolicyDocument"]) for policy in role["Policies"])),
        repeat(ROLE, "Policies", 50),
    ),
    Limit(
        "characters of who may assume a role",
        2_048,
        "AWS IAM User Guide, IAM and AWS STS quotas: role trust policy length",
        of_each(ROLE, lambda role: longest(role["AssumeRolePolicyDocument"])),
        put(ROLE, "AssumeRolePolicyDocument", "x" * 2_049),
    ),
]

# --- The table --------------------------------------------------------------------------------------------

_DYNAMODB = "Amazon DynamoDB Developer Guide, Quotas"


def projected(index: Section) -> int:
    return len(index["Projection"].get("NonKeyAttributes", []))


def project_much(templates: Templates) -> None:
    for index in templates.first(TABLE)["GlobalSecondaryIndexes"]:
        index["Projection"] = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["fact"] * 101}


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
]

# --- Events and queues ------------------------------------------------------------------------------------

_SQS = "botocore: sqs CreateQueueRequest.Attributes"


def queue_statements(measure: Callable[[Section], int]) -> Measure:
    def measured(templates: Templates) -> Iterator[tuple[str, int]]:
        for name, policy in templates.of_type(QUEUE_POLICY):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, measure(statement)

    return measured


def one_policy_of_two_queues(templates: Templates) -> None:
    policy = templates.first(QUEUE_POLICY)
    policy["Queues"] *= 2
    statement = policy["PolicyDocument"]["Statement"][0]
    statement["Resource"] = [statement["Resource"]] * 2


OF_EVENTS_AND_QUEUES = [
    text("AWS::Events::EventBus", "Name", "events", "EventBusName"),
    text("AWS::Events::EventBus", "Description", "events", "EventBusDescription"),
    text("AWS::Events::Archive", "Description", "events", "ArchiveDescription"),
    text(RULE, "Description", "events", "RuleDescription"),
    Limit(
        "characters of a rule's pattern",
        2_048,
        "Amazon EventBridge User Guide, Quotas: event pattern size",
        of_each(RULE, lambda rule: longest(rule["EventPattern"])),
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
        of_each(QUEUE_POLICY, lambda policy: longest(policy["PolicyDocument"])),
        put(QUEUE_POLICY, "PolicyDocument.Id", "x" * 8_192),
    ),
]

# --- The API ----------------------------------------------------------------------------------------------

_API = "AWS::Serverless::HttpApi"
_GATEWAY = "Amazon API Gateway Developer Guide, Quotas: throttle quota per account, per Region"

OF_THE_API = [
    number(_API, "DefaultRouteSettings.ThrottlingRateLimit", 10_000, _GATEWAY),
    number(_API, "DefaultRouteSettings.ThrottlingBurstLimit", 5_000, _GATEWAY),
]

# --- Secrets, emails, logs --------------------------------------------------------------------------------

OF_THE_REST = [
    text(SECRET, "Description", "secretsmanager", "DescriptionType"),
    text("AWS::Logs::LogGroup", "LogGroupName", "logs", "LogGroupName"),
    Limit(
        "length of the name of a receipt rule",
        64,
        "botocore: ses ReceiptRule.Name",
        of_each(RECEIPT_RULE, lambda made: longest(made["Rule"]["Name"])),
        put(RECEIPT_RULE, "Rule.Name", {"Fn::Sub": "${AWS::StackName}-status-emails"}),
    ),
]

# --- What watches it --------------------------------------------------------------------------------------

_QUERIES = "botocore: cloudwatch MetricDataQuery"
_CLOUDWATCH = "Amazon CloudWatch User Guide, CloudWatch service quotas"


def seconds_evaluated(least: int, below: float) -> Measure:
    """Of the alarms whose period is in a span."""

    def measured(templates: Templates) -> Iterator[tuple[str, int]]:
        for name, alarm in templates.of_type(ALARM):
            queries = alarm.get("Metrics", [{"MetricStat": alarm}])
            period = max(query["MetricStat"]["Period"] for query in queries if "MetricStat" in query)
            if least <= period < below:
                yield name, period * largest(alarm["EvaluationPeriods"])

    return measured


def evaluate_longer(alarm: str) -> Excess:
    def exceed(templates: Templates) -> None:
        templates.monitoring["Resources"][alarm]["Properties"]["EvaluationPeriods"] = 24 * 12 * 7 + 1

    return exceed


def widgets(dashboard: Section) -> list[Section]:
    body, _ = dashboard["DashboardBody"]["Fn::Sub"]
    found: list[Section] = json.loads(body.replace("${EveryAlarm}", '"x"'))["widgets"]
    return found


def metrics_of_widgets(dashboard: Section) -> int:
    return max(len(widget["properties"].get("metrics", [])) for widget in widgets(dashboard))


def alarms_of_a_widget(dashboard: Section) -> int:
    _, filled_in = dashboard["DashboardBody"]["Fn::Sub"]
    return len(filled_in["EveryAlarm"]["Fn::Join"][1])


def show(times: int, *, widget: Section) -> Excess:
    body = json.dumps({"widgets": [widget] * times})
    alarms = {"EveryAlarm": {"Fn::Join": [", ", ["x"] * times]}}
    return put(DASHBOARD, "DashboardBody", {"Fn::Sub": [body, alarms]})


OF_MONITORING = [
    text(ALARM, "AlarmDescription", "cloudwatch", "AlarmDescription"),
    text(NESTED, "Parameters.Namespace", "cloudwatch", "Namespace"),
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
        of_each(NESTED, lambda stack: longest(stack["Parameters"]["DashboardName"])),
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
        of_each(DASHBOARD, metrics_of_widgets),
        show(1, widget={"properties": {"metrics": [["x"]] * 501}}),
    ),
    Limit(
        "alarms of a widget",
        100,
        "Amazon CloudWatch API Reference, Dashboard body structure: alarm widget",
        of_each(DASHBOARD, alarms_of_a_widget),
        show(101, widget={"properties": {}}),
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


@pytest.fixture
def templates() -> Templates:
    return Templates(deepcopy(raw_template()), deepcopy(monitoring_template()))


@each_limit
def test_the_bundle_keeps_to_a_limit_of_aws(limit: Limit, templates: Templates) -> None:
    assert limit.exceeded(templates) == {}, limit.source


@each_limit
def test_an_excess_is_seen(limit: Limit, templates: Templates) -> None:
    limit.exceed(templates)
    assert limit.exceeded(templates)


def test_no_condition_changes_what_is_in_an_alarm(templates: Templates) -> None:
    """So that what is measured of an alarm is so in every deployment."""
    for name, alarm in templates.of_type(ALARM):
        assert "Fn::If" not in str(alarm), name


# The property by which a resource of this type would be given a name.
NAMES = {
    ALARM: "AlarmName",
    DASHBOARD: "DashboardName",
    FUNCTION: "FunctionName",
    QUEUE: "QueueName",
    ROLE: "RoleName",
    RULE: "Name",
    SECRET: "Name",
    TABLE: "TableName",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::Events::EventBus": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
}


def test_what_is_not_in_the_table_is_named_by_cloudformation(templates: Templates) -> None:
    named = {
        name
        for kind, property_ in NAMES.items()
        for name, properties in templates.of_type(kind)
        if property_ in properties
    }
    assert named == {"Bus", "AccessLog", "Dashboard"}


SOFTLINX, GREENFAX = {"SoftlinxRealm": "Acme"}, {"GreenFaxAccountId": "12345"}
MAILING = {"GreenFaxSender": "faxes@clinic.example"}
STATUS_EMAILS = {"StatusEmailRuleSet": "inbound"}


@pytest.mark.parametrize(
    "parameters", [SOFTLINX, GREENFAX | MAILING | STATUS_EMAILS, SOFTLINX | GREENFAX], ids=str
)
def test_the_queues_need_no_more_executions_at_once_than_a_new_account_has(
    parameters: dict[str, str],
) -> None:
    """AWS Lambda Developer Guide: new accounts have reduced concurrency quotas, of 10."""
    template = Template(parameters)
    at_once = [
        int(trigger["Properties"]["ScalingConfig"]["MaximumConcurrency"])
        for name in template.functions()
        if template.exists(name)
        for trigger in template.resource(name).get("Events", {}).values()
        if trigger["Type"] == "SQS"
    ]
    assert at_once
    assert sum(at_once) <= 10


@pytest.mark.parametrize(("kept", "functions"), [("0", set()), ("5", {"SoftlinxCallback", "GreenFaxNotify"})])
def test_concurrency_is_kept_for_callbacks_alone_and_only_where_it_is_asked_for(
    kept: str, functions: set[str]
) -> None:
    template = Template({**SOFTLINX, **GREENFAX, "CallbackConcurrency": kept})
    reserved = {
        name: template.resource(name).get("ReservedConcurrentExecutions") for name in template.functions()
    }
    assert {name for name, value in reserved.items() if value == kept} == functions


def test_a_stack_may_be_called_as_the_bus_that_every_account_has() -> None:
    template = Template({})
    template.attributes["AWS::StackName"] = "default"
    assert template.resource("Bus")["Name"] != "default"
