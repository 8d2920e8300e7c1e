"""Which notifications a listener gets, and that none is repeated."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote

import pytest

from local.show.simulators.faults import Faults
from local.show.simulators.greenfax import GreenFaxOptions, GreenFaxSimulator
from local.show.simulators.jobs import JobStatus
from local.show.simulators.web import WebRequest
from tests.local.show.simulators.listener import Listener
from tests.support import plain_http
from tests.support.virtual_time import VirtualTime

GOES_THROUGH, IS_BUSY = "12025550100", "12025550001"

OUTBOUND_FIELDS = [
    *("result", "timestamp", "destination", "pages", "duration"),
    *("userjobcode", "greenfaxreferenceid", "cost"),
]
INBOUND_FIELDS = [
    *("greenfax_job_id", "inbound_fax_number", "fax_timestamp", "pages"),
    *("sender", "filename", "download_url"),
]


def fields_of(request: WebRequest) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True, strict_parsing=True))


def test_a_final_outbound_fax_is_notified(
    greenfax: GreenFaxSimulator, listener: Listener, time: VirtualTime
) -> None:
    job_id = greenfax.send(GOES_THROUGH, job_code="Order:1234 50%+ & more")
    assert listener.requests == []
    time.advance(minutes=10)
    (request,) = listener.requests
    assert (request.method, request.path) == ("GET", "/callbacks")
    fields = fields_of(request)
    assert list(fields) == OUTBOUND_FIELDS
    assert fields["result"] == "success"
    assert fields["greenfaxreferenceid"] == job_id
    assert fields["destination"] == GOES_THROUGH
    assert fields["userjobcode"] == "Order:1234 50%+ & more"
    assert fields["cost"].startswith("0.")


@pytest.mark.parametrize(
    ("arrives", "written"),
    [
        (datetime(2005, 1, 10, 19, 10, 25, tzinfo=UTC), "01/10/2005 02:10:25 PM EST (GMT-5)"),
        (datetime(2005, 7, 10, 4, 10, 25, tzinfo=UTC), "07/10/2005 12:10:25 AM EDT (GMT-4)"),
    ],
)
def test_a_notification_gives_local_time_with_its_offset(
    listener: Listener, arrives: datetime, written: str
) -> None:
    time = VirtualTime(arrives)
    with GreenFaxSimulator(time, time, inbound_notify_url=listener.url) as simulator:
        simulator.receive(GOES_THROUGH)
        time.advance(seconds=1)
    assert fields_of(listener.requests[0])["fax_timestamp"] == written


def test_the_whole_query_string_can_be_encoded_once_more(time: VirtualTime, listener: Listener) -> None:
    options = GreenFaxOptions(encode_twice=True)
    with GreenFaxSimulator(time, time, options=options, notify_url=listener.url) as simulator:
        job_id = simulator.send(GOES_THROUGH, job_code="50%+")
        time.advance(minutes=10)
    query = listener.requests[0].query
    assert query.startswith("result%3Dsuccess%26timestamp%3D")
    assert "&" not in query
    assert "=" not in query
    fields = dict(parse_qsl(unquote(query), strict_parsing=True))
    assert fields["greenfaxreferenceid"] == job_id
    assert fields["userjobcode"] == "50%+"


def test_a_registered_address_may_have_a_query_of_its_own(time: VirtualTime, listener: Listener) -> None:
    with GreenFaxSimulator(time, time, notify_url=f"{listener.url}?site=3") as simulator:
        simulator.send(GOES_THROUGH)
        time.advance(minutes=10)
    assert listener.requests[0].query.startswith("site=3&result=success&")


def test_an_inbound_fax_is_notified_when_it_arrives(
    greenfax: GreenFaxSimulator, listener: Listener, time: VirtualTime
) -> None:
    job_id = greenfax.receive("13125550120", number="12025550191")
    time.advance(seconds=1)
    (request,) = listener.requests
    assert request.path == "/callbacks/inbound"
    fields = fields_of(request)
    assert list(fields) == INBOUND_FIELDS
    assert fields["greenfax_job_id"] == job_id
    assert (fields["sender"], fields["inbound_fax_number"]) == ("13125550120", "12025550191")
    assert plain_http.get(fields["download_url"]).content == greenfax.document(job_id)
    assert plain_http.get(fields["download_url"][:-1]).status_code == 404


@pytest.mark.parametrize("refusal", [302, 404, 500, 503])
def test_a_notification_is_never_repeated(
    greenfax: GreenFaxSimulator, listener: Listener, time: VirtualTime, refusal: int
) -> None:
    listener.statuses = [refusal]
    greenfax.send(GOES_THROUGH)
    greenfax.receive(GOES_THROUGH)
    time.advance(days=3)
    assert [attempt.answer for attempt in greenfax.callbacks()] == [refusal, refusal]


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("0100", ["success"]),
        ("0001", ["busy"]),
        ("0002", ["no answer"]),
        ("0101", []),
        ("0102", ["success", "success"]),
        ("0103", ["failed"]),
        ("0104", ["xmit err 0x2F"]),
        ("0106", ["success", "failed"]),
        ("0107", []),
    ],
)
def test_magic_numbers_force_what_a_listener_hears(
    greenfax: GreenFaxSimulator, listener: Listener, time: VirtualTime, ending: str, told: list[str]
) -> None:
    greenfax.faults = Faults(drop=1)  # chance has no say over a magic number
    greenfax.send(f"1202555{ending}")
    time.advance(days=2)
    assert [fields_of(request)["result"] for request in listener.requests] == told


def test_a_strange_word_tells_a_failure(greenfax: GreenFaxSimulator, time: VirtualTime) -> None:
    greenfax.send("12025550104")
    time.advance(minutes=10)
    assert [job.status for job in greenfax.jobs()] == [JobStatus.FAILED]


def test_jobs_tell_the_truth_and_how_the_notifications_went(
    greenfax: GreenFaxSimulator, time: VirtualTime
) -> None:
    greenfax.send(IS_BUSY)
    greenfax.receive(IS_BUSY)
    assert [job.status for job in greenfax.jobs()] == [JobStatus.SUBMITTED, JobStatus.RECEIVED]
    time.advance(minutes=10)
    outbound, inbound = greenfax.jobs()
    assert outbound.public_id == "greenfax.outbound.12345.8591334"
    assert inbound.public_id == "greenfax.inbound.12345.8591334"
    assert (outbound.status, outbound.was_told, outbound.is_marked) == (JobStatus.FAILED, True, None)
