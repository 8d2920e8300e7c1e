"""SendFax: what is ordered, what is kept of it, and what becomes of it."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.show.simulators.jobs import JobStatus
from local.show.simulators.multipart import BodyPart, write_related
from local.show.simulators.softlinx import (
    ApiFaults,
    ApiKind,
    Attachment,
    SendRecipient,
    SoftlinxOptions,
    SoftlinxSimulator,
)
from tests.local.show.simulators.listener import Listener
from tests.local.show.simulators.soap_client import INLINE, SoapClient, envelope_of, ids, status_code
from tests.support.virtual_time import VirtualTime

GOES_THROUGH, IS_BUSY, IS_REFUSED, LOSES_ANSWER = "12025550100", "12025550001", "12025550009", "12025550201"
DOCUMENT = b"\r\n%PDF-1.4\n" + bytes(range(256)) + b"\r\n"


def test_an_order_is_kept_as_it_was_given(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    output = soap.call(
        "SendFax",
        FaxRecipient=[
            {"FaxNumber": GOES_THROUGH, "RcptName": "Zoë Lake", "RcptCompany": "Lakeside"},
            {"FaxNumber": IS_BUSY},
        ],
        Attachment=[
            {
                "ContentType": "application/pdf",
                "FileName": "a.pdf",
                "AttachmentContent": b64encode(DOCUMENT).decode(),
            },
            {"ContentType": "text/plain", "FileName": "b.txt", "AttachmentContent": "aGVs bG8="},
        ],
        CoverPageEnabled="true",
        CoverPageName="Standard",
        CoverMessage="for you",
        ProjectCode="CHART-7",
        Priority="high",
    )
    (order,) = softlinx.sends()
    assert (order.api, order.at) == (ApiKind.SOAP, time.now())
    assert order.recipients == (
        SendRecipient(GOES_THROUGH, name="Zoë Lake", company="Lakeside"),
        SendRecipient(IS_BUSY),
    )
    assert order.attachments == (
        Attachment("application/pdf", "a.pdf", DOCUMENT),
        Attachment("text/plain", "b.txt", b"hello"),
    )
    assert order.options == {
        "CoverPageEnabled": "true",
        "CoverPageName": "Standard",
        "CoverMessage": "for you",
        "ProjectCode": "CHART-7",
        "Priority": "high",
    }
    assert list(order.fax_ids) == ids(output)
    row = soap.call("QuerySendFax", FaxId=ids(output)[0]).find("FaxInfo")
    assert row is not None
    assert [row.findtext(name) for name in ("Priority", "CoverPageName", "RcptInfo", "FaxQuality")] == [
        "high",
        "Standard",
        "Zoë Lake",
        "fine",
    ]


def package_of(
    href: str, *, start: str = "root", root_type: str = "application/xop+xml"
) -> tuple[str, bytes]:
    envelope = envelope_of(
        "SendFax",
        {
            **INLINE,
            "FaxRecipient": {"FaxNumber": GOES_THROUGH},
            "Attachment": {"FileName": "a.pdf", "AttachmentContent": "HERE"},
        },
    )
    include = f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="{href}"/>'
    root = BodyPart(envelope.replace(b"HERE", include.encode()), root_type, "root")
    content = BodyPart(DOCUMENT, "application/pdf", "a b@example")
    return write_related([content, root], root_id=start, names_start=True)


def post_package(soap: SoapClient, package: tuple[str, bytes]) -> httpx.Response:
    headers = {"Content-Type": package[0]}
    return soap.post("SendFax", package[1], headers=headers)


def test_an_order_may_be_a_package(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    response = post_package(soap, package_of("cid:a%20b%40example"))
    assert response.status_code == 200
    (order,) = softlinx.sends()
    assert order.attachments == (Attachment("", "a.pdf", DOCUMENT),)


@pytest.mark.parametrize(
    "package",
    [
        package_of("cid:other"),
        package_of("cid:a%20b%40example", start="other"),
        package_of("cid:a%20b%40example", root_type="text/xml"),
        ("multipart/related; boundary=x", b"nothing"),
    ],
)
def test_a_broken_package_gets_a_fault(
    softlinx: SoftlinxSimulator, soap: SoapClient, package: tuple[str, bytes]
) -> None:
    assert post_package(soap, package).status_code == 500
    assert softlinx.sends() == ()


@pytest.mark.parametrize(
    "options",
    [
        {"CoverPageEnabled": "yes"},
        {"RetryCount": "often"},
        {"SendAfter": "tomorrow"},
        {"FaxRecipient": [{"FaxNumber": IS_REFUSED}]},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    softlinx: SoftlinxSimulator, soap: SoapClient, options: dict[str, Any]
) -> None:
    values = {"FaxRecipient": [{"FaxNumber": GOES_THROUGH}], **options}
    assert status_code(soap.call("SendFax", **values)) != "0"
    assert softlinx.sends() == ()
    assert softlinx.jobs() == ()


@pytest.mark.parametrize("lists_refused", [True, False])
def test_a_refused_recipient_does_not_hold_up_the_others(time: VirtualTime, *, lists_refused: bool) -> None:
    options = SoftlinxOptions(lists_refused_recipients=lists_refused)
    with SoftlinxSimulator(time, time, options=options) as simulator:
        numbers = [GOES_THROUGH, IS_REFUSED, IS_BUSY]
        output = SoapClient(simulator.wsapi_url).call(
            "SendFax", FaxRecipient=[{"FaxNumber": number} for number in numbers]
        )
        (order,) = simulator.sends()
    assert status_code(output) == "0"
    assert [fax_id is not None for fax_id in order.fax_ids] == [True, False, True]
    rows = {row.findtext("FaxNumber"): row for row in output.findall("FaxInfo")}
    assert (IS_REFUSED in rows) is lists_refused
    if lists_refused:
        assert rows[IS_REFUSED].findtext("FaxId") is None
        assert rows[IS_REFUSED].findtext("ErrorText")
    assert [job.job_id for job in simulator.jobs()] == [fax_id for fax_id in order.fax_ids if fax_id]


def test_what_was_ordered_becomes_final_and_is_told(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime, listener: Listener
) -> None:
    soap.call("SendFax", FaxRecipient=[{"FaxNumber": GOES_THROUGH}, {"FaxNumber": IS_BUSY}])
    time.advance(minutes=10)
    assert [job.status for job in softlinx.jobs()] == [JobStatus.SENT, JobStatus.FAILED]
    assert len(listener.requests) == 2


def test_a_fax_waits_until_it_may_be_sent(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    send_after = "2026-11-23T18:00:00-05:00"
    soap.call("SendFax", FaxRecipient=[{"FaxNumber": GOES_THROUGH}], SendAfter=send_after)
    time.advance(hours=9, minutes=59)
    (row,) = soap.call("QuerySendFax").findall("FaxInfo")
    assert row.findtext("SendAfter") == send_after
    assert row.findtext("FaxStatus") not in ("sent", "sendFailed")
    time.advance(minutes=11)
    (job,) = softlinx.jobs()
    assert job.completed_at is not None
    assert job.completed_at - job.created_at > timedelta(hours=10)


def test_a_fax_can_be_deleted_by_being_sent(soap: SoapClient, time: VirtualTime, listener: Listener) -> None:
    recipients = [{"FaxNumber": GOES_THROUGH}, {"FaxNumber": IS_BUSY}]
    _, failing = ids(soap.call("SendFax", FaxRecipient=recipients, DeleteAfterSend="true"))
    time.advance(minutes=10)
    assert ids(soap.call("QuerySendFax")) == [failing]
    assert len(listener.requests) == 2


def test_an_answer_can_be_lost_after_the_fax_was_taken(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    with pytest.raises(httpx.TransportError):
        soap.call("SendFax", FaxRecipient=[{"FaxNumber": LOSES_ANSWER}], ProjectCode="CHART-7")
    (order,) = softlinx.sends()
    (row,) = soap.call("QuerySendFax").findall("FaxInfo")
    assert row.findtext("FaxId") == order.fax_ids[0]
    assert row.findtext("ProjectCode") == "CHART-7"
    assert [request.http_status for request in softlinx.requests()] == [None, 200]


@pytest.mark.parametrize(
    ("faults", "lost"),
    [
        (ApiFaults(first_answers_lost=2), [True, True, False]),
        (ApiFaults(lost_answers=1), [True, True, True]),
        (ApiFaults(), [False, False, False]),
    ],
)
def test_answers_are_lost_by_count_or_by_chance(
    softlinx: SoftlinxSimulator, soap: SoapClient, faults: ApiFaults, lost: list[bool]
) -> None:
    softlinx.api_faults = faults
    for is_lost in lost:
        if is_lost:
            with pytest.raises(httpx.TransportError):
                soap.call("SendFax", FaxRecipient=[{"FaxNumber": GOES_THROUGH}])
        else:
            soap.call("SendFax", FaxRecipient=[{"FaxNumber": GOES_THROUGH}])
    assert len(softlinx.sends()) == 3


BY_FAULT: Mapping[str, ApiFaults] = {
    "share": ApiFaults(bursts=1, burst_calls=2),
    "count": ApiFaults(first_calls_refused=3),
}


@pytest.mark.parametrize("faults", BY_FAULT.values(), ids=BY_FAULT.keys())
def test_a_busy_service_turns_calls_away(
    softlinx: SoftlinxSimulator, soap: SoapClient, faults: ApiFaults
) -> None:
    softlinx.api_faults = faults
    content = envelope_of("SendFax", {**INLINE, "FaxRecipient": {"FaxNumber": GOES_THROUGH}})
    responses = [soap.post("SendFax", content) for _ in range(3)]
    assert [response.status_code for response in responses] == [429, 503, 429]
    assert responses[0].headers["retry-after"] == "1"
    assert softlinx.sends() == ()
    softlinx.api_faults = ApiFaults()
    assert soap.post("SendFax", content).status_code == 200
    assert [request.http_status for request in softlinx.requests()] == [429, 503, 429, 200]


def test_a_token_expires_after_so_many_calls(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    softlinx.api_faults = ApiFaults(token_calls=2)
    token = soap.call("Login").findtext("AuthToken", "")
    by_token = SoapClient(softlinx.wsapi_url, {"AuthenticationToken": {"AuthToken": token}})
    assert [status_code(by_token.call("QuerySendFax")) == "0" for _ in range(4)] == [True, True, False, False]
    assert status_code(soap.call("QuerySendFax")) == "0"


@pytest.mark.parametrize("wrong", [{"lost_answers": 1.5}, {"bursts": -1}, {"token_calls": -1}])
def test_faults_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="API faults: "):
        ApiFaults(**wrong)  # type: ignore[arg-type]  # some are counts


def test_somebody_resends_a_failed_fax(
    softlinx: SoftlinxSimulator, time: VirtualTime, listener: Listener
) -> None:
    failed = softlinx.send(IS_BUSY, project_code="CHART-7")
    time.advance(minutes=10)
    again = softlinx.resend(failed, GOES_THROUGH)
    time.advance(minutes=10)
    assert again != failed
    assert [(job.job_id, job.status) for job in softlinx.jobs()] == [
        (failed, JobStatus.FAILED),
        (again, JobStatus.SENT),
    ]
    assert len(listener.requests) == 2


def test_a_resent_fax_may_keep_its_identifier(time: VirtualTime, listener: Listener) -> None:
    options = SoftlinxOptions(resend_keeps_id=True)
    with SoftlinxSimulator(time, time, options=options, callback_url=listener.url) as simulator:
        soap = SoapClient(simulator.wsapi_url)
        fax_id = simulator.send(IS_BUSY)
        time.advance(minutes=10)
        soap.call("ModifySendFax", FaxId=fax_id, Mark="true")
        assert simulator.resend(fax_id, GOES_THROUGH) == fax_id
        (row,) = soap.call("QuerySendFax", Mark="false").findall("FaxInfo")
        assert row.findtext("FaxStatus") not in ("sent", "sendFailed")
        time.advance(minutes=10)
        first, second = simulator.jobs()
    assert (first.job_id, first.status, first.is_marked) == (fax_id, JobStatus.FAILED, True)
    assert (second.job_id, second.status, second.is_marked) == (f"{fax_id}~2", JobStatus.SENT, False)
    assert first.was_told
    assert second.was_told
    assert all(b"FaxId=1001&" in request.body for request in listener.requests)
