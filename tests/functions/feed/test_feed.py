"""The GreenFax feed against the simulator and against a server that answers what a test has scripted."""

import json
import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from faxledger.errors import SecretUnavailable
from local.simulators.faults import Faults
from local.simulators.greenfax import (
    FeedTimes,
    FeedWords,
    GreenFaxAccount,
    GreenFaxOptions,
    GreenFaxSimulator,
    Naming,
    RowStyle,
)
from tests.functions.announce.test_announce import image
from tests.functions.softlinx_api.scripted_server import ScriptedServer, http, scripted_server
from tests.support import canaries
from tests.support.bundle_on_moto import Context, Stack, event_file, greenfax_get
from tests.support.stream import record

PASSWORD = canaries.PASSWORD


@pytest.fixture(autouse=True)
def password(stack: Stack) -> None:
    stack.put_secret("GreenFaxCredentials", json.dumps({"password": PASSWORD}))


def simulated(stack: Stack, options: GreenFaxOptions | None = None) -> GreenFaxSimulator:
    simulator = GreenFaxSimulator(
        stack.clock,
        stack.clock,
        account=GreenFaxAccount(password=PASSWORD),
        options=options or GreenFaxOptions(),
        seed=7,
    )
    stack.parameters["GreenFaxOutboundUrl"] = f"{simulator.url}/api/xml/outbound.php"
    stack.parameters["GreenFaxInboundUrl"] = f"{simulator.url}/api/xml/inbound.php"
    return simulator


@pytest.fixture
def greenfax(stack: Stack) -> Iterator[GreenFaxSimulator]:
    with simulated(stack) as simulator:
        yield simulator


@pytest.fixture
def server(stack: Stack) -> Iterator[ScriptedServer]:
    with scripted_server() as scripted:
        stack.parameters["GreenFaxOutboundUrl"] = scripted.url
        stack.parameters["GreenFaxInboundUrl"] = scripted.url
        yield scripted


def read(stack: Stack, *, after_minutes: float = 0) -> None:
    stack.clock.advance(minutes=after_minutes)
    stack.invoke("GreenFaxFeed", event_file("greenfax_feed"), Context(seconds_left=900))


def statuses(stack: Stack) -> dict[str, str | None]:
    return {item["pk"].rpartition("#")[2]: item.get("final_status") for item in stack.items("FAX#")}


def covered(stack: Stack) -> dict[str, str]:
    """Which days of each feed count as read."""
    read = {item["pk"].removeprefix("CURSOR#"): item["covered"] for item in stack.items("CURSOR#")}
    return {feed: days for feed, days in read.items() if days}


# The feed begins seven days ago, and a day counts as read two days after its end.
WHOLE = {"greenfax-outbound": "2026-11-16/2026-11-19"}


# --- against the simulator ------------------------------------------------------------------------------


