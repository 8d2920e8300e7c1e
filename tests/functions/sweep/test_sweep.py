"""The hourly sweep, over faxes that callbacks have settled and nobody has looked after."""

import json
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from faxledger.domain.timestamps import timestamp
from local.runtime.functions import Killed
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.functions.sending.conftest import fax as asked_for
from tests.functions.sending.conftest import submitted
from tests.support import canaries
from tests.support.bundle_on_moto import Context, Event, Stack, event_file, softlinx_post
from tests.support.reaper import Reaper
from tests.support.stream import messages, record


def settle(stack: Stack, fax_id: int, word: str = "sent", **more: str) -> str:
    fields = {"FaxId": str(fax_id), "FaxStatus": word, "FaxNumber": canaries.NUMBER, **more}
    assert stack.http("SoftlinxCallback", softlinx_post(fields)).status == 200
    return f"softlinx.{'inbound' if word.startswith('recv') else 'outbound'}.acme.{fax_id}"


def sweep(stack: Stack) -> None:
    stack.invoke("Sweep", event_file("sweep"))


def asked(queue: list[dict[str, Any]]) -> list[str]:
    return sorted(message["detail"]["fax_id"] for message in queue)


def settled_record(stack: Stack, fax_id: int) -> Event:
    """What the stream would have said of the fax, had it been announced."""
    return record(fax_id, new=stack.image(f"softlinx.outbound.acme.{fax_id}"))


def test_what_is_not_marked_or_stored_in_time_is_sent_for_and_left_alone_until_its_tries_are_over(
    stack: Stack,
) -> None:
    outbound, inbound = settle(stack, 1), settle(stack, 2, "recvOk")
    sweep(stack)
    assert (stack.sent_for("MarkQueue"), stack.sent_for("RetrieveQueue")) == ([], [])
    sent: dict[str, list[float]] = {outbound: [], inbound: []}
    for hour in range(1, 10):
        stack.clock.advance(hours=1)
        sweep(stack)
        for fax in asked(stack.sent_for("MarkQueue") + stack.sent_for("RetrieveQueue")):
            sent[fax].append(hour)
    assert sent == {outbound: [3, 6, 9], inbound: [4, 8]}


def test_a_message_of_the_sweep_is_one_that_the_queue_s_function_reads(stack: Stack) -> None:
    settle(stack, 1)
    stack.clock.advance(hours=3)
    sweep(stack)
    (message,) = stack.sent_for("MarkQueue")
    assert message == {"detail": {"fax_id": "softlinx.outbound.acme.1"}}


@pytest.mark.parametrize("is_text", [True, False])
def test_a_batch_that_could_not_be_announced_is_announced_once(stack: Stack, *, is_text: bool) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    settle(stack, 1)
    payload: Any = {"Records": [settled_record(stack, 1)]}
    stack.leave_failed("aws/lambda/one", {"payload": json.dumps(payload) if is_text else payload})
    for _ in range(2):
        sweep(stack)
    (told,) = stack.announced()
    assert (told["detail-type"], told["detail"]["fax_id"]) == ("Fax Sent", "softlinx.outbound.acme.1")
    assert stack.failed_batches() == []


@pytest.mark.parametrize("document", [b"\xff", b"{", b"7", {"payload": 7}, {"payload": "{"}, {"x": 1}])
def test_a_batch_that_cant_be_read_stays_and_the_others_go_on(stack: Stack, document: object) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    settle(stack, 1)
    stack.leave_failed("a", document)
    stack.leave_failed("b", {"payload": {"Records": [settled_record(stack, 1)]}})
    sweep(stack)
    assert stack.failed_batches() == ["a"]
    assert len(stack.announced()) == 1


def test_a_record_nobody_can_read_is_looked_at_alone_until_somebody_can(stack: Stack) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    settle(stack, 1)
    settle(stack, 2)
    readable, unreadable = settled_record(stack, 1), settled_record(stack, 2)
    unreadable["dynamodb"]["NewImage"]["final_status"] = {"S": "of a later version"}
    stack.leave_failed("a", {"payload": {"Records": [readable, unreadable]}})
    for _ in range(3):
        sweep(stack)
        assert stack.failed_batches() == ["a"]
    assert len(stack.announced()) == 1
    stack.leave_failed("a", {"payload": {"Records": [settled_record(stack, 2)]}})
    sweep(stack)
    assert (stack.failed_batches(), len(stack.announced())) == ([], 1)


def test_while_the_bus_is_out_of_reach_the_batch_stays(stack: Stack) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    settle(stack, 1)
    stack.leave_failed("a", {"payload": {"Records": [settled_record(stack, 1)]}})
    with stack.out_of_reach("eventbridge"):
        sweep(stack)
    assert stack.failed_batches() == ["a"]


def test_a_fax_that_was_handed_over_and_never_heard_of_is_announced_as_overdue_once(stack: Stack) -> None:
    stack.parameters["OverdueHours"] = "2"
    handed_over = stack.clock.now()
    stack.table.put_item(
        Item={
            "pk": "FAX#softlinx#outbound#acme#5",
            "sk": "STATUS",
            "version": 1,
            "provider": "softlinx",
            "submitted_at": handed_over.isoformat(),
            "time_key": "softlinx#outbound#0",
            "status_key": "softlinx#submitted#0",
            "due_key": "fax#0",
            "due_at": f"{timestamp(handed_over + timedelta(hours=2))}#softlinx.outbound.acme.5",
            "listed_at": f"{timestamp(handed_over)}#softlinx.outbound.acme.5",
        }
    )
    for _ in range(5):
        sweep(stack)
        stack.clock.advance(hours=1)
    (told,) = stack.announced()
    assert (told["detail-type"], told["detail"]["status"]) == ("Fax Overdue", "submitted")


