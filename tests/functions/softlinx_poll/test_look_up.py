"""A token has leaked: what callbacks alone have settled is listed, looked up, confirmed or contradicted."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cli.api import Api
from cli.unconfirmed import unconfirmed
from faxledger.errors import LoginRefused
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support.bundle_on_moto import Context, Stack, query, softlinx_post
from tests.support.openapi import hold_against_openapi

TRUE, UNTRUE, INVENTED = "12025550100", "12025550001", "999"


class StackApi(Api):
    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def ask(self, method: str, path: str, document: object = None, **_: Any) -> Any:
        assert (method, document) == ("GET", None)
        asked = dict(parse_qsl(urlsplit(path).query))
        answer = self._stack.http("QueryFaxes", query("GET /faxes", asked))
        hold_against_openapi(answer, "get", "/faxes")
        return answer.document


@pytest.fixture
def softlinx(stack: Stack) -> Iterator[SoftlinxSimulator]:
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as simulator:
        stack.parameters["SoftlinxUrl"] = simulator.wsapi_url
        yield simulator


def listed(stack: Stack, since: datetime) -> set[str]:
    return {fax["id"].rpartition(".")[2] for fax in unconfirmed(StackApi(stack), since)}


@pytest.mark.parametrize("api", ["soap", "rest"])
def test_what_was_called_is_listed_until_its_provider_was_asked(
    stack: Stack, softlinx: SoftlinxSimulator, api: str
) -> None:
    stack.parameters["SoftlinxApi"] = api
    since = stack.clock.now()
    true, untrue = (str(softlinx.send(number)) for number in (TRUE, UNTRUE))
    stack.clock.advance(hours=1)
    for fax_id in (true, untrue, INVENTED):
        # A time long past, so that it is in no listing of these days.
        said = {"FaxId": fax_id, "FaxStatus": "sent", "CompleteTime": "2024-01-31T08:00:00Z"}
        assert stack.http("SoftlinxCallback", softlinx_post(said)).status == 200
    assert listed(stack, since) == {true, untrue, INVENTED}

    event = {"look_up": [fax["id"] for fax in unconfirmed(StackApi(stack), since)]}
    told = stack.invoke("SoftlinxPoll", event, Context(seconds_left=900))
    assert told == {"stated": 2, "unknown": [f"softlinx.outbound.acme.{INVENTED}"], "left": []}

    assert listed(stack, since) == {INVENTED}
    kept = {item["pk"].rpartition("#")[2]: item for item in stack.items("FAX#")}
    assert kept[untrue]["conflict"]["status"] == "failed"
    assert "conflict" not in kept[true]


@pytest.mark.parametrize("api", ["soap", "rest"])
def test_a_login_that_was_changed_a_moment_ago_is_the_one_that_is_tried(
    stack: Stack, softlinx: SoftlinxSimulator, api: str
) -> None:
    stack.parameters |= {"SoftlinxApi": api, "SoftlinxUrl": softlinx.wsapi_url}
    nobody_s = {"look_up": ["softlinx.outbound.acme.0"]}
    poll = partial(stack.invoke, "SoftlinxPoll", nobody_s, Context(seconds_left=900))
    assert poll() == {"stated": 0, "unknown": nobody_s["look_up"], "left": []}
    stack.put_secret("SoftlinxCredentials", '{"login": "faxledger", "password": "mistyped"}')
    with pytest.raises(LoginRefused):
        poll()
    assert stack.items("FAX") == []
