"""A callback that is refused is heard of: counted by its reason, and never answered otherwise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.bundle_on_moto import TOKEN, Event, Stack, greenfax_get, softlinx_post

OTHER_TOKEN = "Z" * 48
REFUSALS = [
    ("SoftlinxCallback", softlinx_post(token=OTHER_TOKEN), 404, "token"),
    ("SoftlinxCallback", softlinx_post(token=None), 404, "token"),
    ("SoftlinxCallback", softlinx_post(address="192.0.2.1"), 404, "address"),
    ("SoftlinxCallback", softlinx_post(token=OTHER_TOKEN, address="192.0.2.1"), 404, "token"),
    ("SoftlinxCallback", softlinx_post("x" * 65_537), 413, "size"),
    ("SoftlinxCallback", softlinx_post("FaxId=33", content_type="text/plain"), 415, "form"),
    ("SoftlinxCallback", softlinx_post("FaxStatus=sent"), 400, "field"),
    ("GreenFaxNotify", greenfax_get(token=OTHER_TOKEN), 404, "token"),
    ("GreenFaxNotify", greenfax_get("x" * 65_537), 413, "size"),
    ("GreenFaxNotify", greenfax_get("result=success"), 400, "field"),
]
ORIGINS = {"SoftlinxCallback": "softlinx-callback", "GreenFaxNotify": "greenfax-notify"}


def lines(said: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in said.splitlines() if line.startswith("{"))


def refused(said: str) -> list[tuple[str, str]]:
    """Origin and reason of each refusal that was counted."""
    return [(line["origin"], line["reason"]) for line in lines(said) if "CallbackRefused" in line]


@pytest.mark.parametrize(("function", "event", "status", "reason"), REFUSALS)
def test_a_refused_callback_is_counted_once_by_its_reason(
    stack: Stack, capsys: pytest.CaptureFixture[str], function: str, event: Event, status: int, reason: str
) -> None:
    stack.parameters["EnforceSoftlinxAddresses"] = "true"
    assert stack.http(function, event).status == status
    said = capsys.readouterr().out
    assert refused(said) == [(ORIGINS[function], reason)]
    told = [line for line in lines(said) if line.get("level") == "WARNING"]
    assert len(told) == 1
    assert OTHER_TOKEN not in said


@pytest.mark.parametrize(("token", "address"), [(OTHER_TOKEN, "192.0.2.1"), (TOKEN, "192.0.2.1")])
def test_the_log_says_which_address_was_not_let_in_and_the_metric_does_not(
    stack: Stack, capsys: pytest.CaptureFixture[str], token: str, address: str
) -> None:
    stack.parameters["EnforceSoftlinxAddresses"] = "true"
    stack.http("SoftlinxCallback", softlinx_post(token=token, address=address))
    (line, metric) = lines(capsys.readouterr().out)
    assert (line["message"], line["origin"], line["address"]) == (
        "callback refused",
        "softlinx-callback",
        address,
    )
    assert address not in json.dumps(metric)


def test_a_callback_that_is_taken_is_not_refused(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post()).status == 200
    assert stack.http("GreenFaxNotify", greenfax_get()).status == 200
    assert refused(capsys.readouterr().out) == []


def test_what_could_not_be_kept_is_no_refusal(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Its answer is 503, so that it comes again and is counted then."""
    with stack.out_of_reach("dynamodb"):
        assert stack.http("SoftlinxCallback", softlinx_post("FaxStatus=sent")).status == 503
    assert refused(capsys.readouterr().out) == []
