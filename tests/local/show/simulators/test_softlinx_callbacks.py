"""Which posts a listener gets, with which fields, and how often."""

from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qsl

import pytest

from local.show.simulators.faults import Faults
from local.show.simulators.jobs import JobStatus
from local.show.simulators.softlinx import SoftlinxOptions, SoftlinxSimulator
from local.show.simulators.web import WebRequest
from tests.local.show.simulators.listener import Listener
from tests.support.virtual_time import VirtualTime

GOES_THROUGH, IS_BUSY = "12025550100", "12025550001"

COMMON_FIELDS = {
    "Duration",
    "ErrorCode",
    "ErrorText",
    "FaxId",
    "FaxStatus",
    "FaxUserId",
    "Queue",
    "Realm",
    "TSI",
}
OUTBOUND_FIELDS = COMMON_FIELDS | {
    "CSI",
    "CompleteTime",
    "CreateTime",
    "FaxNumber",
    "PagesSent",
    "PagesTotal",
}
OUTBOUND_FIELDS |= {"ProjectCode", "ProjectCode2", "RetryCount"}
INBOUND_FIELDS = COMMON_FIELDS | {"CallerNumber", "DestFaxNumber", "PagesReceived", "ReceivedTime"}


def fields_of(request: WebRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def test_a_final_outbound_fax_is_posted(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    fax_id = softlinx.send(GOES_THROUGH, user="referrals", project_code="Ärzte & Söhne + 5 %")
    assert listener.requests == []
    time.advance(minutes=10)
    (request,) = listener.requests
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = fields_of(request)
    assert fields.keys() == OUTBOUND_FIELDS
    assert fields["FaxId"] == fax_id
    assert fields["FaxStatus"] == "sent"
    assert fields["Queue"] == "SendFax"
    assert fields["Realm"] == "Acme"
    assert fields["CreateTime"] == "2026-11-23T13:00:00Z"
    assert fields["ProjectCode"] == "Ärzte & Söhne + 5 %"
    assert (fields["ErrorCode"], fields["ErrorText"]) == ("0", "")


def test_an_inbound_fax_is_posted_when_it_arrives(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    softlinx.receive("13125550120", number="12025550190", tsi="COUNTY HOSPITAL", breaks_off=False)
    time.advance(seconds=1)
    (request,) = listener.requests
    fields = fields_of(request)
    assert fields.keys() == INBOUND_FIELDS
    assert fields["FaxStatus"] == "recvOk"
    assert fields["Queue"] == "ReceiveFax"
    assert fields["ReceivedTime"] == "2026-11-23T13:00:00Z"
    assert fields["TSI"] == "COUNTY HOSPITAL"


def test_a_transmission_that_breaks_off_has_its_own_identifier(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    broken = softlinx.receive("13125550120", breaks_off=True)
    whole = softlinx.receive("13125550120", breaks_off=False)
    time.advance(seconds=1)
    told = [fields_of(request) for request in listener.requests]
    assert [(fields["FaxId"], fields["FaxStatus"]) for fields in told] == [
        (broken, "recvIncomplete"),
        (whole, "recvOk"),
    ]
    assert told[0]["TSI"] == told[1]["TSI"]


def test_posts_can_be_multipart(time: VirtualTime, listener: Listener) -> None:
    options = SoftlinxOptions(multipart_callbacks=True)
    with SoftlinxSimulator(time, time, options=options, callback_url=listener.url) as simulator:
        simulator.send(GOES_THROUGH, project_code="Zoë")
        time.advance(minutes=10)
    (request,) = listener.requests
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in message_from_bytes(head + request.body, policy=HTTP).walk()
        if not part.is_multipart()
    }
    assert parts["FaxStatus"] == b"sent"
    assert parts["ProjectCode"] == "Zoë".encode()


def test_without_an_address_nobody_is_called(time: VirtualTime) -> None:
    with SoftlinxSimulator(time, time) as simulator:
        simulator.send(GOES_THROUGH)
        time.advance(days=2)
        assert simulator.callbacks() == ()
        assert [job.status for job in simulator.jobs()] == [JobStatus.SENT]


@pytest.mark.parametrize("refusal", [302, 400, 404, 500, 503])
def test_a_refused_post_is_repeated_every_two_hours_until_it_is_taken(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime, refusal: int
) -> None:
    listener.statuses = [refusal, refusal, 204]
    softlinx.send(GOES_THROUGH)
    time.advance(days=2)
    attempts = softlinx.callbacks()
    assert [attempt.answer for attempt in attempts] == [refusal, refusal, 204]
    assert [attempt.number for attempt in attempts] == [1, 2, 3]
    assert [attempts[i + 1].at - attempts[i].at for i in (0, 1)] == [attempts[1].at - attempts[0].at] * 2
    assert (attempts[1].at - attempts[0].at).total_seconds() == 2 * 3600
    assert len({request.body for request in listener.requests}) == 1


def test_the_twelfth_attempt_is_the_last(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    listener.statuses = [503]
    softlinx.send(GOES_THROUGH)
    time.advance(days=3)
    attempts = softlinx.callbacks()
    assert len(attempts) == len(listener.requests) == 12
    assert (attempts[-1].at - attempts[0].at).total_seconds() == 22 * 3600
    assert not softlinx.jobs()[0].was_told


def test_a_listener_that_is_down_is_tried_again(time: VirtualTime) -> None:
    with SoftlinxSimulator(time, time, callback_url="http://127.0.0.1:1/nobody") as simulator:
        simulator.send(GOES_THROUGH)
        time.advance(days=3)
        assert [attempt.answer for attempt in simulator.callbacks()] == [None] * 12


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("0100", ["sent"]),
        ("0001", ["sendFailed"]),
        ("0101", []),
        ("0102", ["sent", "sent"]),
        ("0103", ["sendFailed"]),
        ("0104", ["sentPendingConfirmation"]),
        ("0106", ["sent", "sendFailed"]),
        ("0107", []),
    ],
)
def test_magic_numbers_force_what_a_listener_hears(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime, ending: str, told: list[str]
) -> None:
    softlinx.faults = Faults(drop=1)  # chance has no say over a magic number
    softlinx.send(f"1202555{ending}")
    time.advance(days=2)
    assert [fields_of(request)["FaxStatus"] for request in listener.requests] == told


def test_what_is_told_does_not_change_the_log(softlinx: SoftlinxSimulator, time: VirtualTime) -> None:
    for ending in ("0103", "0104", "0106"):
        softlinx.send(f"1202555{ending}")
    time.advance(hours=1)
    assert {job.status for job in softlinx.jobs()} == {JobStatus.SENT}


def test_a_false_failure_comes_with_an_error(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    softlinx.send("12025550103")
    time.advance(minutes=10)
    assert fields_of(listener.requests[0])["ErrorCode"] != "0"


def test_a_late_callback_comes_three_hours_after_the_fax(
    softlinx: SoftlinxSimulator, time: VirtualTime
) -> None:
    softlinx.send("12025550105")
    time.advance(hours=4)
    (job,) = softlinx.jobs()
    assert job.completed_at is not None
    assert (job.callbacks[0].at - job.completed_at).total_seconds() == 3 * 3600


def test_an_overtaken_callback_comes_after_the_next_faxs(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    softlinx.send("12025550108")
    time.advance(minutes=11)
    softlinx.receive(GOES_THROUGH)
    time.advance(seconds=1)
    assert [fields_of(request)["Queue"] for request in listener.requests] == ["ReceiveFax", "SendFax"]
    assert [attempt.is_overtaken for attempt in softlinx.callbacks()] == [False, True]


def test_an_overtaken_callback_of_the_last_fax_comes_all_the_same(
    softlinx: SoftlinxSimulator, listener: Listener, time: VirtualTime
) -> None:
    softlinx.send("12025550108")
    time.advance(minutes=45)
    assert len(listener.requests) == 1
    assert [attempt.is_overtaken for attempt in softlinx.callbacks()] == [False]


def test_an_unreachable_listener_costs_all_attempts(softlinx: SoftlinxSimulator, time: VirtualTime) -> None:
    softlinx.send("12025550107")
    time.advance(days=2)
    assert [attempt.answer for attempt in softlinx.callbacks()] == [None] * 12


def test_jobs_tell_the_truth_and_how_the_callbacks_went(
    softlinx: SoftlinxSimulator, time: VirtualTime
) -> None:
    softlinx.send(IS_BUSY)
    softlinx.receive("13125550011")
    assert [job.status for job in softlinx.jobs()] == [JobStatus.SUBMITTED, JobStatus.RECEIVED_PARTIAL]
    time.advance(minutes=10)
    outbound, inbound = softlinx.jobs()
    assert outbound.public_id == "softlinx.outbound.acme.1001"
    assert inbound.public_id == "softlinx.inbound.acme.1001"
    assert (outbound.status, outbound.was_told) == (JobStatus.FAILED, True)
    assert outbound.completed_at is not None
    assert 1 <= (outbound.completed_at - outbound.created_at).total_seconds() / 60 <= 10
