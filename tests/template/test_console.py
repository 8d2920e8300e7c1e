"""The hosted console asks by the API's own calls, each for whom its scope says."""

from tests.support.console_calls import console_calls
from tests.support.openapi import openapi
from tests.support.template import raw_template

RESOURCES = raw_template()["Resources"]
PREFIX = "/console/api"
# Bytes that hold health data, for holders of a policy that nobody has for good.
FOR_THE_OCCASION = ("GET", f"{PREFIX}/unreadable/{{id}}")


def scope_for(method: str, path: str) -> str:
    if method == "GET" or path == "/faxes/search":
        return "fax.read"
    if path.startswith("/routes"):
        return "routes.write"
    if path.startswith("/deliveries"):
        return "deliveries.write"
    return "fax.amend" if path.endswith("/amendments") else "fax.send"


def test_the_console_has_every_call_of_the_api_that_is_guarded_but_the_bytes_of_the_unreadable() -> None:
    guarded = {
        (method.upper(), f"{PREFIX}{path}")
        for path, calls in openapi()["paths"].items()
        for method, call in calls.items()
        if isinstance(call, dict) and call.get("security")
    }
    found = [(method, path) for method, path, _, _ in console_calls()]
    assert len(found) == len(set(found))
    assert set(found) == guarded - {FOR_THE_OCCASION}


def test_the_same_function_answers_as_to_a_signed_call() -> None:
    signed = {
        (event["Properties"]["Method"], f"{PREFIX}{event['Properties']['Path']}"): name
        for name, made in RESOURCES.items()
        for event in made["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }
    for method, path, function, _ in console_calls():
        assert signed[method, path] == function, path


def test_whoever_may_read_may_change_nothing() -> None:
    for method, path, _, scope in console_calls():
        assert scope == scope_for(method, path.removeprefix(PREFIX)), path


def test_the_gateway_may_call_each_of_these_functions_where_a_console_is_hosted() -> None:
    allowed = {
        made["Properties"]["FunctionName"]["Ref"]
        for made in RESOURCES.values()
        if made["Type"] == "AWS::Lambda::Permission" and made.get("Condition") == "HostsConsole"
    }
    assert allowed == {function for _, _, function, _ in console_calls()}
