"""The policies to hand out (docs/policies) fit the routes and the resources that the templates have."""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from cli.installation import PROVIDERS
from tests.support.physical_names import physical_name
from tests.support.template import ROOT, monitoring_template, raw_template
from tests.support.transformed import documents

POLICIES = {path.stem: json.loads(path.read_text()) for path in (ROOT / "docs/policies").glob("*.json")}
CALLERS = ("amender", "inspector", "reader", "redriver", "router", "sender")
CALL = "execute-api:Invoke"
# With it `faxledger --stack` finds the API.
FIND_THE_API = "cloudformation:DescribeStacks"
API = "arn:aws:execute-api:REGION:ACCOUNT:API/*/"


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def routes() -> Iterator[tuple[str, bool]]:
    """Each route as in `GET/faxes/{id}`, and whether it is closed to whom IAM does not know."""
    for resource in raw_template()["Resources"].values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"] == "HttpApi":
                route = event["Properties"]
                yield f"{route['Method']}{route['Path']}", route["Auth"]["Authorizer"] == "AWS_IAM"


def patterns(name: str) -> list[str]:
    statements = [one for one in POLICIES[name]["Statement"] if one["Action"] == CALL]
    found = [one for statement in statements for one in listed(statement["Resource"])]
    assert all(one.startswith(API) for one in found), name
    return [one.removeprefix(API) for one in found]


def test_each_closed_route_is_for_holders_of_one_policy() -> None:
    for route, is_closed in routes():
        for_whom = [name for name in CALLERS if any(fnmatchcase(route, one) for one in patterns(name))]
        assert len(for_whom) == is_closed, (route, for_whom)


@pytest.mark.parametrize("name", CALLERS)
def test_no_policy_names_a_route_that_is_not_there(name: str) -> None:
    there = [route for route, is_closed in routes() if is_closed]
    assert [one for one in patterns(name) if not any(fnmatchcase(route, one) for route in there)] == []
    # A redriver moves dead letters as well.
    others = [one for one in POLICIES[name]["Statement"] if one["Action"] != CALL and name != "redriver"]
    assert [one["Action"] for one in others] == ([] if name == "redriver" else [FIND_THE_API])


def test_whoever_may_ask_the_api_may_ask_the_stack_where_it_is() -> None:
    for name in CALLERS:
        (find,) = (one for one in POLICIES[name]["Statement"] if one["Action"] == FIND_THE_API)
        assert find["Resource"] == "arn:aws:cloudformation:REGION:ACCOUNT:stack/STACK/*", name


# By the prefix of a resource's type, the services that a deployer needs, with what SAM makes beside.
SERVICES: Mapping[str, set[str]] = {
    "AWS::ApiGatewayV2": {"apigateway"},
    "AWS::CloudFormation": {"cloudformation"},
    "AWS::CloudWatch": {"cloudwatch"},
    "AWS::DynamoDB": {"dynamodb", "kms"},
    "AWS::Events": {"events"},
    "AWS::IAM": {"iam"},
    "AWS::KMS": {"kms"},
    "AWS::Lambda": {"lambda"},
    "AWS::Logs": {"logs"},
    "AWS::S3": {"s3"},
    "AWS::SES": {"ses"},
    "AWS::SNS": {"sns"},
    "AWS::SQS": {"sqs"},
    "AWS::SecretsManager": {"secretsmanager"},
    "AWS::Serverless": {"lambda", "apigateway", "scheduler", "iam"},
}


def test_a_deployer_may_make_whatever_the_templates_have_and_use_no_other_service() -> None:
    types = {
        made["Type"].rpartition("::")[0]
        for template in (raw_template(), monitoring_template())
        for made in template["Resources"].values()
    }
    needed = set().union(*(SERVICES[kind] for kind in types))
    allowed = {action.partition(":")[0] for action, _ in deployer_s_actions()}
    assert allowed == needed


