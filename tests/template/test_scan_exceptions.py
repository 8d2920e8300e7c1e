"""What .checkov.yaml says of the template, where it excepts what checkov finds, is so."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.support.template import raw_template

RESOURCES: Mapping[str, Mapping[str, Any]] = raw_template()["Resources"]
FUNCTIONS = [name for name, made in RESOURCES.items() if made["Type"] == "AWS::Serverless::Function"]
SECRETS = {name for name, made in RESOURCES.items() if made["Type"] == "AWS::SecretsManager::Secret"}
# Whoever starts these is SES, one email at a time.
STARTED_BY_SES = {"AdmitEmail"}
# What is not joined in all its tries is announced as overdue.
NEEDS_NO_DEAD_LETTERS = {"JoinFax"}


def triggers(function: str) -> list[Mapping[str, Any]]:
    return list(RESOURCES[function]["Properties"].get("Events", {}).values())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_how_many_of_a_function_run_at_once_is_bounded(function: str) -> None:
    for trigger in triggers(function):
        match trigger["Type"]:
            case "SQS":
                assert trigger["Properties"]["ScalingConfig"]["MaximumConcurrency"]
            case "HttpApi":
                assert set(RESOURCES["Api"]["Properties"]["DefaultRouteSettings"]) == {
                    "ThrottlingRateLimit",
                    "ThrottlingBurstLimit",
                }
            case "ScheduleV2":
                assert trigger["Properties"]["ScheduleExpression"]
            case "DynamoDB":
                # One batch of a shard at a time, unless this says otherwise.
                assert "ParallelizationFactor" not in trigger["Properties"]
            case other:
                raise AssertionError(f"{function} has a trigger that nobody bounds: {other}")
    assert bool(triggers(function)) is (function not in STARTED_BY_SES)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_was_given_is_not_lost_when_it_fails(function: str) -> None:
    for trigger in triggers(function):
        if trigger["Type"] == "SQS":
            queue = trigger["Properties"]["Queue"]["Fn::GetAtt"].partition(".")[0]
            assert RESOURCES[queue]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]
        elif trigger["Type"] == "DynamoDB" and function not in NEEDS_NO_DEAD_LETTERS:
            assert trigger["Properties"]["DestinationConfig"]["OnFailure"]
        elif trigger["Type"] == "ScheduleV2":
            assert RESOURCES[function]["Properties"]["EventInvokeConfig"]["MaximumRetryAttempts"] == 0
    if function in STARTED_BY_SES:
        assert RESOURCES[function]["Properties"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_environment_holds_a_secret(function: str) -> None:
    for name, value in RESOURCES[function]["Properties"].get("Environment", {}).get("Variables", {}).items():
        assert "{{resolve:" not in str(value), name
        # A secret's Ref is its ARN; nothing else is known of a secret.
        assert all(kind == "Ref" for kind, secret in mentioned(value) if secret in SECRETS), name


def mentioned(value: Any) -> Iterator[tuple[str, str]]:
    """What a value is made of, as in `("Ref", "Table")`, `("Fn::GetAtt", "Table")`."""
    if isinstance(value, dict):
        for kind, argument in value.items():
            if isinstance(argument, str):
                yield kind, argument.partition(".")[0]
            yield from mentioned(argument)
    elif isinstance(value, list):
        for item in value:
            yield from mentioned(item)


def test_no_function_stands_in_a_network() -> None:
    assert [name for name in FUNCTIONS if "VpcConfig" in RESOURCES[name]["Properties"]] == []
