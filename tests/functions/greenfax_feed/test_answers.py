"""What a feed may look like, and what is not one."""

import pytest

from tests.functions.greenfax_feed.reading import (
    ALSO_GOOD,
    GOOD,
    WHOLE,
    answered,
    covered,
    read,
    statuses,
    whole,
)
from tests.support.bundle_on_moto import Stack
from tests.support.scripted_server import ScriptedServer, http


@pytest.mark.parametrize(
    "body",
    [
        whole(),
        "<faxes/>",
        "<faxes count='0' xmlns='urn:x'><header/></faxes>",
        b"\xef\xbb\xbf<faxes></faxes>",
        "<?xml version='1.0' encoding='iso-8859-1'?><faxes></faxes>",
    ],
)
def test_an_empty_feed_is_a_whole_one(stack: Stack, server: ScriptedServer, body: str | bytes) -> None:
    answered(stack, server, body)
    assert covered(stack) == WHOLE


@pytest.mark.parametrize(
    "body",
    [
        whole(GOOD),
        whole(GOOD).replace("<faxes>", "<f:faxes xmlns:f='urn:x'>").replace("</faxes>", "</f:faxes>"),
        whole(GOOD).replace("<faxes>", "<faxes xmlns='urn:x'>"),
        f"<r><head><server>x</server></head><body><faxes>{GOOD}</faxes></body></r>",
        whole("<fax id='row-7' Job-ID='1' STATUS='Success'/>"),
        # The job's id is surer than an `id`, whichever comes first.
        whole("<fax><id>7</id><job_id>1</job_id><status>success</status></fax>"),
        whole("<fax><Job ID='1' Result='success'/></fax>").replace("Job ID", "x JobID"),
        whole("<fax><job_id> 1\n</job_id><status>\tSUCCESS </status><note>a</note><note>b</note></fax>"),
    ],
)
def test_rows_are_found_wherever_they_stand(stack: Stack, server: ScriptedServer, body: str) -> None:
    answered(stack, server, body)
    assert statuses(stack) == {"1": "sent"}
    assert stack.unreadable() == []
    assert covered(stack) == WHOLE


@pytest.mark.parametrize(
    "bad",
    [
        "<fax><status>success</status><fax_number>1</fax_number></fax>",
        "<fax><job_id>7</job_id></fax>",
        "<fax><job_id>7</job_id><status> </status></fax>",
        "<fax><job_id>7#8</job_id><status>success</status></fax>",
        "<fax><job_id>7</job_id><job_id>8</job_id><status>success</status></fax>",
        "<fax job_id='7'><job_id>8</job_id><status>success</status></fax>",
        "<fax><job_id>7</job_id><JobID>8</JobID><status>success</status></fax>",
        f"<fax><job_id>{'7' * 70_000}</job_id><status>success</status></fax>",
        "<fax><job_id>7</job_id><status>success</status><sender>John <john> Doe</sender></fax>",
        "<fax><job_id>7&8</job_id><status>success</status></fax>",
    ],
)
def test_a_bad_row_is_set_aside_and_the_others_count(stack: Stack, server: ScriptedServer, bad: str) -> None:
    answered(stack, server, whole(GOOD, bad, ALSO_GOOD))
    assert statuses(stack) == {"1": "sent", "2": "sent"}
    assert covered(stack) == WHOLE
    (kept,) = stack.unreadable()
    assert kept["raw"].value.startswith(b"<fax")
    # Within a day it is the same row and nothing more is said of it.
    for _ in range(3):
        read(stack, after_minutes=23)
    assert [item["seen"] for item in stack.unreadable() if "outbound" in item["origin"]] == [1]
    stack.clock.advance(days=1)
    for _ in range(2):
        read(stack, after_minutes=23)
    assert [item["seen"] for item in stack.unreadable() if "outbound" in item["origin"]] == [2]


def test_a_bad_row_is_set_aside_where_it_is_the_last(stack: Stack, server: ScriptedServer) -> None:
    answered(stack, server, whole(GOOD, ALSO_GOOD, "<fax><job_id>3</fax>"))
    assert statuses(stack) == {"1": "sent", "2": "sent"}
    assert covered(stack) == WHOLE
    (kept,) = stack.unreadable()
    assert kept["raw"].value.startswith(b"<fax")