# What CloudFormation calls for a type, in the deployer's name, where the deployer may not use the type's
# whole service: the permissions that the handlers in the type's schema name, in CloudFormation's registry. Of
# SES's rules it tells none: they are called as SES names its calls. CloudFormation sets tags of its own.
ANYTHING = "*"
CALLED: Mapping[str, tuple[str, set[str]]] = {
    "AWS::ApiGatewayV2::Stage": (
        ANYTHING,
        {f"apigateway:{verb}" for verb in ("GET", "POST", "PATCH", "DELETE", "TagResource", "UntagResource")},
    ),
    "AWS::KMS::Key": (
        ANYTHING,
        {
            *(f"kms:{call}" for call in ("CreateKey", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus")),
            *(f"kms:{call}" for call in ("ListResourceTags", "PutKeyPolicy", "ScheduleKeyDeletion")),
            "kms:UpdateKeyDescription",
        },
    ),
    "AWS::Lambda::EventSourceMapping": (
        ANYTHING,
        {f"lambda:{verb}EventSourceMapping" for verb in ("Create", "Get", "Update", "Delete")},
    ),
    "the tags of AWS::Lambda::EventSourceMapping": (
        "arn:aws:lambda:REGION:ACCOUNT:event-source-mapping:UUID",
        {"lambda:ListTags", "lambda:TagResource", "lambda:UntagResource"},
    ),
    "AWS::SES::ConfigurationSet": (
        ANYTHING,
        {
            *(f"ses:{verb}ConfigurationSet" for verb in ("Create", "Describe", "Get", "Delete")),
            "ses:PutConfigurationSetDeliveryOptions",
            *(f"ses:{call}" for call in ("ListTagsForResource", "TagResource", "UntagResource")),
        },
    ),
    "AWS::SES::ConfigurationSetEventDestination": (
        ANYTHING,
        {
            *(f"ses:{verb}ConfigurationSetEventDestination" for verb in ("Create", "Update", "Delete")),
            "ses:GetConfigurationSetEventDestinations",
        },
    ),
    "AWS::SES::ReceiptRule": (
        ANYTHING,
        {f"ses:{verb}ReceiptRule" for verb in ("Create", "Describe", "Update", "Delete")},
    ),
}


@pytest.mark.parametrize("kind", CALLED)
def test_a_deployer_may_call_what_cloudformation_calls_for_a_resource(kind: str) -> None:
    resource, called = CALLED[kind]
    allowed = {
        action
        for action in called
        for pattern, statement in deployer_s_actions()
        if fnmatchcase(action, pattern)
        and any(fnmatchcase(resource, one) for one in listed(statement["Resource"]))
    }
    assert called - allowed == set()


# What is bounded by the stack's name in a name that CloudFormation makes, and cuts.
BOUNDED = (
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::Scheduler::Schedule",
)


@pytest.mark.parametrize("kind", BOUNDED)
def test_a_stack_s_name_of_20_characters_stands_whole_in_the_names_that_bound_a_deployer(kind: str) -> None:
    stack = "a" * 20
    for name, made in documents().of_type(kind):
        assert physical_name(stack, name, kind, made).startswith(f"{stack}-"), name


def deployer_s_actions() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for statement in POLICIES["deployer"]["Statement"]:
        for action in listed(statement["Action"]):
            yield action, statement


def test_a_deployer_makes_no_role_but_the_stack_s_and_gives_it_to_lambda_and_schedules_alone() -> None:
    for action, statement in deployer_s_actions():
        if action.startswith("iam:"):
            assert statement["Resource"] == "arn:aws:iam::ACCOUNT:role/STACK-*", action
        if action == "iam:PassRole":
            passed_to = statement["Condition"]["StringEquals"]["iam:PassedToService"]
            assert passed_to == ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
        if "*" in action:
            assert statement["Resource"] != "*", action


def test_a_restorer_may_call_what_the_command_calls() -> None:
    code = "".join(Path(ROOT / "cli" / name).read_text() for name in ("restore.py", "stack.py"))
    called = {
        "describe_stacks": "cloudformation:DescribeStacks",
        "list_stack_resources": "cloudformation:ListStackResources",
        '"scan"': "dynamodb:Scan",
        "put_item": "dynamodb:PutItem",
        "describe_table": "dynamodb:DescribeTable",
        "list_objects_v2": "s3:ListBucket",
        "delete_object": "s3:DeleteObject",
        "letters.send": "sqs:SendMessage",
    }
    assert all(name in code for name in called)
    statements = POLICIES["restorer"]["Statement"]
    assert {one for made in statements for one in listed(made["Action"])} == set(called.values())


# What comes in pages.
PAGES_OF = {"list_stack_resources": "cloudformation:ListStackResources"}
ASKED = re.compile(r"""\.ask\(\s*"([a-z]+)",\s*"([a-z_]+)\"""")
ASKED_OF_THE_API = re.compile(r"""api\.ask\(\s*"([A-Z]+)",\s*"([a-z/]+)\"""")


def test_an_examiner_may_call_what_the_doctor_calls_and_nothing_else() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "cli/checkup").glob("*.py"))
    code += Path(ROOT / "cli/stack.py").read_text("utf-8")
    called = {f"{service}:{_as_iam_calls_it(operation)}" for service, operation in ASKED.findall(code)}
    called |= {action for name, action in PAGES_OF.items() if f'"{name}"' in code}
    assert len(called) > 8
    statements = POLICIES["examiner"]["Statement"]
    allowed = {
        one
        for made in statements
        for one in listed(made["Action"])
        # A secret under a key of the organisation's is read with it.
        if one not in (CALL, "kms:Decrypt")
    }
    assert allowed == called
    routes_asked = {f"{method}{path}" for method, path in ASKED_OF_THE_API.findall(code)}
    assert set(patterns("examiner")) == routes_asked != set()


