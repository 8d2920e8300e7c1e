"""Whatever either API answers to a poll, what was read is settled, nothing else is, and the run ends well."""

import gzip
from collections.abc import Iterator

import pytest

from faxledger.providers.softlinx.transport import Limits
from tests.support import canaries
from tests.support.bundle_on_moto import Context, Stack, event_file, softlinx_post
from tests.support.scripted_server import Answer, http, output, scripted_server
from tests.wire.softlinx.speakers import Call, Rest, Soap, Speaker

ROW = {"FaxId": "5", "FaxStatus": "sent", "FaxNumber": canaries.NUMBER, "TSI": canaries.NAME}
OTHER = {**ROW, "FaxId": "6"}
CONTRADICTED = {**ROW, "FaxStatus": "sendFailed"}
ECHO = f"{canaries.NAME} {canaries.NUMBER} {canaries.PASSWORD}"


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def media_type(speaker: Speaker) -> str:
    return "application/json" if isinstance(speaker, Rest) else "text/xml"


def again(speaker: Speaker) -> list[Answer]:
    return [speaker.rows(Call.QUERY, ROW, more="r")]


def broken_second_page(speaker: Speaker) -> list[Answer]:
    return [speaker.rows(Call.QUERY, ROW, more="r"), http(f"<html>{ECHO}</html>")]


def two_roots(speaker: Speaker) -> list[Answer]:
    return [http(body_of(speaker.rows(Call.QUERY, ROW)) * 2, content_type=media_type(speaker))]


def bomb(speaker: Speaker) -> list[Answer]:
    packed = gzip.compress(body_of(speaker.rows(Call.QUERY, ROW)) + b" " * 50_000_000)
    return [http(packed, headers="Content-Encoding: gzip\r\n", content_type=media_type(speaker))]


def cut_off(speaker: Speaker) -> list[Answer]:
    return [http(body_of(speaker.rows(Call.QUERY, ROW))[:-20], content_type=media_type(speaker))]


def refused(speaker: Speaker) -> list[Answer]:
    return [speaker.refusal(Call.QUERY, "9", ECHO, ROW)]


# What is answered to each outbound query, and which faxes that leaves settled.
CASES = {
    "the same page again": (again, {"5"}),
    "a broken second page": (broken_second_page, {"5"}),
    "two roots": (two_roots, set[str]()),
    "gzip bomb": (bomb, set[str]()),
    "cut off": (cut_off, set[str]()),
    "refusal beside a row": (refused, set[str]()),
}


@pytest.fixture(params=["soap", "rest"])
def speaker(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Speaker]:
    with scripted_server() as server:
        stack.parameters |= {"SoftlinxUrl": server.url, "SoftlinxApi": request.param}
        speaker = Rest(server, Limits()) if request.param == "rest" else Soap(server, Limits())
        nothing = speaker.rows(Call.QUERY)
        server.answer("GET inboundfaxes", nothing)
        server.answer("QueryReceiveFax", output("QueryReceiveFax"))
        for fax_id in ("5", "6"):
            server.answer(f"PUT outboundfaxes/{fax_id}", speaker.rows(Call.MARK))
        server.answer("ModifySendFax", output("ModifySendFax"))
        yield speaker


def poll(stack: Stack) -> None:
    stack.invoke("SoftlinxPoll", event_file("softlinx_poll"), Context(seconds_left=900))


@pytest.mark.parametrize("case", CASES)
def test_what_was_read_is_settled_and_nothing_else(
    stack: Stack, speaker: Speaker, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    answers, settled = CASES[case]
    speaker.says(Call.QUERY, *answers(speaker))
    poll(stack)

    assert {item["pk"].rpartition("#")[2] for item in stack.items("FAX#")} == settled
    told = "".join(capsys.readouterr())
    assert '"PollFailed":' in told
    assert canaries.found_in(told) == []


def test_two_rows_of_one_fax_with_two_statuses_show_as_a_conflict(
    stack: Stack, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    speaker.says(Call.QUERY, speaker.rows(Call.QUERY, ROW, CONTRADICTED, OTHER))
    poll(stack)

    fax = stack.item("softlinx.outbound.acme.5")
    assert fax is not None
    assert (fax["final_status"], fax["conflict"]["status"]) == ("sent", "failed")
    other = stack.item("softlinx.outbound.acme.6")
    assert other is not None
    assert "conflict" not in other
    assert '"Conflict":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize("speaker", ["soap"], indirect=True)
def test_a_fax_that_is_no_xml_is_set_aside_and_the_others_are_settled(
    stack: Stack, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {**ROW, "FaxId": "7", "CSI": "BROKEN"}
    answer = body_of(speaker.rows(Call.QUERY, ROW, broken, OTHER)).replace(b"BROKEN", b"</TSI>")
    speaker.says(Call.QUERY, http(answer, content_type="text/xml"))
    poll(stack)

    assert {item["pk"].rpartition("#")[2] for item in stack.items("FAX#")} == {"5", "6"}
    (set_aside,) = stack.items("UNREADABLE#")
    assert (set_aside["origin"], set_aside["problem"]) == ("softlinx-poll-outbound", "FaxInfo is no XML")
    assert b"<FaxId>7</FaxId>" in bytes(set_aside["raw"])
    told = "".join(capsys.readouterr())
    assert '"SetAside":[1.0' in told
    assert '"PollFailed":' not in told
    assert canaries.found_in(told) == []


def test_a_fax_whose_item_cant_be_read_is_not_marked_and_costs_no_other(
    stack: Stack, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stack.http("SoftlinxCallback", softlinx_post({"FaxId": "5", "FaxStatus": "sent"})).status == 200
    stack.table.update_item(
        Key={"pk": "FAX#softlinx#outbound#acme#5", "sk": "STATUS"},
        UpdateExpression="SET settled_by = :odd",
        ExpressionAttributeValues={":odd": "a rumour"},
    )
    speaker.says(Call.QUERY, speaker.rows(Call.QUERY, ROW, OTHER))
    poll(stack)

    unread, other = stack.item("softlinx.outbound.acme.5"), stack.item("softlinx.outbound.acme.6")
    assert unread is not None
    assert other is not None
    assert (unread["duty_mark"], other["duty_mark"]) == ("pending", "done")
    assert "PUT outboundfaxes/5" not in speaker.server.operations()
    told = "".join(capsys.readouterr())
    assert '"ItemUnreadable":[1.0' in told
    assert '"PollFailed":' not in told
    assert canaries.found_in(told) == []
