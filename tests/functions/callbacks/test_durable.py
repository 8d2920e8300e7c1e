"""2xx means durable: while the ledger can't be reached, every callback is asked to come again."""

from collections.abc import Callable

import pytest

from tests.support.bundle_on_moto import Event, Stack, greenfax_get, softlinx_post
from tests.support.large_items import fill_up

NEEDS_THE_TABLE = {
    "settle": ("SoftlinxCallback", lambda: softlinx_post("FaxId=33&FaxStatus=sent")),
    "note": ("SoftlinxCallback", lambda: softlinx_post("FaxId=33&FaxStatus=odd&Queue=SendFax")),
    "undirected": ("SoftlinxCallback", lambda: softlinx_post("FaxId=33&FaxStatus=odd")),
    "malformed": ("SoftlinxCallback", lambda: softlinx_post("FaxId=x&FaxStatus=sent")),
    "not a form": ("SoftlinxCallback", lambda: softlinx_post("{}", content_type="application/json")),
    "too long": ("SoftlinxCallback", lambda: softlinx_post("x" * 70_000)),
    "long": ("SoftlinxCallback", lambda: softlinx_post("FaxId=33&FaxStatus=sent&CSI=" + "x" * 60_000)),
    "notify": ("GreenFaxNotify", greenfax_get),
    "notify inbound": ("GreenFaxNotify", lambda: greenfax_get("greenfax_job_id=1", is_inbound=True)),
    "notify malformed": ("GreenFaxNotify", lambda: greenfax_get("result=success")),
}


@pytest.mark.parametrize("case", NEEDS_THE_TABLE)
def test_what_cant_be_written_is_asked_for_again(
    stack: Stack, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    function, event = NEEDS_THE_TABLE[case]
    make: Callable[[], Event] = event
    with stack.out_of_reach("dynamodb"):
        answer = stack.http(function, make())
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert '"CallbackNotRecorded":[1.0]' in capsys.readouterr().out
    assert stack.items() == []

    stack.http(function, make())
    assert stack.items() != []


def test_a_second_sighting_that_cant_be_written_is_asked_for_again(stack: Stack) -> None:
    stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sent"))
    contradiction = softlinx_post("FaxId=33&FaxStatus=sendFailed")
    with stack.out_of_reach("dynamodb", "UpdateItem"):
        assert stack.http("SoftlinxCallback", contradiction).status == 503
    (fax,) = stack.items("FAX#")
    assert "conflict" not in fax


def test_a_table_that_is_gone_is_no_reason_to_forget(stack: Stack) -> None:
    stack.table.delete()
    assert stack.http("SoftlinxCallback", softlinx_post()).status == 503


def test_a_callback_costs_one_call_when_new_and_one_when_repeated(stack: Stack) -> None:
    stack.http("SoftlinxCallback", softlinx_post())
    stack.calls.clear()
    stack.http("SoftlinxCallback", softlinx_post("FaxId=34&FaxStatus=sent"))
    stack.http("SoftlinxCallback", softlinx_post("FaxId=34&FaxStatus=sent"))
    assert [call.action for _, call in stack.calls] == ["dynamodb:UpdateItem"] * 2


def test_what_the_table_takes_at_no_time_is_kept_for_a_person_and_not_asked_for_again(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post("FaxId=33&FaxStatus=sent")).status == 200
    (fax,) = stack.items("FAX#")
    fill_up(stack.table, fax)
    contradiction = softlinx_post({"FaxId": "33", "FaxStatus": "sendFailed", "CSI": "x" * 2_000})
    answer = stack.http("SoftlinxCallback", contradiction)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    (kept,) = stack.items("UNREADABLE#")
    assert b"FaxStatus=sendFailed" in bytes(kept["raw"])
    assert '"CallbackNotRecorded":[1.0]' in capsys.readouterr().out
