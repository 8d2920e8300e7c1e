"""Every route of the API, whatever path led there and whatever stands in its query string."""

import pytest

from tests.support.bundle_on_moto import Event, Stack, query
from tests.support.template import raw_template

# Callbacks, and what is no API.
OTHERS = ("SoftlinxCallback", "GreenFaxNotify", "ConsolePage")
PATH = {"id": "softlinx.outbound.acme.33", "provider": "softlinx", "name": "jane", "day": "2026-11-20"}
ROUTES = [
    (function, f"{event['Properties']['Method']} {event['Properties']['Path']}")
    for function, resource in raw_template()["Resources"].items()
    for event in resource.get("Properties", {}).get("Events", {}).values()
    if event["Type"] == "HttpApi" and function not in OTHERS
]


def event_to(route: str, parameters: str = "") -> Event:
    path = {name: text for name, text in PATH.items() if f"{{{name}}}" in route}
    return query(route, parameters, **path) | {"body": "{}"}


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_a_stage_or_a_domain_may_put_its_own_before_the_path(stack: Stack, function: str, route: str) -> None:
    event = event_to(route)
    plain = stack.http(function, event)
    assert "There is nothing here" not in plain.body
    for path in (f"/v1{event['rawPath']}", "/prod", "/faxes/%2e%2e"):
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        answer = stack.http(function, event)
        assert (answer.status, answer.body) == (plain.status, plain.body)


@pytest.mark.parametrize(("function", "route"), ROUTES)
def test_a_parameter_that_is_given_twice_is_named(stack: Stack, function: str, route: str) -> None:
    for parameters in ("status=sent&status=failed", "cursor=a&limit=3&cursor=a", "day=&d%61y"):
        answer = stack.http(function, event_to(route, parameters))
        name = parameters.partition("=")[0]
        assert (answer.status, answer.document["field"]) == (400, name)
        assert "more than once" in answer.document["detail"]


@pytest.mark.parametrize(
    "parameters", ["%ff=1", "&".join(f"x{number}" for number in range(101)), "+49%20171%20555=1"]
)
def test_a_query_string_that_can_t_be_read_is_refused_and_not_repeated(stack: Stack, parameters: str) -> None:
    answer = stack.http("QueryFaxes", event_to("GET /faxes", parameters))
    assert (answer.status, answer.document["field"]) == (400, "query")
    assert "555" not in answer.body
