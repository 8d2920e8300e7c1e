"""events/ holds one event for each function, as its trigger really makes it, and they tell one story."""

import json
from base64 import b64decode
from hashlib import md5
from typing import Any

import pytest

from tests.support.bundle_on_moto import FOLDERS, Stack, event_file
from tests.support.template import ROOT, Template, raw_template

HTTP = (
    "softlinx_callback",
    "greenfax_notify",
    "query_faxes",
    "report_faxes",
    "submit_fax",
    "amend_fax",
    "edit_routes",
    "redrive_deliveries",
    "console_page",
)
SCHEDULED = ("softlinx_poll", "greenfax_feed", "notify_due", "sweep", "close_day")


def test_each_function_has_one_event_of_its_name() -> None:
    folders = {
        raw_template()["Resources"][name]["Properties"]["CodeUri"].removeprefix("functions/")
        for name in Template({}).functions()
    }
    assert folders == {path.stem for path in (ROOT / "events").iterdir()} == set(FOLDERS.values())


def test_each_function_is_run_as_it_was_built_on_its_event() -> None:
    runs = (ROOT / "tests" / "built" / "test_functions.py").read_text("utf-8")
    run = {name for name in FOLDERS if f'deployment.invoke("{name}", ' in runs}
    given = {name for name, folder in FOLDERS.items() if f'event_of("{folder}")' in runs}
    assert run == given == set(Template({}).functions())


@pytest.mark.parametrize("name", HTTP)
def test_an_http_event_is_of_one_piece(name: str) -> None:
    event = event_file(name)
    http, route = event["requestContext"]["http"], event["routeKey"]
    assert event["version"] == "2.0"
    assert route == event["requestContext"]["routeKey"]
    assert route.partition(" ")[0] == http["method"]
    path = route.partition(" ")[2]
    for parameter, value in event.get("pathParameters", {}).items():
        path = path.replace(f"{{{parameter}}}", value)
    assert path == event["rawPath"] == http["path"]
    assert set(event["headers"]) == {header.lower() for header in event["headers"]}
    if "body" in event:
        body = b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
        assert len(body) == int(event["headers"]["content-length"])


@pytest.mark.parametrize("name", SCHEDULED)
def test_a_schedule_s_event_is_of_one_piece(name: str) -> None:
    event = event_file(name)
    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")


def test_the_callback_the_announcement_and_the_mark_are_about_one_fax(stack: Stack) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    stack.http("SoftlinxCallback", event_file("softlinx_callback"))
    image: dict[str, Any] = event_file("announce")["Records"][0]["dynamodb"]["NewImage"]
    settled = stack.item("softlinx.outbound.acme.33")
    assert settled is not None
    # One settling and another differ in when they were, and in a random token.
    changing = {"settled_at", "write_token", "sighting_callback", "expires_at", "due_at"}
    assert set(image) == set(settled)
    for name in set(image) - changing:
        assert str(settled[name]) == next(iter(image[name].values()))

    stack.invoke("Announce", event_file("announce"))
    (told,) = stack.announced()
    message = event_file("mark_fax")["Records"][0]
    assert message["md5OfBody"] == md5(message["body"].encode()).hexdigest()  # noqa: S324 - as SQS does
    body = json.loads(message["body"])
    assert {name: body[name] for name in ("source", "detail-type", "detail")} == {
        name: told[name] for name in ("source", "detail-type", "detail")
    }