def _as_iam_calls_it(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))


def test_an_examiner_reads_only() -> None:
    actions = {one for made in POLICIES["examiner"]["Statement"] for one in listed(made["Action"])}
    reading = ("Get", "List", "Describe", "Decrypt", "Invoke")
    assert [one for one in actions if not one.partition(":")[2].startswith(reading)] == []


def test_a_redriver_may_call_what_the_command_calls() -> None:
    code = "".join(Path(ROOT / "cli" / name).read_text() for name in ("redrive.py", "stack.py"))
    called = {
        "get_queue_attributes": "sqs:GetQueueAttributes",
        "list_dead_letter_source_queues": "sqs:ListDeadLetterSourceQueues",
        "receive_message": "sqs:ReceiveMessage",
        "send_message_batch": "sqs:SendMessage",
        "delete_message": "sqs:DeleteMessage",
        "list_stack_resources": "cloudformation:ListStackResources",
    }
    assert all(name in code for name in called)
    statements = [
        one for one in POLICIES["redriver"]["Statement"] if one["Action"] not in (CALL, FIND_THE_API)
    ]
    assert {one for made in statements for one in listed(made["Action"])} == set(called.values())


def test_a_custodian_may_call_what_its_commands_call_and_reads_no_other_secret() -> None:
    names = ("credentials", "installation", "rotate_token", "secret_versions", "urls")
    code = "".join((ROOT / "cli" / f"{name}.py").read_text("utf-8") for name in names)
    called = {
        "get_secret_value": "secretsmanager:GetSecretValue",
        "put_secret_value": "secretsmanager:PutSecretValue",
        "update_secret_version_stage": "secretsmanager:UpdateSecretVersionStage",
        ").invoke(": "lambda:InvokeFunction",
        "get_metric_statistics": "cloudwatch:GetMetricStatistics",
        "describe_stacks": "cloudformation:DescribeStacks",
        "describe_stack_resource(": "cloudformation:DescribeStackResource",
    }
    assert all(name in code for name in called)
    statements = POLICIES["custodian"]["Statement"]
    allowed = {one for made in statements for one in listed(made["Action"]) if not one.startswith("kms:")}
    assert allowed == set(called.values())
    used = {name for parts in PROVIDERS.values() for name in (parts.tokens, parts.credentials)}
    (secrets,) = (one["Resource"] for one in statements if "secretsmanager:GetSecretValue" in one["Action"])
    assert {one.rpartition(":")[2].removesuffix("-*") for one in secrets} == used
    (asking,) = (one["Resource"] for one in statements if one["Action"] == "lambda:InvokeFunction")
    functions = {one.rpartition(":STACK-")[2].removesuffix("-*") for one in asking}
    assert functions == {parts.asking for parts in PROVIDERS.values()}
