"""The layer describes the operations that the code asks AWS for, and no others."""

import ast
import gzip
import json
from functools import cache
from pathlib import Path

import botocore
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.support.template import ROOT
from tools.artifact import keep_operations, project_settings

OPERATIONS: dict[str, list[str]] = project_settings()["aws-operations"]
DATA = Path(botocore.__file__).parent / "data"


@cache
def described(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def names_in_code() -> set[str]:
    """Whatever may be a method of a client, or the name of one."""
    found: set[str] = set()
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                    found.add(name)
    return found


def test_every_operation_that_the_code_asks_for_is_in_the_list_and_no_other() -> None:
    used = names_in_code()
    for service, operations in OPERATIONS.items():
        asked = {name for name in described(service).operation_names if xform_name(name) in used}
        assert set(operations) == asked, service


def test_only_services_without_any_such_operation_are_not_in_the_list() -> None:
    used = names_in_code()
    for service in set(project_settings()["botocore-services"]) - OPERATIONS.keys():
        assert not {xform_name(name) for name in described(service).operation_names} & used, service


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_what_is_kept_is_described_as_before(service: str) -> None:
    (path,) = sorted((DATA / service).rglob("service-2.json.gz"))[-1:]
    description = json.loads(gzip.decompress(path.read_bytes()))
    whole, kept = ServiceModel(description), ServiceModel(keep_operations(description, OPERATIONS[service]))
    assert sorted(kept.operation_names) == sorted(OPERATIONS[service])
    assert len(kept.shape_names) < len(whole.shape_names)
    for name in kept.shape_names:
        # Looks up every shape that this one is made of.
        assert repr(kept.shape_for(name)) == repr(whole.shape_for(name))
        assert list(getattr(kept.shape_for(name), "members", ())) == list(
            getattr(whole.shape_for(name), "members", ())
        )
    for name in kept.operation_names:
        operation, before = kept.operation_model(name), whole.operation_model(name)
        assert str(operation.input_shape) == str(before.input_shape)
        assert str(operation.output_shape) == str(before.output_shape)
        assert list(map(str, operation.error_shapes)) == list(map(str, before.error_shapes))


def test_an_operation_that_botocore_does_not_know_fails_the_build() -> None:
    with pytest.raises(SystemExit, match="botocore does not know PutItems"):
        keep_operations({"operations": {"PutItem": {}}, "shapes": {}}, ["PutItems"])
