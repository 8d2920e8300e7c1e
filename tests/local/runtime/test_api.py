"""The HTTP API: events as API Gateway makes them, and answers as it gives them."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.runtime.api import HttpApi
from local.runtime.clock import VirtualClock
from local.runtime.function_plans import FunctionPlan, HttpRoute
from local.runtime.functions import Function
from local.runtime.logs import FunctionLog
from local.runtime.throttle import Throttle
from local.runtime.web import WsgiServer
from tests.e2e.conftest import START
from tests.support.patience import PATIENCE_SECONDS

_ECHO = """
from pathlib import Path

def handler(event, context):
    answers = Path(__file__).with_name("answer.py")
    if answers.exists():
        return eval(answers.read_text(), {"event": event, "context": context})
    return event
"""


@dataclass
class Echo:
    """A function that answers with its event, or as it is told to."""

    folder: Path
    url: str
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS)
    )

    def event(self, method: str, path: str, **request: Any) -> Mapping[str, Any]:
        answer = self.client.request(method, self.url + path, **request)
        assert answer.status_code == 200, answer.text
        event: Mapping[str, Any] = answer.json()
        return event

    def answer(self, expression: str) -> httpx.Response:
        (self.folder / "answer.py").write_text(expression)
        return self.client.get(self.url + "/faxes")


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Echo]:
    (tmp_path / "app.py").write_text(_ECHO)
    plan = FunctionPlan("Echo", tmp_path, "app.handler", timedelta(seconds=10), 128, 0, None, {}, ())
    clock = VirtualClock(START)
    log = FunctionLog(tmp_path / "log")
    function = Function(plan, clock, log, stack="test", after_each=lambda: None)
    paths = ("/faxes", "/faxes/{id}", "/callbacks/{token}/inbound")
    routes = [
        (HttpRoute(method, path, is_open=True), function) for path in paths for method in ("GET", "POST")
    ]
    api = HttpApi(routes, clock, Throttle(rate=200, burst=400, clock=clock))
    server = WsgiServer(api, 0, what="the test")
    server.start()
    echo = Echo(tmp_path, server.url)
    yield echo
    echo.client.close()
    server.close()
    clock.stop()
    log.close()


def test_a_form_comes_in_base64(echo: Echo) -> None:
    event = echo.event("POST", "/callbacks/t/inbound", data={"FaxId": "1", "Text": "ü&"})
    assert event["isBase64Encoded"] is True
    assert b64decode(event["body"]) == b"FaxId=1&Text=%C3%BC%26"
    assert event["headers"]["content-type"] == "application/x-www-form-urlencoded"


def test_text_comes_as_text(echo: Echo) -> None:
    event = echo.event("POST", "/faxes", json={"a": "ü"})
    assert event["isBase64Encoded"] is False
    assert json.loads(event["body"]) == {"a": "ü"}


def test_no_body_is_no_entry(echo: Echo) -> None:
    event = echo.event("GET", "/faxes")
    assert "body" not in event
    assert event["isBase64Encoded"] is False
    assert "queryStringParameters" not in event
    assert "pathParameters" not in event


def test_the_query_stays_as_it_was_sent(echo: Echo) -> None:
    event = echo.event("GET", "/faxes?result%3Dsuccess%26x%3D%252B&a=1&a=2&b=%C3%BC")
    assert event["rawQueryString"] == "result%3Dsuccess%26x%3D%252B&a=1&a=2&b=%C3%BC"
    assert event["queryStringParameters"] == {"result=success&x=%2B": "", "a": "1,2", "b": "ü"}


def test_the_path_and_its_parts(echo: Echo) -> None:
    event = echo.event("GET", "/faxes/softlinx.outbound.acme.33%20x")
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "GET /faxes/{id}"
    assert event["rawPath"] == "/faxes/softlinx.outbound.acme.33 x"
    assert event["pathParameters"] == {"id": "softlinx.outbound.acme.33 x"}
    assert event["version"] == "2.0"
    http = event["requestContext"]["http"]
    assert (http["method"], http["path"], http["sourceIp"]) == ("GET", event["rawPath"], "127.0.0.1")
    assert event["requestContext"]["timeEpoch"] == int(START.timestamp() * 1000)


@pytest.mark.parametrize(
    "path", ["/faxes/softlinx%2Eoutbound%2eacme%2E33", "/faxes/%73oftlinx.outbound.acme.33"]
)
def test_a_path_may_encode_whatever_it_likes(echo: Echo, path: str) -> None:
    assert echo.event("GET", path)["pathParameters"] == {"id": "softlinx.outbound.acme.33"}


def test_a_path_is_decoded_once(echo: Echo) -> None:
    assert echo.event("GET", "/faxes/a%2520b")["pathParameters"] == {"id": "a%20b"}


def test_header_names_are_in_lower_case(echo: Echo) -> None:
    event = echo.event("GET", "/faxes", headers={"X-Own": "Value"})
    assert event["headers"]["x-own"] == "Value"
    assert all(name == name.lower() for name in event["headers"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/faxes/1/2"),
        ("GET", "/faxes/1%2F2"),
        ("DELETE", "/faxes"),
        ("HEAD", "/faxes"),
        ("OPTIONS", "/faxes"),
    ],
)
def test_what_has_no_route_is_not_found(echo: Echo, method: str, path: str) -> None:
    answer = echo.client.request(method, echo.url + path)
    assert answer.status_code == 404
    if method != "HEAD":
        assert answer.json() == {"message": "Not Found"}


def test_a_body_over_10_megabytes_is_refused(echo: Echo) -> None:
    answer = echo.client.post(echo.url + "/faxes", content=bytes(10 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_what_lambda_would_not_take_is_refused(echo: Echo) -> None:
    for content_type, size in (("application/json", 6_291_500), ("application/pdf", 4_718_667)):
        answer = echo.client.post(
            echo.url + "/faxes", content=b"x" * size, headers={"content-type": content_type}
        )
        assert (answer.status_code, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_answers(echo: Echo) -> None:
    answer = echo.answer("{'statusCode': 201, 'headers': {'x-own': 'a'}, 'cookies': ['b=c'], 'body': 'ü'}")
    assert (answer.status_code, answer.headers["x-own"], answer.text) == (201, "a", "ü")
    assert answer.cookies["b"] == "c"
    encoded = b64encode(b"\0\1").decode()
    assert (
        echo.answer(f"{{'statusCode': 200, 'isBase64Encoded': True, 'body': '{encoded}'}}").content == b"\0\1"
    )
    assert echo.answer("['an', 'answer', 'without', 'status']").json() == [
        "an",
        "answer",
        "without",
        "status",
    ]
    assert echo.answer("{'statusCode': 204}").content == b""


@pytest.mark.parametrize("expression", ["1 / 0", "{1, 2}"])
def test_a_handler_that_raises_is_answered_500(echo: Echo, expression: str) -> None:
    answer = echo.answer(expression)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_the_context_knows_the_time_that_is_left(echo: Echo) -> None:
    assert 9_000 < echo.answer("[context.get_remaining_time_in_millis()]").json()[0] <= 10_000
