"""The bundle's stacks in moto: created, looked at by the services' own APIs, changed, deleted.

One deployment of everything there is; `make deploy-emulated` has the usual ones as well.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import boto3
import httpx
import pytest

from cli.api import Api
from cli.checkup.aws import Boto3Calls
from cli.checkup.examined import Examined
from cli.checkup.findings import Health
from cli.checkup.stack import needed_by_queues
from cli.doctor import CHECKS, look
from tests.support import iam
from tests.support.console_calls import console_calls
from tests.support.emulated import deployments
from tests.support.emulated.described import forgotten
from tests.support.emulated.permissions import asked_of_iam
from tests.support.emulated.resource_calls import ALARM
from tests.support.emulated.stacks import Account, Asked, Stack, WouldBeRefused
from tests.support.template import ACCOUNT, REGION, ROOT, raw_template

RESOURCES = raw_template()["Resources"]


@dataclass(frozen=True)
class Deployed:
    aws: Account
    stack: Stack

    def id_of(self, name: str) -> str:
        return self.stack.made[name].ref

    def named(self, arn: str) -> str:
        """By which name of the template this was made."""
        return next(name for name, made in self.stack.made.items() if made.attributes.get("Arn") == arn)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    with deployments.account() as aws:
        stack = Stack(
            aws, deployments.documents(), "template.yaml", deployments.EVERYTHING, deployments.STACK
        )
        stack.create()
        yield Deployed(aws, stack)


def client(service: str) -> Any:
    any_client: Any = boto3.client
    return any_client(service, region_name=REGION)


def test_whatever_moto_can_make_is_made_and_says_of_itself_what_the_templates_ask_for(
    deployed: Deployed,
) -> None:
    unmade = deployed.stack.wanted_types() - deployed.stack.made_types()
    lost = deployments.forgotten_of(deployed.aws)
    deleting = {"ses:DeleteReceiptRule": "comes later"}
    assert deployments.surprises(dict(deployed.aws.problems) | deleting, lost) == []
    assert unmade == {"AWS::SES::ConfigurationSetEventDestination": 1}


def test_the_table_has_its_five_indexes_and_a_stream(deployed: Deployed) -> None:
    table = client("dynamodb").describe_table(TableName=deployed.id_of("Table"))["Table"]
    indexes = {index["IndexName"]: index["Projection"] for index in table["GlobalSecondaryIndexes"]}
    assert set(indexes) == {"by_time", "by_status", "by_reference", "by_number", "due"}
    assert {projection["ProjectionType"] for projection in indexes.values()} == {"KEYS_ONLY"}
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_doctor_finds_every_part_of_a_deployed_stack_and_what_a_new_one_lacks(deployed: Deployed) -> None:
    examined = Examined(
        name=deployments.STACK,
        aws=Boto3Calls(boto3.Session(region_name=REGION)),
        api=Api("https://api.example"),
        http=httpx.Client(),
        now=lambda: datetime(2026, 11, 30, tzinfo=UTC),
        resources=resources_of(deployed.stack, "template.yaml"),
        watching=resources_of(deployed.stack.nested["Monitoring"], "monitoring.yaml"),
        parameters={"RetentionDays": "400", "LogDays": "90", "QueueConcurrency": "2"},
        outputs=deployed.stack.outputs(),
        status="CREATE_COMPLETE",
    )
    asked = ("secrets", "schedules", "dead letters", "alarms", "alarm topic", "retention", "logs")
    found = {one.check: one for one in look(examined, [one for one in CHECKS if one[0] in asked])}
    assert {name for name, one in found.items() if one.health is not Health.WELL} == {
        "SoftlinxCredentials",
        "GreenFaxCredentials",
    }
    assert found["schedules"].seen == "all 5 are on"
    assert found["alarms"].seen.startswith(f"{len(examined.watching['AWS::CloudWatch::Alarm'])}, ")
    # A deployment of everything keeps so many busy at once.
    scaled = [
        made["Properties"]["ScalingConfig"]["MaximumConcurrency"]
        for made in deployments.documents()["template.yaml"]["Resources"].values()
        if "ScalingConfig" in made.get("Properties", {})
    ]
    assert needed_by_queues(examined) == 2 * len(scaled) == 16


def test_each_queue_gives_up_into_its_own_dead_letters(deployed: Deployed) -> None:
    redriven = {}
    for url in client("sqs").list_queues()["QueueUrls"]:
        attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if "RedrivePolicy" in attributes:
            target = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
            redriven[deployed.named(attributes["QueueArn"])] = deployed.named(target)
    assert redriven == {
        name: name.removesuffix("Queue") + "DeadLetters" for name in RESOURCES if name.endswith("Queue")
    }


def test_each_rule_sends_to_its_queue_and_leaves_in_its_dead_letters_what_it_cant(deployed: Deployed) -> None:
    events, sent = client("events"), {}
    for bus in (deployed.id_of("Bus"), "default"):
        # Beside the archive's own rule.
        for rule in events.list_rules(EventBusName=bus, NamePrefix=deployments.STACK)["Rules"]:
            (target,) = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            queues = target["Arn"], *target.get("DeadLetterConfig", {}).values()
            sent[deployed.named(rule["Arn"])] = tuple(map(deployed.named, queues))
    assert sent == {
        f"{name}Rule": (f"{name}Queue", f"{name}DeadLetters")
        for name in ("Download", "Mark", "Notify", "Retrieve")
    } | {"BounceRule": ("BounceQueue",)}


def test_each_function_may_do_what_its_own_role_says_and_is_bound(deployed: Deployed) -> None:
    functions, roles = client("lambda").list_functions(MaxItems=50)["Functions"], client("iam")
    names = {
        deployed.named(function["FunctionArn"]): deployed.named(function["Role"]) for function in functions
    }
    assert names == {name: f"{name}Role" for name in names}
    assert len(names) == sum(made["Type"] == "AWS::Serverless::Function" for made in RESOURCES.values())
    for function in functions:
        name = function["Role"].rpartition("/")[2]
        assert roles.list_role_policies(RoleName=name)["PolicyNames"] == ["exactly-what-it-needs"]
        bound = roles.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert bound == f"arn:aws:iam::{ACCOUNT}:policy/boundary"


def test_the_api_has_the_template_s_routes_closed_but_for_callbacks_and_leads_to_their_functions(
    deployed: Deployed,
) -> None:
    gateway, api = client("apigatewayv2"), deployed.id_of("Api")
    uris = {
        one["IntegrationId"]: one["IntegrationUri"] for one in gateway.get_integrations(ApiId=api)["Items"]
    }
    routes = {
        route["RouteKey"]: uris[route["Target"].rpartition("/")[2]]
        for route in gateway.get_routes(ApiId=api)["Items"]
    }
    wanted = {
        f"{event['Properties']['Method']} {event['Properties']['Path']}": name
        for name, made in RESOURCES.items()
        for event in made["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }
    wanted |= {f"{method} {path}": function for method, path, function, _ in console_calls()}
    assert set(routes) == set(wanted)
    for route, uri in routes.items():
        assert f"-{wanted[route]}-" in uri, route


def test_the_gateway_may_invoke_the_function_of_each_route_and_for_its_routes_alone(
    deployed: Deployed,
) -> None:
    gateway, api = client("apigatewayv2"), deployed.id_of("Api")
    uris = {
        one["IntegrationId"]: one["IntegrationUri"] for one in gateway.get_integrations(ApiId=api)["Items"]
    }
    for route in gateway.get_routes(ApiId=api)["Items"]:
        uri = uris[route["Target"].rpartition("/")[2]]
        function = uri.partition("/functions/")[2].removesuffix("/invocations")
        method, _, path = route["RouteKey"].partition(" ")
        called = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/$default/{method}{path}"
        assert any(fnmatchcase(called, source) for source in sources_of(function)), route["RouteKey"]
        assert not any(fnmatchcase(called.replace(api, "another"), source) for source in sources_of(function))


def sources_of(function_arn: str) -> list[str]:
    """For which ARNs the gateway may invoke a function, or the alias of one."""
    name, alias = (*function_arn.split(":")[6:], "")[:2]
    qualifier = {"Qualifier": alias} if alias else {}
    policy = json.loads(client("lambda").get_policy(FunctionName=name, **qualifier)["Policy"])
    return [
        statement["Condition"]["ArnLike"]["AWS:SourceArn"]
        for statement in policy["Statement"]
        if statement["Principal"]["Service"] == "apigateway.amazonaws.com"
    ]


def refused_to_a_deployer(aws: Account) -> list[iam.Call]:
    """Whatever of all that was asked for the policy to hand out does not allow."""
    names = {
        "REGION": REGION,
        "ACCOUNT": ACCOUNT,
        "STACK": deployments.STACK,
        "KEY": deployments.EVERYTHING["KmsKeyArn"].rpartition("/")[2],
    }
    text = (ROOT / "docs/policies/deployer.json").read_text(encoding="utf-8")
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    statements = [
        {part: value for part, value in statement.items() if part != "Sid"}
        for statement in json.loads(text)["Statement"]
        if "Condition" not in statement
    ]
    needed = [asked_of_iam(one.call) for calls in aws.asked.values() for one in calls]
    assert len(needed) > 200
    return [call for call in needed if not iam.allowing(statements, call)]


def test_whoever_has_the_deployer_s_policy_may_make_every_call_of_a_deployment(deployed: Deployed) -> None:
    assert refused_to_a_deployer(deployed.aws) == []


@pytest.mark.usefixtures("deployed")
def test_whoever_triggers_a_function_does_so_by_a_mapping_that_reports_what_failed() -> None:
    mappings = client("lambda").list_event_source_mappings(MaxItems=50)["EventSourceMappings"]
    assert len(mappings) == 10
    assert {tuple(mapping["FunctionResponseTypes"]) for mapping in mappings} == {("ReportBatchItemFailures",)}


@pytest.mark.usefixtures("deployed")
def test_every_alarm_tells_the_topic_and_stands_on_the_dashboard() -> None:
    watch = client("cloudwatch")
    alarms = watch.describe_alarms(MaxRecords=100)["MetricAlarms"]
    (topic,) = client("sns").list_topics()["Topics"]
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms} == {(topic["TopicArn"],)}
    (entry,) = watch.list_dashboards()["DashboardEntries"]
    body = json.loads(watch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"])
    assert set(body["widgets"][0]["properties"]["alarms"]) == {alarm["AlarmArn"] for alarm in alarms}


def test_what_a_service_does_not_tell_of_a_request_is_found(deployed: Deployed) -> None:
    queue = deployed.id_of("NotifyDeadLetters")
    never_asked = ("sqs:SetQueueAttributes", {"QueueUrl": queue, "Attributes": {"DelaySeconds": "7"}})
    assert list(forgotten(deployed.aws, Asked(never_asked, {}))) == ["sqs:SetQueueAttributes.Attributes"]


def test_an_update_changes_what_it_says_and_a_provider_that_goes_takes_its_own_with_it(
    deployed: Deployed,
) -> None:
    stack, logs = deployed.stack, client("logs")
    before = {name: made.ref for name, made in stack.made.items()}
    stack.update(deployments.EVERYTHING | {"LogDays": "30", "OverdueHours": "48"})
    assert {group["retentionInDays"] for group in logs.describe_log_groups()["logGroups"]} == {30}
    sweep = client("lambda").get_function_configuration(FunctionName=deployed.id_of("Sweep"))
    assert sweep["Environment"]["Variables"]["OVERDUE_HOURS"] == "48"
    replaced = {name for name, ref in before.items() if deployed.id_of(name) != ref}
    # The callback functions' alias follows a new version.
    assert {name.partition("Version")[0] for name in replaced} == {"SoftlinxCallback", "GreenFaxNotify"}

    stack.update(deployments.EVERYTHING | {"SoftlinxRealm": ""})
    queues = {url.rpartition("/")[2].split("-")[1] for url in client("sqs").list_queues()["QueueUrls"]}
    assert not queues & {"MarkQueue", "RetrieveQueue", "OrderQueue"}
    assert {"DownloadQueue", "NotifyQueue"} <= queues

    deployed.stack.delete()
    assert client("lambda").list_functions()["Functions"] == []
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert client("scheduler").list_schedules()["Schedules"] == []
    assert client("iam").list_roles()["Roles"] == []
    assert refused_to_a_deployer(deployed.aws) == []
    # What can't be had again.
    assert len(client("dynamodb").list_tables()["TableNames"]) == 1
    assert len(client("s3").list_buckets()["Buckets"]) == 4 + 1
    assert len(client("secretsmanager").list_secrets()["SecretList"]) == 5
    assert len(logs.describe_log_groups()["logGroups"]) == 2


# --- what holds the above ---------------------------------------------------------------------------------


def test_a_call_that_its_service_would_refuse_does_not_reach_the_emulator() -> None:
    usual = {"ComparisonOperator": "MoreThan", "EvaluationPeriods": "1"}
    (call,) = ALARM.settings("name", usual)
    with pytest.raises(WouldBeRefused, match="ComparisonOperator is none of"):
        Account().call(call)


def resources_of(stack: Stack, file: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, made in stack.made.items():
        kind = deployments.documents()[file]["Resources"][name]["Type"]
        found.setdefault(kind, {})[name] = made.ref
    return found
