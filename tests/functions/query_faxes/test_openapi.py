"""docs/openapi.yaml tells of the routes that exist, and of the answers they give."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.functions.callbacks.test_answers import UNREADABLE
from tests.support.bundle_on_moto import Event, Stack, greenfax_get, softlinx_post
from tests.support.openapi import hold_against_openapi, openapi, validator_of
from tests.support.template import raw_template


def routes() -> dict[str, dict[str, Any]]:
    """The API's routes with what the template says of each, as in `get /faxes`; a page is no API."""
    return {
        f"{event['Properties']['Method'].lower()} {event['Properties']['Path']}": event["Properties"]
        for resource in raw_template()["Resources"].values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "HttpApi" and not event["Properties"]["Path"].startswith("/console")
    }


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_it_tells_of_exactly_the_template_s_routes() -> None:
    assert set(operations()) == set(routes())


def test_it_tells_which_routes_are_guarded_by_iam() -> None:
    guarded = {name for name, operation in operations().items() if operation.get("security") == [{"iam": []}]}
    assert guarded == {name for name, event in routes().items() if event["Auth"]["Authorizer"] == "AWS_IAM"}


def test_its_schemas_are_schemas_and_its_references_lead_somewhere() -> None:
    for name, schema in openapi()["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        # Looking at a value follows references; whether it fits is of no interest.
        list(validator_of({"$ref": f"#/components/schemas/{name}"}).iter_errors({}))


def test_it_tells_of_the_throttle_s_answer_on_every_route() -> None:
    untold = [name for name, operation in operations().items() if "429" not in operation["responses"]]
    assert untold == []


ANSWERS = [
    ("SoftlinxCallback", softlinx_post(), "post /callbacks/softlinx/{token}"),
    ("SoftlinxCallback", softlinx_post(token="x"), "post /callbacks/softlinx/{token}"),
    ("SoftlinxCallback", softlinx_post("x" * 70_000), "post /callbacks/softlinx/{token}"),
    ("SoftlinxCallback", softlinx_post("", content_type="text/plain"), "post /callbacks/softlinx/{token}"),
    ("SoftlinxCallback", softlinx_post(UNREADABLE[0][1]), "post /callbacks/softlinx/{token}"),
    ("GreenFaxNotify", greenfax_get(), "get /callbacks/greenfax/{token}"),
    ("GreenFaxNotify", greenfax_get(token=None), "get /callbacks/greenfax/{token}"),
    ("GreenFaxNotify", greenfax_get("result=success"), "get /callbacks/greenfax/{token}"),
    ("GreenFaxNotify", greenfax_get("x" * 70_000), "get /callbacks/greenfax/{token}"),
    (
        "GreenFaxNotify",
        greenfax_get("greenfax_job_id=1", is_inbound=True),
        "get /callbacks/greenfax/{token}/inbound",
    ),
]


@pytest.mark.parametrize(("function", "event", "operation"), ANSWERS)
def test_it_tells_of_every_answer_to_a_callback(
    stack: Stack, function: str, event: Event, operation: str
) -> None:
    method, _, path = operation.partition(" ")
    with stack.out_of_reach("secretsmanager"):
        hold_against_openapi(stack.http(function, event), method, path)
    hold_against_openapi(stack.http(function, event), method, path)


def test_it_requires_of_a_callback_what_the_handlers_require() -> None:
    form = validator_of({"$ref": "#/components/schemas/SoftlinxCallback"})
    assert form.is_valid({"FaxId": "0033", "FaxStatus": "sent", "Anything": "else"})
    for name in ("FaxId", "FaxStatus"):
        assert not form.is_valid({"FaxId": "33", "FaxStatus": "sent"} | {name: ""})


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """What each operation takes and gives, each with where it stands."""
    for name, operation in operations().items():
        answers = {f"{name} {status}": answer for status, answer in operation["responses"].items()}
        for where, body in {name: operation.get("requestBody", {}), **answers}.items():
            for media_type, described in led_to(body).get("content", {}).items():
                yield f"{where} {media_type}", described


def led_to(described: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to; of anything else itself."""
    if "$ref" not in described:
        return described
    _, _, kind, name = described["$ref"].split("/")
    found: dict[str, Any] = openapi()["components"][kind][name]
    return found


def examples_of(described: dict[str, Any]) -> list[Any]:
    named = [led_to(one)["value"] for one in described.get("examples", {}).values()]
    return [*named, described["example"]] if "example" in described else named


def test_it_has_an_example_of_every_request_and_answer() -> None:
    assert [where for where, described in bodies() if not examples_of(described)] == []


def test_its_examples_are_what_it_describes() -> None:
    for where, described in bodies():
        for example in examples_of(described):
            wrong = [error.message for error in validator_of(described["schema"]).iter_errors(example)]
            assert wrong == [], where
