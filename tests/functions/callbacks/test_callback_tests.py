"""A test of ours shows that callbacks arrive: it leaves one trace, and can never become a fax."""

import json
from datetime import timedelta

import pytest

from tests.support.bundle_on_moto import NOW, Event, Stack, greenfax_get, query, softlinx_post

HEADER = "x-faxledger-test"
TEST = "0123456789abcdef0123456789abcdef"
ORIGINS = {"SoftlinxCallback": "softlinx-callback", "GreenFaxNotify": "greenfax-notify"}
# Each carries a fax, or what nobody could read, beside saying that it is a test.
CALLS = [
    ("SoftlinxCallback", softlinx_post({"FaxId": "33", "FaxStatus": "sent"})),
    ("SoftlinxCallback", softlinx_post("?")),
    ("SoftlinxCallback", softlinx_post("{}", content_type="application/json")),
    ("SoftlinxCallback", softlinx_post("x" * 70_000)),
    ("GreenFaxNotify", greenfax_get()),
    ("GreenFaxNotify", greenfax_get("greenfax_job_id=1", is_inbound=True)),
]


def as_test(event: Event, test: str = TEST) -> Event:
    return {**event, "headers": {**event["headers"], HEADER: test}}


@pytest.mark.parametrize("trust", ["settle", "confirm"])
@pytest.mark.parametrize(("function", "event"), CALLS)
def test_a_test_leaves_one_trace_that_expires_whatever_it_carries(
    stack: Stack, capsys: pytest.CaptureFixture[str], function: str, event: Event, trust: str
) -> None:
    stack.parameters["CallbackTrust"] = trust
    assert stack.http(function, as_test(event)).status == 200
    (item,) = stack.items()
    assert item == {
        "pk": f"TEST#{ORIGINS[function]}",
        "sk": "TEST",
        "test": TEST,
        "seen_at": "2026-11-22T15:04:05.000Z",
        "expires_at": int((NOW + timedelta(days=1)).timestamp()),
    }
    assert stack.count_of("dynamodb:UpdateItem") == 1
    said = capsys.readouterr().out
    assert '"_aws"' not in said, "a metric is counted"
    assert "test callback kept" in said


def test_a_further_test_takes_the_place_of_the_one_before(stack: Stack) -> None:
    for test in ("a" * 32, "b" * 32):
        assert stack.http("SoftlinxCallback", as_test(softlinx_post(), test)).status == 200
    (item,) = stack.items()
    assert item["test"] == "b" * 32


@pytest.mark.parametrize(
    "event", [softlinx_post(token="Z" * 48), softlinx_post(token=None), softlinx_post(address="192.0.2.1")]
)
def test_whoever_is_shut_out_can_make_no_test(stack: Stack, event: Event) -> None:
    stack.parameters["EnforceSoftlinxAddresses"] = "true"
    assert stack.http("SoftlinxCallback", as_test(event)).status == 404
    assert stack.items() == []


@pytest.mark.parametrize("test", ["", "a b", "a" * 65, "é", "../33"])
def test_a_test_of_no_name_is_refused_and_is_no_callback_either(stack: Stack, test: str) -> None:
    answer = stack.http("SoftlinxCallback", as_test(softlinx_post(), test))
    assert answer.status == 400
    assert stack.items() == []


def test_a_test_that_cant_be_written_is_asked_for_again(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"):
        assert stack.http("SoftlinxCallback", as_test(softlinx_post())).status == 503


def test_a_test_is_in_no_listing_no_report_and_makes_no_provider_heard(stack: Stack) -> None:
    asked = {
        ("QueryFaxes", "GET /faxes"),
        ("QueryFaxes", "GET /unreadable"),
        ("QueryFaxes", "GET /deliveries"),
        ("QueryFaxes", "GET /providers"),
    }
    before = {route: stack.http(function, query(route)).document for function, route in asked}
    report = stack.http("ReportFaxes", query("GET /reports/{day}", day="2026-11-22")).document
    for function, event in CALLS:
        stack.http(function, as_test(event))
    assert {route: stack.http(function, query(route)).document for function, route in asked} == before
    assert stack.http("ReportFaxes", query("GET /reports/{day}", day="2026-11-22")).document == report
    assert json.dumps(before).count(TEST) == 0
