"""The hourly poll against the simulated Softlinx: settle what is offered, then mark it."""

import json
import logging
from collections.abc import Iterator

import pytest

from local.show.simulators.faults import Faults
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import Context, Stack, event_file, softlinx_post
from tests.support.scripted_server import OK, ScriptedServer, output, scripted_server

OTHER_PASSWORD = canaries.PASSWORD


@pytest.fixture
def softlinx(stack: Stack) -> Iterator[SoftlinxSimulator]:
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as simulator:
        stack.parameters["SoftlinxUrl"] = simulator.wsapi_url
        yield simulator


@pytest.fixture
def server(stack: Stack) -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        stack.parameters["SoftlinxUrl"] = scripted.url
        for operation in ("QuerySendFax", "QueryReceiveFax", "ModifySendFax"):
            scripted.answer(operation, output(operation, f"{OK}<HasMoreResults>false</HasMoreResults>"))
        stack.put_secret("SoftlinxCredentials", json.dumps({"login": "admin", "password": OTHER_PASSWORD}))
        yield scripted


def poll(stack: Stack) -> None:
    stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))


def statuses(stack: Stack) -> dict[str, str]:
    return {item["pk"]: item["final_status"] for item in stack.items("FAX#")}


def test_what_no_callback_told_is_settled_and_marked(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    numbers = ("12025550100", "12025550001", "12025550002")
    outbound = [softlinx.send(number) for number in numbers]
    inbound = softlinx.receive("12025550100")
    stack.clock.advance(hours=1)
    poll(stack)

    assert statuses(stack) == {
        f"FAX#softlinx#outbound#acme#{outbound[0]}": "sent",
        f"FAX#softlinx#outbound#acme#{outbound[1]}": "failed",
        f"FAX#softlinx#outbound#acme#{outbound[2]}": "failed",
        f"FAX#softlinx#inbound#acme#{inbound}": "received",
    }
    # Inbound faxes stay unmarked until their content is safe.
    assert {(job.direction.value, job.is_marked) for job in softlinx.jobs()} == {
        ("outbound", True),
        ("inbound", False),
    }
    for item in stack.items("FAX#softlinx#outbound"):
        assert (item["settled_by"], item["duty_mark"]) == ("poll", "done")
        assert "due_key" not in item


def test_a_fax_is_settled_before_it_is_marked(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    with pytest.raises(Exception, match="table did not answer"), stack.out_of_reach("dynamodb", "UpdateItem"):
        poll(stack)
    assert "ModifySendFax" not in [request.operation for request in softlinx.requests()]


def test_a_fax_whose_settling_fails_is_offered_again(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    with (
        pytest.raises(Exception, match="table did not answer"),
        stack.out_of_reach("dynamodb", "BatchGetItem"),
    ):
        poll(stack)
    assert [job.is_marked for job in softlinx.jobs()] == [False]
    stack.clock.advance(hours=1)
    poll(stack)
    assert [job.is_marked for job in softlinx.jobs()] == [True]


def test_a_fax_told_by_callback_gets_a_second_sighting(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    fax_id = softlinx.send("12025550100")
    stack.http("SoftlinxCallback", softlinx_post({"FaxId": fax_id, "FaxStatus": "sent"}))
    stack.clock.advance(hours=1)
    poll(stack)
    (fax,) = stack.items("FAX#")
    assert fax["settled_by"] == "callback"
    assert {"sighting_callback", "sighting_poll"} <= set(fax)
    assert fax["duty_mark"] == "done"


def test_what_was_marked_is_offered_no_more(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    poll(stack)
    marks = [request.operation for request in softlinx.requests()].count("ModifySendFax")
    stack.clock.advance(hours=1)
    poll(stack)
    assert [request.operation for request in softlinx.requests()].count("ModifySendFax") == marks == 1


def test_another_system_s_marks_are_left_alone(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    stack.parameters["MarkFaxes"] = "false"
    softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    poll(stack)
    assert list(statuses(stack).values()) == ["sent"]
    assert [job.is_marked for job in softlinx.jobs()] == [False]


def test_one_administrative_user_asks_one_question_at_a_time(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    stack.clock.advance(hours=1)
    poll(stack)
    operations = [request.operation for request in softlinx.requests()]
    assert operations.count("Login") == operations.count("Logout") == 1
    assert softlinx.most_queries_at_once == 1


def test_a_run_that_overlaps_another_asks_nothing(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    now = stack.clock.now()
    claim = {
        "pk": "CLAIM#softlinx-query",
        "sk": "CLAIM",
        "next_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace("T15", "T16"),
        "write_token": "x",
    }
    stack.table.put_item(Item=claim)
    poll(stack)
    assert softlinx.requests() == ()


def test_the_lease_is_given_back(stack: Stack, softlinx: SoftlinxSimulator) -> None:  # noqa: ARG001
    poll(stack)
    assert [item["pk"] for item in stack.items("CLAIM#")] == ["CLAIM#softlinx-outbound-any-status"]


def test_a_refused_login_is_counted_and_nothing_is_asked(
    stack: Stack, softlinx: SoftlinxSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "faxledger", "password": OTHER_PASSWORD}))
    poll(stack)
    said = capsys.readouterr().out
    assert '"LoginRefused":[1.0]' in said
    assert canaries.found_in(said) == []
    assert [request.operation for request in softlinx.requests()] == ["Login"]


def test_a_secret_nobody_has_filled_in_is_loud(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    stack.put_secret("SoftlinxCredentials", json.dumps({"login": "", "password": ""}))
    with pytest.raises(Exception, match="has no login yet"):
        poll(stack)
    assert softlinx.requests() == ()


def test_a_provider_in_trouble_is_asked_again_next_hour(
    stack: Stack, softlinx: SoftlinxSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    softlinx.faults = Faults(refuse_logins=1)
    poll(stack)
    assert '"LoginRefused":[1.0]' in capsys.readouterr().out
    stack.clock.advance(hours=1)
    poll(stack)
    assert list(statuses(stack).values()) == ["sent"]


def row(fax_id: str, word: str) -> str:
    fields = {
        "FaxId": fax_id,
        "FaxStatus": word,
        "FaxNumber": canaries.NUMBER,
        "TSI": canaries.NAME,
        "ProjectCode": canaries.SUBJECT,
        "ErrorText": f"busy {canaries.NAME}",
    }
    return "<FaxInfo>" + "".join(f"<{name}>{text}</{name}>" for name, text in fields.items()) + "</FaxInfo>"


def test_a_row_nobody_can_read_holds_no_other_and_no_row_is_told_of(
    stack: Stack,
    server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "httpcore")
    caplog.set_level(logging.DEBUG, "zeep")
    rows = row("5", "sendFailed") + row(canaries.NAME, "sent") + row("6", "sent") + row("7", canaries.NAME)
    server.answer("QuerySendFax", output("QuerySendFax", f"{OK}{rows}<HasMoreResults>false</HasMoreResults>"))
    poll(stack)

    settled = {item["pk"][-1] for item in stack.items("FAX#") if "final_status" in item}
    assert settled == {"5", "6"}
    assert len(stack.unreadable()) == 1
    captured = capsys.readouterr()
    assert canaries.found_in(captured.out + captured.err + caplog.text) == []
    assert canaries.found_in(canaries.keys_of(stack.items())) == []


@pytest.mark.parametrize("operation", ["Login", "QuerySendFax", "ModifySendFax"])
def test_nothing_of_a_refusal_is_told_of(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    refusal = (
        f"<RequestStatus><StatusCode>9</StatusCode><StatusText>{canaries.NAME}</StatusText></RequestStatus>"
    )
    rows = row("5", "sent")
    server.answer("QuerySendFax", output("QuerySendFax", f"{OK}{rows}<HasMoreResults>false</HasMoreResults>"))
    server.answer(operation, output(operation, refusal))
    poll(stack)
    captured = capsys.readouterr()
    assert "refused with code 9" in captured.out
    assert canaries.found_in(captured.out + captured.err) == []


def asked(softlinx: SoftlinxSimulator) -> list[str | None]:
    return [request.operation for request in softlinx.requests()]


def test_the_same_is_done_over_rest(stack: Stack, softlinx: SoftlinxSimulator) -> None:
    stack.parameters["SoftlinxApi"] = "rest"
    outbound = softlinx.send("12025550100")
    stack.clock.advance(hours=1)
    poll(stack)

    assert statuses(stack) == {f"FAX#softlinx#outbound#acme#{outbound}": "sent"}
    assert [job.is_marked for job in softlinx.jobs()] == [True]
    assert softlinx.requests() == ()
    assert softlinx.most_queries_at_once == 1


def test_without_a_listener_all_outbound_faxes_are_asked_for_in_one_query(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    stack.parameters["SoftlinxMode"] = "poll-only"
    sent, failed = softlinx.send("12025550100"), softlinx.send("12025550001")
    stack.clock.advance(hours=1)
    poll(stack)

    assert statuses(stack) == {
        f"FAX#softlinx#outbound#acme#{sent}": "sent",
        f"FAX#softlinx#outbound#acme#{failed}": "failed",
    }
    assert asked(softlinx).count("QuerySendFax") == asked(softlinx).count("QueryReceiveFax") == 1
    assert all(job.is_marked for job in softlinx.jobs())


def test_without_a_listener_nothing_is_asked_more_often_than_every_ten_minutes(
    stack: Stack, softlinx: SoftlinxSimulator
) -> None:
    stack.parameters["SoftlinxMode"] = "poll-only"
    queries = []
    for _ in range(5):
        poll(stack)
        queries.append(asked(softlinx).count("QuerySendFax"))
        stack.clock.advance(minutes=5)

    assert queries == [1, 1, 2, 2, 3]


def test_a_backlog_is_marked_by_as_many_at_once_as_the_parameter_says(stack: Stack) -> None:
    stack.parameters["SoftlinxMarkConcurrency"] = "3"
    options = SoftlinxOptions(latency_seconds=0.02)
    with SoftlinxSimulator(stack.clock, stack.clock, options=options) as softlinx:
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        softlinx.seed_finished(60)
        poll(stack)

        assert all(job.is_marked for job in softlinx.jobs())
        assert 2 <= softlinx.most_marks_at_once <= 3
        assert softlinx.most_queries_at_once == 1
