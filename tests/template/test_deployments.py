"""That the deployments which everything is held against leave nothing of the templates out."""

from collections.abc import Callable

import pytest

from tests.support.conditions import Condition
from tests.support.deployments import (
    GREENFAX,
    as_long_as_can_be,
    choices,
    deployments,
    largest,
    longest_value,
)
from tests.support.stacks import LONGEST_NAME, Deployment, Stack, UnresolvedReference, deploy
from tests.support.template import monitoring_template, raw_template
from tests.support.transformed import documents, transformed

PARAMETERS = raw_template()["Parameters"]
CONDITIONS = [
    *(("template.yaml", name) for name in raw_template()["Conditions"]),
    *(("monitoring.yaml", name) for name in monitoring_template()["Conditions"]),
]


def stack_of(deployment: Deployment, file: str) -> Stack:
    return deployment.bundle if file == "template.yaml" else deployment.bundle.nested


@pytest.mark.parametrize("condition", CONDITIONS, ids=":".join)
def test_every_condition_is_seen_both_true_and_false(condition: Condition) -> None:
    file, name = condition
    assert {stack_of(one, file).holds(name) for one in deployments().values()} == {True, False}


def test_any_two_conditions_are_seen_in_every_way_in_which_they_can_be_together() -> None:
    """Of what can be, the rules and the conditions themselves decide, for all parameters together."""
    seen = {
        tuple(stack_of(one, file).holds(name) for file, name in CONDITIONS) for one in deployments().values()
    }
    for first, one in enumerate(CONDITIONS):
        for second, other in enumerate(CONDITIONS[:first]):
            together = {(outcome[first], outcome[second]) for outcome in seen}
            assert together == choices().together(one, other), (one, other)


def test_every_resource_is_made_and_every_one_under_a_condition_is_left_out() -> None:
    everything = deploy(largest())
    for stack in everything.stacks():
        assert set(stack.existing) == set(stack.document["Resources"])
    for index, stack in enumerate(everything.stacks()):
        always = set.intersection(*(set(one.stacks()[index].existing) for one in deployments().values()))
        made = stack.document["Resources"].items()
        assert always == {name for name, one in made if "Condition" not in one}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_longest_value_is_as_long_as_its_parameter_allows(name: str) -> None:
    parameter = PARAMETERS[name]
    if "MaxLength" in parameter:
        assert len(longest_value(name, parameter)) == parameter["MaxLength"]


def test_a_stack_has_the_longest_name_that_cloudformation_takes() -> None:
    assert len(LONGEST_NAME) == 128


def resolve(deployment: Deployment) -> None:
    for stack in deployment.stacks():
        assert all(stack.properties(name) is not None for name in stack.existing)
        assert all(value is not None for value in stack.outputs.values())


def test_nothing_is_referred_to_that_its_deployment_does_not_have() -> None:
    for deployment in deployments().values():
        resolve(deployment)


def test_a_reference_to_what_is_left_out_is_refused() -> None:
    templates = documents().copy()
    del templates.bundle["Resources"]["MarkQueue"]["Condition"]
    with pytest.raises(UnresolvedReference, match="MarkDeadLetters"):
        resolve(deploy(GREENFAX, templates))


@pytest.mark.parametrize("parameters", [as_long_as_can_be, largest])
def test_what_sam_makes_of_the_template_hangs_on_no_parameter(
    parameters: Callable[[], dict[str, str]],
) -> None:
    """So that it is made once, for all deployments."""
    assert transformed(parameters()) == documents().bundle