@pytest.mark.parametrize(
    ("provider", "function", "queue"),
    [("softlinx", "SendFax", "OrderQueue"), ("greenfax", "MailFax", "GreenFaxOrderQueue")],
)
def test_wherever_sending_ended_for_good_no_fax_is_said_to_wait_that_may_have_been_sent(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, provider: str, function: str, queue: str
) -> None:
    def state(key: str) -> str:
        (item,) = stack.items(key)
        return str(item["state"])

    states = []
    reaper = Reaper()
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as softlinx, reaper.at_work(monkeypatch):
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        for call in count(1):
            (submission,) = submitted(stack, asked_for(provider=provider), key=f"key-number-{call}")
            batch = messages(*stack.to_be_sent(queue))
            stack.restart()
            try:
                with reaper.at(call, is_late=False):
                    stack.invoke(function, batch, Context(seconds_left=360))
                break
            except Killed:
                # And nothing comes of any later try.
                stack.restart()
            stack.clock.advance(hours=25)
            sweep(stack)
            order = state(f"ORDER#{submission.partition('-')[0]}")
            states.append((order, state(f"SUBMISSION#{submission}")))
    assert set(states) >= {("accepted", "accepted"), ("sending", "unknown"), ("answered", "unknown")}
    assert [one for one in states if one[0] != "accepted" and one[1] == "accepted"] == []


def test_what_is_owed_does_not_expire_also_when_it_was_given_up(stack: Stack) -> None:
    stack.parameters["RetentionDays"] = "120"
    settle(stack, 1)
    given_up = settle(stack, 2, "recvOk")
    stack.table.update_item(
        Key={"pk": "FAX#softlinx#inbound#acme#2", "sk": "STATUS"},
        UpdateExpression="SET duty_store = :given_up",
        ExpressionAttributeValues={":given_up": "given_up"},
    )
    stack.clock.advance(days=10)
    sweep(stack)
    for fax in ("softlinx.outbound.acme.1", given_up):
        item = stack.item(fax)
        assert item is not None
        assert item["expires_at"] >= (stack.clock.now() + timedelta(days=120)).timestamp()


def test_a_sweep_costs_by_what_is_owed_and_not_by_what_is_kept(stack: Stack) -> None:
    def calls_of_a_sweep() -> int:
        before = len(stack.calls)
        sweep(stack)
        return len(stack.calls) - before

    sweep(stack)
    stack.clock.advance(hours=1)
    idle = calls_of_a_sweep()
    with stack.table.batch_writer() as batch:
        for number in range(1000, 1300):
            key = {"pk": f"FAX#softlinx#outbound#acme#{number}", "sk": "STATUS"}
            listed = {
                "time_key": f"softlinx#outbound#{number % 4}",
                "listed_at": f"2026-11-20T00:00:00.000Z#{number}",
            }
            batch.put_item(Item={**key, **listed, "final_status": "sent"})
    stack.clock.advance(hours=1)
    assert calls_of_a_sweep() == idle
    for number in range(10):
        settle(stack, number)
    stack.clock.advance(hours=3)
    # One look at all, one message, one look whether it is still so, and one note on each.
    assert calls_of_a_sweep() == idle + 13
    assert len(stack.sent_for("MarkQueue")) == 10


def test_without_a_provider_its_queues_are_not_needed(stack: Stack) -> None:
    settle(stack, 1)
    stack.clock.advance(hours=3)
    stack.parameters["SoftlinxRealm"] = ""
    sweep(stack)
    assert stack.sent_for("MarkQueue") == []


def test_the_debt_is_counted_by_what_is_owed_and_nothing_of_a_fax_is_printed(
    stack: Stack, capfd: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["TellFrom"] = "2020-01-01"
    settle(stack, 1, ProjectCode=canaries.SUBJECT)
    settle(stack, 2, "recvOk", TSI=canaries.NAME)
    stack.clock.advance(hours=4)
    stack.leave_failed("a", {"payload": {"Records": [settled_record(stack, 1)]}})
    with stack.out_of_reach("eventbridge"):
        sweep(stack)
    printed = capfd.readouterr().out
    lines = [json.loads(line) for line in printed.splitlines() if '"Debt"' in line]
    assert {line["duty"]: line["Debt"] for line in lines} == {
        "mark": [1],
        "store": [1],
        "announce": [1],
        "deliver": [0],
    }
    assert canaries.found_in(printed) == []
    assert canaries.found_in(json.dumps(stack.sent_for("MarkQueue") + stack.sent_for("RetrieveQueue"))) == []


def test_while_the_table_is_out_of_reach_the_run_fails_loudly(stack: Stack) -> None:
    with stack.out_of_reach("dynamodb"), pytest.raises(Exception, match="did not answer"):
        sweep(stack)


def test_an_item_that_cant_be_read_holds_up_no_other(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        settle(stack, number)
    stack.table.update_item(
        Key={"pk": "FAX#softlinx#outbound#acme#2", "sk": "STATUS"},
        UpdateExpression="SET settled_by = :odd",
        ExpressionAttributeValues={":odd": "a rumour"},
    )
    stack.clock.advance(hours=3)
    capsys.readouterr()
    sweep(stack)
    assert asked(stack.sent_for("MarkQueue")) == ["softlinx.outbound.acme.1", "softlinx.outbound.acme.3"]
    told = capsys.readouterr().out
    assert '"fax_id":"softlinx.outbound.acme.2"' in told
    assert '"ItemUnreadable":[1.0' in told