def test_what_no_notification_told_is_settled(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    good, busy = greenfax.send("12025550100"), greenfax.send("12025550001")
    received = greenfax.receive("12025550199")
    read(stack, after_minutes=20)
    assert statuses(stack) == {good: "sent", busy: "failed"}
    read(stack, after_minutes=20.2)
    settled = stack.item(f"greenfax.inbound.12345.{received}")
    assert settled is not None
    assert settled["final_status"] == "received"
    assert len(stack.items("FAX#")) == 3
    assert covered(stack) == dict.fromkeys(["greenfax-outbound", "greenfax-inbound"], "2026-11-16/2026-11-19")


def test_both_directions_share_one_request_in_20_minutes(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    for _ in range(3 * 8):
        read(stack, after_minutes=20)
    assert {request.status for request in greenfax.feed_requests()} == {200}
    directions = [request.direction.value for request in greenfax.feed_requests()]
    assert len(directions) == 24
    assert directions.count("inbound") == 8


def test_a_second_run_inside_the_20_minutes_asks_nothing(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    read(stack)
    for _ in range(3):
        read(stack, after_minutes=5)
        stack.restart()
    assert len(greenfax.feed_requests()) == 1


def test_a_run_that_comes_seconds_early_waits(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    read(stack)
    read(stack, after_minutes=19.5)
    assert [request.status for request in greenfax.feed_requests()] == [200, 200]
    assert sum(stack.clock.slept) < 120


@pytest.mark.parametrize("style", RowStyle)
@pytest.mark.parametrize("naming", Naming)
def test_rows_are_read_however_they_are_spelled(stack: Stack, style: RowStyle, naming: Naming) -> None:
    options = GreenFaxOptions(row_style=style, naming=naming, feed_times=FeedTimes.US)
    with simulated(stack, options) as greenfax:
        fax_id = greenfax.send("12025550100", sender="a@clinic.example")
        read(stack, after_minutes=20)
        (job,) = greenfax.jobs()
    (fax,) = stack.items("FAX#")
    assert (fax["pk"], fax["final_status"]) == (f"FAX#greenfax#outbound#12345#{fax_id}", "sent")
    assert (fax["to_number"], fax["user"]) == ("12025550100", "a@clinic.example")
    assert {"pages", "duration_seconds", "cost_usd"} <= set(fax)
    assert job.completed_at is not None
    assert fax["completed_at"] == f"{job.completed_at:%Y-%m-%dT%H:%M:%S}.000Z"


def test_a_reason_in_the_feed_that_is_in_no_table_settles_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxFailedWords"] = "busy"
    with simulated(stack, GreenFaxOptions(feed_words=FeedWords.REASON)) as greenfax:
        busy, odd = greenfax.send("12025550001"), greenfax.send("12025550008")
        read(stack, after_minutes=20)
    assert statuses(stack) == {busy: "failed", odd: None}
    assert '"UnknownStatusWord":[1.0]' in capsys.readouterr().out


def test_the_feed_s_words_are_settings(stack: Stack) -> None:
    stack.parameters["GreenFaxSentWords"] = "Gone Out"
    stack.parameters["GreenFaxFailedWords"] = "success"
    with simulated(stack) as greenfax:
        fax_id = greenfax.send("12025550100")
        read(stack, after_minutes=20)
    assert statuses(stack) == {fax_id: "failed"}


@pytest.mark.parametrize("errors_at_200", [False, True])
def test_a_refusal_lets_no_day_count_and_is_not_repeated_early(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    errors_at_200: bool,  # noqa: FBT001
) -> None:
    with simulated(stack, GreenFaxOptions(errors_at_200=errors_at_200)) as greenfax:
        greenfax.send("12025550100")
        greenfax.faults = Faults(refuse_logins=1)
        read(stack, after_minutes=20)
        assert '"FeedFailed":[1.0]' in capsys.readouterr().out
        assert covered(stack) == {}
        read(stack, after_minutes=5)
        for _ in range(3):
            read(stack, after_minutes=20.2)
        assert [request.status for request in greenfax.feed_requests()] == [401, 200, 200, 200]
    assert list(statuses(stack).values()) == ["sent"]


@pytest.mark.parametrize("errors_at_200", [False, True])
def test_an_allowance_that_somebody_else_has_used_up_is_respected(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    errors_at_200: bool,  # noqa: FBT001
) -> None:
    with simulated(stack, GreenFaxOptions(errors_at_200=errors_at_200)) as greenfax:
        read(stack)
        for item in stack.items("CLAIM#"):
            stack.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
        read(stack, after_minutes=1)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429]
        assert '"FeedTooSoon":[1.0]' in capsys.readouterr().out
        for _ in range(3):
            read(stack, after_minutes=12)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429]
        read(stack, after_minutes=4.2)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429, 200]


def test_a_fax_told_by_notify_gets_a_second_sighting(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    fax_id = greenfax.send("12025550100")
    stack.http("GreenFaxNotify", greenfax_get({"greenfaxreferenceid": fax_id, "result": "success"}))
    read(stack, after_minutes=20)
    (fax,) = stack.items("FAX#")
    assert fax["settled_by"] == "notify"
    assert {"sighting_notify", "sighting_feed"} <= set(fax)


# --- against scripted answers ---------------------------------------------------------------------------

GOOD = "<fax><job_id>1</job_id><status>success</status><fax_number>12025550100</fax_number></fax>"
ALSO_GOOD = GOOD.replace("<job_id>1", "<job_id>2")


def whole(*rows: str) -> str:
    return f"<?xml version='1.0' encoding='utf-8'?>\n<faxes>\n{''.join(rows)}\n</faxes>\n"


def answered(stack: Stack, server: ScriptedServer, body: str | bytes, **more: str) -> None:
    server.answer("", http(body, **more))
    read(stack)


def test_the_request_is_the_documented_one(stack: Stack, server: ScriptedServer) -> None:
    answered(stack, server, whole())
    (asked,) = server.asked
    assert asked.method == "GET"
    assert parse_qs(urlsplit(asked.target).query) == {
        "accountid": ["12345"],
        "password": [PASSWORD],
        "startdate": ["2026-11-16"],
        "enddate": ["2026-11-22"],
    }


def test_the_parameters_names_are_settings(stack: Stack, server: ScriptedServer) -> None:
    names = "greenfax_account_id,greenfax_account_login_password,date_range_start,date_range_end"
    stack.parameters["GreenFaxOutboundParameters"] = names
    answered(stack, server, whole())
    assert list(parse_qs(urlsplit(server.asked[0].target).query)) == names.split(",")


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
        read(stack, after_minutes=20.2)
    assert [item["seen"] for item in stack.unreadable() if "outbound" in item["origin"]] == [1]
    stack.clock.advance(days=1)
    for _ in range(2):
        read(stack, after_minutes=20.2)
    assert [item["seen"] for item in stack.unreadable() if "outbound" in item["origin"]] == [2]


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
        stack.clock.advance(minutes=20.2)
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
        http(whole(GOOD, ALSO_GOOD, "<fax><job_id>3</fax>")),
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
    stack.clock.advance(minutes=20.2)
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


def test_a_window_never_exceeds_90_days_and_none_is_left_out(stack: Stack, server: ScriptedServer) -> None:
    answered(stack, server, whole())
    stack.clock.advance(days=200)
    for _ in range(6):
        answered(stack, server, whole())
        stack.clock.advance(minutes=20.2)
    queries = [parse_qs(urlsplit(asked.target).query) for asked in server.asked]
    spans = [(asked["startdate"][0], asked["enddate"][0]) for asked in queries if "accountid" in asked]
    assert spans == [
        ("2026-11-16", "2026-11-22"),
        ("2026-11-20", "2027-02-17"),
        ("2027-03-13", "2027-06-10"),
        ("2027-02-18", "2027-03-12"),
        ("2027-06-08", "2027-06-10"),
    ]


def asked_for(server: ScriptedServer) -> list[tuple[str, str, str]]:
    """The direction, the first and the last day of each request."""
    queries = [parse_qs(urlsplit(asked.target).query) for asked in server.asked]
    return [
        ("outbound" if "accountid" in asked else "inbound", asked["startdate"][0], asked["enddate"][0])
        for asked in queries
    ]


def test_history_is_read_from_the_day_that_a_parameter_names(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-06-01"
    for _ in range(5):
        answered(stack, server, whole())
        stack.clock.advance(minutes=20.2)
    assert asked_for(server) == [
        ("outbound", "2026-11-16", "2026-11-22"),
        ("inbound", "2026-11-16", "2026-11-22"),
        ("outbound", "2026-06-01", "2026-08-29"),
        ("outbound", "2026-11-20", "2026-11-22"),
        ("inbound", "2026-06-01", "2026-08-29"),
    ]


def test_nobody_is_told_of_history(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-06-01"
    stack.parameters["TellFrom"] = "2020-01-01"
    answered(stack, server, whole(GOOD))
    stack.clock.advance(minutes=41)
    answered(stack, server, whole(ALSO_GOOD))
    stack.clock.advance(minutes=21)
    answered(stack, server, whole(ALSO_GOOD))
    items = {item["pk"].rpartition("#")[2]: item for item in stack.items("FAX#greenfax#outbound")}
    assert {job: item.get("is_history", False) for job, item in items.items()} == {"1": False, "2": True}
    settled = [record(int(job), new=image(stack, f"greenfax.outbound.12345.{job}")) for job in items]
    stack.announced()
    stack.invoke("Announce", {"Records": settled})
    assert [event["detail"]["fax_id"] for event in stack.announced()] == ["greenfax.outbound.12345.1"]


def test_allowances_of_their_own_are_used_in_the_same_run(stack: Stack) -> None:
    stack.parameters["GreenFaxAllowance"] = "separate"
    with simulated(stack, GreenFaxOptions(shared_allowance=False)) as greenfax:
        for _ in range(3):
            read(stack, after_minutes=21)
        requests = greenfax.feed_requests()
    assert {request.status for request in requests} == {200}
    assert [request.direction.value for request in requests] == ["outbound", "inbound"] * 3
    assert sorted(item["pk"] for item in stack.items("CLAIM#")) == [
        "CLAIM#greenfax-feed-inbound",
        "CLAIM#greenfax-feed-outbound",
    ]


def test_whoever_shares_an_allowance_unknowingly_finds_out_and_waits(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxAllowance"] = "separate"
    with simulated(stack, GreenFaxOptions(shared_allowance=True)) as greenfax:
        read(stack)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429]
    assert '"FeedTooSoon":[1.0]' in capsys.readouterr().out


def test_the_words_for_too_soon_are_a_setting(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxTooSoonPhrases"] = "come back,eile mit Weile"
    answered(stack, server, "<answer><note>Please <b>come back</b> tomorrow</note></answer>")
    assert '"FeedTooSoon":[1.0]' in capsys.readouterr().out
    answered(stack, server, whole())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "page",
    [
        "Too soon.",
        "<!DOCTYPE html><html><style>p {}</style><body><p>Asked too <b>soon</b><br></body></html>",
        "<html><body><p>One request in\n  20 minutes!<br></body></html>",
        "<error>too\n  soon</error>",
    ],
)
def test_too_soon_is_understood_on_a_page_for_people(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    answered(stack, server, page)
    said = capsys.readouterr().out
    assert '"FeedTooSoon":[1.0]' in said
    assert "FeedFailed" not in said


def test_what_a_fax_says_is_not_taken_for_too_soon(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    faxes = whole(GOOD.replace("</fax>", "<note>too soon</note></fax>"))
    answered(stack, server, faxes.replace("</faxes>", "<broken"))
    assert "FeedTooSoon" not in capsys.readouterr().out


@pytest.mark.parametrize(("header", "minutes"), [("7200", 120), ("soon", 40), ("99999999", 360)])
def test_a_retry_after_is_respected_within_reason(
    stack: Stack, server: ScriptedServer, header: str, minutes: int
) -> None:
    answered(stack, server, "", status="429 Too Many Requests", headers=f"Retry-After: {header}\r\n")
    read(stack, after_minutes=minutes - 3)
    assert len(server.asked) == 1
    read(stack, after_minutes=4)
    assert len(server.asked) == 2


def test_unchanged_rows_cost_the_table_nothing(stack: Stack, server: ScriptedServer) -> None:
    rows = whole(GOOD, ALSO_GOOD)
    answered(stack, server, rows)
    read(stack, after_minutes=20.2)
    looked_up, written = stack.count_of("dynamodb:BatchGetItem"), fax_writes(stack)
    for _ in range(5):
        read(stack, after_minutes=20.2)
    assert (stack.count_of("dynamodb:BatchGetItem"), fax_writes(stack)) == (looked_up, written)
    answered(stack, server, rows.replace("success", "failed", 1))
    while len(server.asked) < 9:
        read(stack, after_minutes=20.2)
    assert stack.count_of("dynamodb:BatchGetItem") > looked_up
    (fax,) = [item for item in stack.items("FAX#greenfax#outbound") if item["pk"].endswith("#1")]
    assert fax["conflict"]["status"] == "failed"


def fax_writes(stack: Stack) -> int:
    return sum(
        call.action == "dynamodb:UpdateItem"
        and any(key.startswith("FAX#greenfax#outbound#") for key in call.keys)
        for _, call in stack.calls
    )


def test_a_word_that_a_new_setting_knows_settles_the_fax_the_next_time(
    stack: Stack, server: ScriptedServer
) -> None:
    answered(stack, server, whole(GOOD.replace("success", "gone"), ALSO_GOOD))
    assert statuses(stack) == {"1": None, "2": "sent"}
    stack.restart()
    stack.parameters["GreenFaxSentWords"] = "success,gone"
    for _ in range(2):
        read(stack, after_minutes=20.2)
    assert statuses(stack) == {"1": "sent", "2": "sent"}


def test_a_bucket_out_of_reach_costs_thrift_and_nothing_else(
    stack: Stack, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with stack.out_of_reach("s3"):
        answered(stack, server, whole(GOOD))
    assert statuses(stack) == {"1": "sent"}
    assert covered(stack) == WHOLE
    assert '"FeedMemoryLost":[1.0]' in capsys.readouterr().out


def test_without_a_password_nothing_is_asked(stack: Stack, server: ScriptedServer) -> None:
    stack.put_secret("GreenFaxCredentials", json.dumps({"password": ""}))
    with pytest.raises(SecretUnavailable, match="has no password yet"):
        read(stack)
    assert server.asked == []
    assert stack.items("CLAIM#") == []


def test_a_ledger_that_gives_out_lets_no_day_count(stack: Stack, server: ScriptedServer) -> None:
    server.answer("", http(whole(GOOD)))
    with (
        pytest.raises(Exception, match="table did not answer"),
        stack.out_of_reach("dynamodb", "BatchGetItem"),
    ):
        read(stack)
    assert covered(stack) == {}
    assert statuses(stack) == {}


# --- what nobody may see ----------------------------------------------------------------------------------

SECRETIVE = {
    "whole": http(
        whole(
            f"<fax><job_id>1</job_id><status>busy</status><fax_number>{canaries.NUMBER}</fax_number>"
            f"<sender>{canaries.NAME}</sender><userjobcode>{canaries.SUBJECT}</userjobcode></fax>",
            f"<fax><job_id>2</job_id><status>{canaries.NAME}</status></fax>",
            f"<fax><job_id>{canaries.NAME}</job_id><status>sent</status></fax>",
        )
    ),
    "a redirect that repeats the URL": http(
        "", status="302 Found", headers=f"Location: https://elsewhere.example/?password={PASSWORD}\r\n"
    ),
    "a redirect for good": http("", status="301 Moved", headers="Location: /login\r\n"),
    "no": http(f"no access for {PASSWORD}", status="403 Forbidden"),
    "later": http(f"slow down {PASSWORD}", status="429 Too Many Requests"),
    "trouble": http(f"trouble with {PASSWORD}", status=f"500 {PASSWORD}"),
    "no XML": http(f"<{PASSWORD}>&{PASSWORD};"),
    "no HTTP": f"HELLO {PASSWORD}\r\n\r\n".encode(),
    "compressed": http(whole(GOOD), headers="Content-Encoding: gzip\r\n"),
    "a header too many": b"HTTP/1.1 200 OK\r\n" + f"X: {PASSWORD}\r\n".encode() * 10_000 + b"\r\n",
}


@pytest.mark.parametrize("case", SECRETIVE)
def test_neither_password_nor_person_is_told_of_even_while_debugging(
    stack: Stack,
    server: ScriptedServer,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    case: str,
) -> None:
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, name)
    server.answer("", SECRETIVE[case])
    read(stack)
    captured = capsys.readouterr()
    said = captured.out + captured.err + caplog.text
    assert canaries.found_in(said) == []
    assert canaries.found_in(canaries.keys_of(stack.items())) == []
    assert len(server.asked) == 1
    assert ('"FeedFailed":[1.0]' in said) is (case not in ("whole", "later"))
    assert ('"FeedTooSoon":[1.0]' in said) is (case == "later")


def test_a_host_that_is_not_there_is_told_of_without_its_url(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxOutboundUrl"] = "http://127.0.0.1:1/feed"
    read(stack)
    said = capsys.readouterr().out
    assert "ConnectError" in said
    assert canaries.found_in(said) == []
