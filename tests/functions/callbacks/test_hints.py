"""Both callbacks where they are only hints: answered as ever, kept, and believed by nobody."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import Event, Stack, event_file, greenfax_get, softlinx_post

CALLBACKS = [
    ("SoftlinxCallback", softlinx_post(), "softlinx.outbound.acme.33", "unsettling_callback"),
    ("GreenFaxNotify", greenfax_get(), "greenfax.outbound.12345.8591334", "unsettling_notify"),
]


@pytest.fixture
def hinted(stack: Stack) -> Stack:
    stack.parameters["CallbackTrust"] = "confirm"
    return stack


@pytest.mark.parametrize(("function", "event", "fax", "kept"), CALLBACKS)
def test_it_is_kept_and_settles_nothing(
    hinted: Stack, function: str, event: Event, fax: str, kept: str
) -> None:
    assert hinted.http(function, event).status == 200
    item: Mapping[str, Any] = hinted.item(fax) or {}
    assert kept in item
    assert not {"final_status", "duty_mark", "to_number", "reference_key"} & set(item)
    # Somebody looks whether it was ever confirmed.
    assert "due_key" in item
    assert "#submitted#" in str(item["status_key"])


@pytest.mark.parametrize(("function", "event", "fax", "kept"), CALLBACKS)
def test_without_the_table_the_provider_is_asked_to_come_again(
    hinted: Stack, function: str, event: Event, fax: str, kept: str
) -> None:
    with hinted.out_of_reach("dynamodb"):
        assert hinted.http(function, event).status == 503
    assert hinted.item(fax) is None, kept


def test_an_inbound_fax_s_document_is_not_asked_for_on_a_hint(hinted: Stack) -> None:
    query = "greenfax_job_id=7&download_url=https%3A%2F%2Fwww.greenfax.com%2F7.pdf"
    assert hinted.http("GreenFaxNotify", greenfax_get(query, is_inbound=True)).status == 200
    item = hinted.item("greenfax.inbound.12345.7") or {}
    assert "duty_store" not in item


def test_a_hint_says_nothing_of_a_person(hinted: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    fields = {
        "FaxId": "5",
        "FaxStatus": "sent",
        "FaxNumber": canaries.NUMBER,
        "ProjectCode": canaries.SUBJECT,
    }
    assert hinted.http("SoftlinxCallback", softlinx_post(fields)).status == 200
    printed = "".join(capfd.readouterr())
    assert "hint kept" in printed
    assert canaries.found_in(printed) == []
    assert canaries.found_in(canaries.keys_of(hinted.items())) == []


def test_the_poll_goes_in_the_rhythm_of_those_who_have_no_callbacks(hinted: Stack) -> None:
    poll = hinted.template.document["Resources"]["SoftlinxPoll"]["Properties"]
    schedule = poll["Events"]["Scheduled"]["Properties"]["ScheduleExpression"]
    assert hinted.template.resolve(schedule) == "rate(15 minutes)"
    assert hinted.template.environment("SoftlinxPoll")["SOFTLINX_MODE"] == "poll-only"
    hinted.parameters["CallbackTrust"] = "settle"
    assert hinted.template.resolve(schedule) == "rate(1 hour)"
    assert hinted.template.environment("SoftlinxPoll")["SOFTLINX_MODE"] == "push"


def test_hints_cost_the_provider_nothing_however_many_and_however_often(hinted: Stack) -> None:
    with SoftlinxSimulator(hinted.clock, hinted.clock) as softlinx:
        hinted.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        for fax_id in range(900, 930):
            for _ in range(2):
                called = softlinx_post({"FaxId": str(fax_id), "FaxStatus": "sent"})
                assert hinted.http("SoftlinxCallback", called).status == 200
        assert softlinx.requests() == ()
        hinted.invoke("SoftlinxPoll", event_file("softlinx_poll"))
        # One query for each direction, whoever has called.
        assert [one.operation for one in softlinx.requests()] == [
            "Login",
            "QuerySendFax",
            "QueryReceiveFax",
            "Logout",
        ]
    assert not any("final_status" in item for item in hinted.items("FAX#"))


def test_hints_that_wait_when_callbacks_are_believed_again_are_settled_by_the_next_poll(
    hinted: Stack,
) -> None:
    with SoftlinxSimulator(hinted.clock, hinted.clock) as softlinx:
        hinted.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        fax_id = softlinx.send("12025550100")
        hinted.clock.advance(hours=1)
        called = softlinx_post({"FaxId": fax_id, "FaxStatus": "sendFailed"})
        assert hinted.http("SoftlinxCallback", called).status == 200
        hinted.restart()
        hinted.parameters["CallbackTrust"] = "settle"
        hinted.invoke("SoftlinxPoll", event_file("softlinx_poll"))
    fax = hinted.item(f"softlinx.outbound.acme.{fax_id}")
    assert fax is not None
    assert (fax["final_status"], fax["settled_by"], "conflict" in fax) == ("sent", "poll", False)
