"""What AWS refuses to deploy because it is too much, and no linter knows: one row for each limit.

A row measures the templates as they stand and names where it measured. Beside it stands an excess: a
change that goes beyond the limit, which the same measure has to see, so that no row passes because it
looks at nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.template import monitoring_template, raw_template


@dataclass(frozen=True)
class Templates:
    """The bundle's template and the one nested in it, each as it stands in its file."""

    bundle: dict[str, Any]
    monitoring: dict[str, Any]

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Name and properties of every resource of this type."""
        for template in (self.bundle, self.monitoring):
            for name, resource in template["Resources"].items():
                if resource["Type"] == kind:
                    yield name, resource["Properties"]


@dataclass(frozen=True)
class Limit:
    name: str
    most: int
    source: str  # a page of AWS's documentation, or a shape of botocore's service models
    measure: Callable[[Templates], Iterator[tuple[str, int]]]  # where, and how much
    exceed: Callable[[Templates], object]

    def exceeded(self, templates: Templates) -> Mapping[str, int]:
        measured = list(self.measure(templates))
        assert measured, "nothing was measured"
        return {where: value for where, value in measured if value > self.most}


# --- Alarms -----------------------------------------------------------------------------------------------


def metrics_of_alarms(templates: Templates) -> Iterator[tuple[str, int]]:
    for name, alarm in templates.of_type("AWS::CloudWatch::Alarm"):
        yield name, sum("MetricStat" in query for query in alarm.get("Metrics", []))


def queries_of_alarms(templates: Templates) -> Iterator[tuple[str, int]]:
    for name, alarm in templates.of_type("AWS::CloudWatch::Alarm"):
        yield name, len(alarm.get("Metrics", []))


def one_alarm_of(functions: int) -> Callable[[Templates], object]:
    def exceed(templates: Templates) -> None:
        queries = templates.monitoring["Resources"]["RunsFail"]["Properties"]["Metrics"]
        queries[1:] = [queries[1]] * 2 * functions

    return exceed


# --- Queues -----------------------------------------------------------------------------------------------


def queues_of_policies(templates: Templates) -> Iterator[tuple[str, int]]:
    for name, policy in templates.of_type("AWS::SQS::QueuePolicy"):
        yield name, len(policy["Queues"])


def resources_of_queue_statements(templates: Templates) -> Iterator[tuple[str, int]]:
    for name, policy in templates.of_type("AWS::SQS::QueuePolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            resource = statement["Resource"]
            yield name, len(resource) if isinstance(resource, list) else 1


def one_policy_of_two_queues(templates: Templates) -> None:
    policy = templates.bundle["Resources"]["NotifyQueuePolicy"]["Properties"]
    policy["Queues"] = [{"Ref": "NotifyQueue"}, {"Ref": "NotifyDeadLetters"}]
    policy["PolicyDocument"]["Statement"][0]["Resource"] = [
        {"Fn::GetAtt": "NotifyQueue.Arn"},
        {"Fn::GetAtt": "NotifyDeadLetters.Arn"},
    ]


LIMITS = [
    Limit(
        "metrics of an alarm",
        10,
        "botocore: cloudwatch MetricDataQuery",
        metrics_of_alarms,
        one_alarm_of(functions=6),
    ),
    Limit(
        "metrics and expressions of an alarm",
        20,
        "botocore: cloudwatch MetricDataQuery",
        queries_of_alarms,
        one_alarm_of(functions=10),
    ),
    Limit(
        "queues of a queue policy",
        1,
        "SQS Developer Guide 2011-10-01, Special Information for SQS Policies",
        queues_of_policies,
        one_policy_of_two_queues,
    ),
    Limit(
        "resources of a statement in a queue policy",
        1,
        "https://github.com/remind101/stacker_blueprints/pull/71: SQS took no second one",
        resources_of_queue_statements,
        one_policy_of_two_queues,
    ),
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
    """So that the figures above are those of every deployment."""
    for name, alarm in templates.of_type("AWS::CloudWatch::Alarm"):
        assert "Fn::If" not in str(alarm), name
