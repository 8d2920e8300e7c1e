"""The bills of materials name what the layers carry and what the command installs, each with its hashes."""

import json
from functools import cache
from typing import Any

import pytest

from tools.artifact import GROUP_LAYERS, OF_THE_COMMAND, group_pins, shared_pins
from tools.sbom import SELECTIONS, bill_of, version


@cache
def bill(what: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bill_of(what))
    return found


def packages(what: str) -> set[str]:
    return {component["name"] for component in bill(what)["components"]}


def test_the_bundles_bill_has_what_the_layers_carry_and_nothing_else() -> None:
    carried = set(shared_pins()).union(*(group_pins(layer.removesuffix("-layer")) for layer in GROUP_LAYERS))
    assert packages("bundle") == carried


def test_the_commands_bill_has_what_its_wheel_asks_for() -> None:
    assert {"boto3", "moto", "fpdf2", *OF_THE_COMMAND} <= packages("command")
    assert {"pytest", "ruff", "mypy"} & packages("command") == set()


@pytest.mark.parametrize("what", SELECTIONS)
def test_a_bill_is_of_this_version_and_pins_each_package_by_hash(what: str) -> None:
    assert bill(what)["bomFormat"] == "CycloneDX"
    assert bill(what)["metadata"]["component"]["version"] == version()
    unpinned = [
        component["name"]
        for component in bill(what)["components"]
        if not all(one["hashes"] for one in component["externalReferences"])
    ]
    assert unpinned == []