NOT_THE_FEED = {
    "a page": "<!DOCTYPE html><html><body><p>We are down for maintenance</p></body></html>",
    "a page without a doctype": "<html><body><div id='main'>We are down for maintenance</div></body></html>",
    "tag soup": "<html><p>We are down<br></html>",
    "text": "maintenance",
    "nothing": "",
    "an error": "<error><message>Invalid account</message></error>",
    "an error with an id": "<response><error id='12'>No access</error></response>",
    "a bare error": "<error code='5'/>",
    "a bare error inside": "<response><error/></response>",
    "rows in no known words": "<faxes><fax><a>1</a><b>success</b></fax></faxes>",
    "a document type": f"<!DOCTYPE faxes>{whole(GOOD).partition('?>')[2]}",
    "entities": f"<!DOCTYPE faxes [<!ENTITY a 'x'>]><faxes>{GOOD}</faxes>",
    "an external entity": f"<!DOCTYPE faxes [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><faxes>&a;{GOOD}</faxes>",
    "an unknown encoding": "<?xml version='1.0' encoding='x-unknown'?><faxes></faxes>",
    "an odd encoding": "<?xml version='1.0' encoding='utf-32'?><faxes></faxes>",
    "something deep": "<a>" * 40 + "</a>" * 40,
    "something endless": f"<faxes><fax><note>{'x' * 1_100_000}</note></fax></faxes>",
}


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
@pytest.mark.parametrize("case", NOT_THE_FEED)
def test_what_is_not_the_feed_lets_no_day_count(
    stack: Stack,
    server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
    case: str,
    direction: str,
) -> None:
    if direction == "inbound":
        answered(stack, server, whole())
        stack.clock.advance(minutes=23)
        capsys.readouterr()
    before = covered(stack)
    answered(stack, server, NOT_THE_FEED[case])
    assert '"FeedFailed":[1.0]' in capsys.readouterr().out
    assert stack.items("FAX#") == []
    assert covered(stack) == before


@pytest.mark.parametrize(
    "answer",
    [
        http(whole(GOOD, ALSO_GOOD).replace("</faxes>", "")),
        http(whole(GOOD, ALSO_GOOD, "<fax><job_id>3")),
        http(whole(GOOD, ALSO_GOOD).encode() + b"\xff\xfe"),
    ],
)
def test_the_rows_before_a_break_count_and_the_day_does_not(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    server.answer("", answer)
    read(stack)
    assert statuses(stack) == {"1": "sent", "2": "sent"}
    assert covered(stack) == {}
    assert '"FeedFailed":[1.0]' in capsys.readouterr().out


def test_a_connection_that_breaks_off_is_no_end(stack: Stack, server: ScriptedServer) -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + whole(GOOD, ALSO_GOOD).encode()
    server.answer("", lambda connection: connection.sendall(start))
    read(stack)
    assert statuses(stack) == {"1": "sent", "2": "sent"}
    assert covered(stack) == {}


@pytest.mark.parametrize(
    "inbound",
    [
        "<fax><job_id>7</job_id></fax>",
        "<fax id='7'/>",
        "<fax><timestamp>2026-11-22 10:00:00</timestamp><pages>1</pages></fax>",
    ],
)
def test_an_inbound_row_is_more_than_an_id(stack: Stack, server: ScriptedServer, inbound: str) -> None:
    answered(stack, server, whole())
    stack.clock.advance(minutes=23)
    good = "<fax><job_id>1</job_id><timestamp>2026-11-22 10:00:00</timestamp></fax>"
    answered(stack, server, whole(good, inbound))
    assert statuses(stack) == {"1": "received"}
    assert len(stack.unreadable()) == 1
    (fax,) = stack.items("FAX#")
    # The feed's times carry no zone; New York is assumed.
    assert fax["completed_at"] == "2026-11-22T15:00:00.000Z"


def test_the_zone_of_the_feed_s_times_is_a_setting(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters["GreenFaxTimeZone"] = "America/Los_Angeles"
    row = "<fax><job_id>1</job_id><status>sent</status><date>2026-11-22 10:00:00</date></fax>"
    answered(stack, server, whole(row))
    (fax,) = stack.items("FAX#")
    assert fax["completed_at"] == "2026-11-22T18:00:00.000Z"


@pytest.mark.parametrize(
    ("given", "completed"),
    [
        ("2026-11-20 10:00:00", "2026-11-20T15:00:00.000Z"),
        ("2026-07-20 10:00:00", "2026-07-20T14:00:00.000Z"),
        ("11/20/2026 10:00 PM", "2026-11-21T03:00:00.000Z"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000Z"),
        ("2026-11-20T10:00:00-08:00", "2026-11-20T18:00:00.000Z"),
        ("11/20/2026 10:00:00 AM PST (GMT-8)", "2026-11-20T18:00:00.000Z"),
        # On March 8 the clock goes from two to three: what never was counts by the winter's offset.
        ("2026-03-08 01:59:59", "2026-03-08T06:59:59.000Z"),
        ("2026-03-08 02:30:00", "2026-03-08T07:30:00.000Z"),
        ("2026-03-08 03:00:00", "2026-03-08T07:00:00.000Z"),
        # On November 1 the hour from one to two comes twice: it is taken as the first one.
        ("2026-11-01 01:30:00", "2026-11-01T05:30:00.000Z"),
        ("2026-11-01 01:30:00 EST (GMT-5)", "2026-11-01T06:30:00.000Z"),
        ("<![CDATA[2026-11-20]]> 10:<!-- of the -->00:00", "2026-11-20T15:00:00.000Z"),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_of_the_feed_are_local_unless_they_say_otherwise(
    stack: Stack, server: ScriptedServer, given: str, completed: str | None
) -> None:
    row = f"<fax><job_id>1</job_id><status>sent</status><timestamp>{given}</timestamp></fax>"
    answered(stack, server, whole(row))
    (fax,) = stack.items("FAX#")
    assert fax.get("completed_at") == completed
