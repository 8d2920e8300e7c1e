"""That AWS would take every resource: CloudFormation its properties, and each service the calls they become.

What may stand where comes from CloudFormation's schemas and from botocore's service models, and is held
against every deployment of tests/support/deployments.py. Limits that neither says are in test_aws_limits.py.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import pytest

from tests.support import resource_schemas, service_models
from tests.support.deployments import deployments, largest
from tests.support.emulated.resource_calls import KINDS
from tests.support.limits import Excess, put, repeat
from tests.support.physical_names import NAMES
from tests.support.service_models import Call
from tests.support.stacks import Deployment, Stack, deploy
from tests.support.transformed import Documents, documents

Resource = tuple[Stack, str]  # and its name there

# A type of which no call is known, and why.
UNMAPPED: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": "CloudFormation makes it; test_aws_limits.py measures what it is given",
}

each_type = pytest.mark.parametrize("kind", sorted(NAMES))
each_called = pytest.mark.parametrize("kind", sorted(KINDS))


def resources(deployment: Deployment, kind: str) -> Iterator[Resource]:
    for stack in deployment.stacks():
        yield from ((stack, name) for name, existing in stack.existing.items() if existing == kind)


@cache
def of_every_deployment(kind: str) -> tuple[Resource, ...]:
    """Each resource of the type that differs from the others, once."""
    differing = {}
    for deployment in deployments().values():
        for stack, name in resources(deployment, kind):
            differing[json.dumps([name, stack.properties(name)])] = (stack, name)
    return tuple(differing.values())


def calls_of(stack: Stack, name: str) -> list[Call]:
    """What CloudFormation calls to make a resource."""
    kind, properties = KINDS[stack.existing[name]], stack.properties(name)
    made = [kind.create(stack.physical_name(name), properties)] if kind.create else []
    return [*made, *kind.settings(stack.reference(name), properties)]


def refused_calls(made: Iterable[Resource]) -> dict[str, list[str]]:
    return {
        name: wrong
        for stack, name in made
        if (wrong := [one for call in calls_of(stack, name) for one in service_models.refused(call)])
    }


def refused_properties(made: Iterable[Resource]) -> dict[str, list[str]]:
    return {
        name: wrong
        for stack, name in made
        if (wrong := resource_schemas.refused(stack.existing[name], stack.properties(name)))
    }


def test_the_calls_of_every_type_are_known_or_it_is_said_why_not() -> None:
    types = {made["Type"] for _, document in documents().each() for made in document["Resources"].values()}
    assert set(KINDS) | set(UNMAPPED) == types == set(NAMES)


@each_called
def test_no_service_would_refuse_a_call(kind: str) -> None:
    assert refused_calls(of_every_deployment(kind)) == {}


@each_type
def test_cloudformation_would_refuse_no_property(kind: str) -> None:
    assert refused_properties(of_every_deployment(kind)) == {}


# --- Each kind of check sees what it is there for -----------------------------------------------------------

ALARM = "AWS::CloudWatch::Alarm"
BUCKET = "AWS::S3::Bucket"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
QUEUE = "AWS::SQS::Queue"
ROLE = "AWS::IAM::Role"
RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
TABLE = "AWS::DynamoDB::Table"


def leave_out(kind: str, name: str) -> Excess:
    return lambda templates: templates.first(kind).pop(name)


def aim_nowhere(templates: Documents) -> None:
    del templates.first(RULE)["Targets"][0]["Arn"]


@pytest.mark.parametrize(
    ("kind", "exceed", "said"),
    [
        (FUNCTION, put(FUNCTION, "Description", "x" * 257), "has 257 characters of at most 256"),
        (SCHEDULE, put(SCHEDULE, "ScheduleExpression", ""), "has 0 characters of at least 1"),
        (MAPPING, put(MAPPING, "BatchSize", 10_001), "is 10001, of at most 10000"),
        (FUNCTION, put(FUNCTION, "Timeout", 0), "is 0, of at least 1"),
        (FUNCTION, put(FUNCTION, "Timeout", "long"), "is no number"),
        (RULE, repeat(RULE, "Targets", 101), "has 101 entries of at most 100"),
        (RULE, repeat(RULE, "Targets", 0), "has 0 entries of at least 1"),
        (RULE, aim_nowhere, "Targets[0].Arn is missing"),
        (FUNCTION, leave_out(FUNCTION, "Role"), "Role is missing"),
        (ROLE, put(ROLE, "Path", "faxes"), "does not have the form"),
        (FUNCTION, put(FUNCTION, "Runtime", "python2.6"), "is none of"),
        (QUEUE, put(QUEUE, "Visibility", "1"), "[Visibility] is none of"),
        (ALARM, put(ALARM, "Colour", "red"), "Colour is no member of"),
        (TABLE, put(TABLE, "DeletionProtectionEnabled", "perhaps"), "is neither true nor false"),
        (FUNCTION, put(FUNCTION, "Description", {"long": "x"}), "is no text"),
        (FUNCTION, put(FUNCTION, "Environment", "TABLE=x"), "is no Environment"),
    ],
)
def test_a_call_that_its_service_would_refuse_is_seen(kind: str, exceed: Excess, said: str) -> None:
    templates = documents().copy()
    exceed(templates)
    wrong = refused_calls(resources(deploy(largest(), templates), kind))
    assert any(said in one for some in wrong.values() for one in some), wrong


@pytest.mark.parametrize(
    ("kind", "exceed", "said"),
    [
        (QUEUE, put(QUEUE, "Visibility", 1), "Additional properties are not allowed"),
        (TABLE, leave_out(TABLE, "KeySchema"), "'KeySchema' is a required property"),
        (FUNCTION, put(FUNCTION, "PackageType", "Tar"), "is not one of"),
        (FUNCTION, put(FUNCTION, "Role", "nobody"), "does not match"),
        (SCHEDULE, put(SCHEDULE, "Description", "x" * 513), "is too long"),
        (MAPPING, put(MAPPING, "BatchSize", 10_001), "is greater than the maximum"),
        (MAPPING, put(MAPPING, "BatchSize", "many"), "is not of type 'integer'"),
    ],
)
def test_a_property_that_cloudformation_would_refuse_is_seen(kind: str, exceed: Excess, said: str) -> None:
    templates = documents().copy()
    exceed(templates)
    wrong = refused_properties(resources(deploy(largest(), templates), kind))
    assert any(said in one for some in wrong.values() for one in some), wrong


def test_a_property_that_no_call_takes_is_no_silence() -> None:
    templates = documents().copy()
    put(BUCKET, "AccelerateConfiguration", {"AccelerationStatus": "Enabled"})(templates)
    with pytest.raises(AssertionError, match="AccelerateConfiguration"):
        refused_calls(resources(deploy(largest(), templates), BUCKET))
