"""The REST API: the same realm by plain HTTP and JSON."""

import json
from typing import Any

import httpx
import pytest

from local.show.simulators.faults import Faults
from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.softlinx import (
    ApiFaults,
    ApiKind,
    Attachment,
    SendRecipient,
    SoftlinxOptions,
    SoftlinxSimulator,
)
from tests.local.show.simulators.rest_client import RestClient
from tests.local.show.simulators.soap_client import SoapClient
from tests.support import plain_http
from tests.support.virtual_time import VirtualTime

OUTBOUND, INBOUND = JobDirection.OUTBOUND, JobDirection.INBOUND
GOES_THROUGH, IS_BUSY, IS_REFUSED, LOSES_ANSWER = "12025550100", "12025550001", "12025550009", "12025550201"
DOCUMENT = b"\r\n%PDF-1.4\n" + bytes(range(256)) + b"\n\r"


@pytest.fixture
def rest(softlinx: SoftlinxSimulator) -> RestClient:
    return RestClient(softlinx)


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["RequestStatus"]["StatusCode"]
    return code


def test_a_fax_is_sent_to_each_number(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    numbers = {"FaxNumber": [GOES_THROUGH, IS_BUSY], "ProjectCode": "CHART-7", "Unheard": "of"}
    files = [
        ("file", ('ä "b".pdf', DOCUMENT, "application/pdf")),
        ("file", ("c.txt", b"hello", "text/plain")),
    ]
    response = rest.call("POST", "/outboundfaxes", params=numbers, files=files)
    assert response.status_code == 201
    assert code_of(response) == "0"
    rows = response.json()["FaxInfo"]
    assert rows == [{"FaxId": 1001, "FaxNumber": GOES_THROUGH}, {"FaxId": 1002, "FaxNumber": IS_BUSY}]
    (order,) = softlinx.sends()
    assert order.api is ApiKind.REST
    assert order.options == {"ProjectCode": "CHART-7"}
    assert order.fax_ids == ("1001", "1002")
    assert order.attachments == (
        Attachment("application/pdf", 'ä "b".pdf', DOCUMENT),
        Attachment("text/plain", "c.txt", b"hello"),
    )


def test_recipients_can_be_json_in_a_form(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    recipient = {"FaxNumber": GOES_THROUGH, "RcptName": "Zoë Lake", "RcptTitle": "Dr."}
    form = {"FaxRecipient": [json.dumps(recipient), json.dumps({"FaxNumber": IS_BUSY})]}
    assert rest.call("POST", "/outboundfaxes", data=form).status_code == 201
    assert rest.call("POST", "/outboundfaxes", data=form, files={"a": ("a.pdf", DOCUMENT)}).status_code == 201
    by_form, by_parts = softlinx.sends()
    assert by_form.recipients == by_parts.recipients
    assert by_form.recipients[0] == SendRecipient(GOES_THROUGH, name="Zoë Lake", title="Dr.")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "Empty fax number"),
        ({"params": {"FaxNumber": ""}}, "Empty fax number"),
        ({"params": {"faxnumber": GOES_THROUGH}}, "Empty fax number"),
        ({"params": {"FaxRecipient": "{"}}, "Invalid FaxRecipient"),
        ({"params": {"FaxRecipient": "[]"}}, "Invalid FaxRecipient"),
        ({"params": {"FaxRecipient": "{}"}}, "Empty fax number"),
        ({"params": {"FaxNumber": IS_REFUSED}}, "Fax number not allowed"),
        ({"params": {"FaxNumber": GOES_THROUGH, "RetryCount": "x"}}, "Invalid RetryCount"),
        ({"json": {"FaxNumber": GOES_THROUGH}}, "Unsupported content type"),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=y"}},
            "Invalid multipart body",
        ),
    ],
)
def test_a_faulty_send_is_refused(
    softlinx: SoftlinxSimulator, rest: RestClient, arguments: dict[str, Any], text: str
) -> None:
    response = rest.call("POST", "/outboundfaxes", **arguments)
    assert response.status_code == 400
    assert response.json()["RequestStatus"]["StatusText"] == text
    assert code_of(response) != "0"
    assert softlinx.sends() == ()


def test_a_refused_recipient_has_a_row_without_an_identifier(rest: RestClient) -> None:
    response = rest.call("POST", "/outboundfaxes", params={"FaxNumber": [IS_REFUSED, GOES_THROUGH]})
    assert response.status_code == 201
    refused, sent = response.json()["FaxInfo"]
    assert "FaxId" not in refused
    assert refused["ErrorText"]
    assert sent["FaxId"] == 1001


def test_an_answer_can_be_lost(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    with pytest.raises(httpx.TransportError):
        rest.call("POST", "/outboundfaxes", params={"FaxNumber": LOSES_ANSWER})
    assert rest.ids("/outboundfaxes") == [1001]
    assert [(request.path, request.http_status) for request in softlinx.rest_requests()] == [
        ("/outboundfaxes", None),
        ("/outboundfaxes", 200),
    ]


def test_queries_filter_sort_and_page(
    softlinx: SoftlinxSimulator, rest: RestClient, time: VirtualTime
) -> None:
    sent = [int(softlinx.send(GOES_THROUGH)) for _ in range(5)]
    failed = int(softlinx.send(IS_BUSY))
    time.advance(minutes=10)
    assert rest.ids("/outboundfaxes", FaxStatus="sendFailed", Mark="false") == [failed]
    assert rest.ids("/outboundfaxes", SortColumn="faxId", SortOrder="desc") == [failed, *reversed(sent)]
    assert rest.ids("/outboundfaxes", DatetimeAfter="2026-11-23T08:30:00-05:00") == []
    assert rest.ids("/inboundfaxes") == []
    pages = [rest.get("/outboundfaxes", FaxStatus="sent", ResultLimit="2")]
    while pages[-1]["HasMoreResults"] == "true":
        reference = pages[-1]["ResultsReference"]
        pages.append(rest.get("/outboundfaxes", FaxStatus="sent", ResultLimit="2", GetNextResults=reference))
    assert [[row["FaxId"] for row in page["FaxInfo"]] for page in pages] == [sent[:2], sent[2:4], sent[4:]]
    assert "ResultsReference" not in pages[-1]
    assert softlinx.most_queries_at_once == 1


def test_rows_say_what_soap_says(softlinx: SoftlinxSimulator, rest: RestClient, soap: SoapClient) -> None:
    for path, operation, fax_id in (
        ("/outboundfaxes", "QuerySendFax", softlinx.send(GOES_THROUGH)),
        ("/inboundfaxes", "QueryReceiveFax", softlinx.receive(GOES_THROUGH)),
    ):
        row = soap.call(operation).find("FaxInfo")
        assert row is not None
        by_soap = {element.tag: element.text or "" for element in row}
        for by_rest in (rest.get(path)["FaxInfo"], rest.get(f"{path}/{fax_id}")["FaxInfo"]):
            assert by_rest == [{**by_soap, "FaxId": int(fax_id)}]


def test_json_can_have_types(time: VirtualTime) -> None:
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(has_json_types=True)) as simulator:
        simulator.send(GOES_THROUGH)
        answer = RestClient(simulator).get("/outboundfaxes")
    assert answer["HasMoreResults"] is False
    assert answer["FaxInfo"][0]["Mark"] is False
    assert isinstance(answer["FaxInfo"][0]["PagesTotal"], int)
    assert answer["FaxInfo"][0]["FaxNumber"] == GOES_THROUGH


def test_a_mark_set_here_counts_there(
    softlinx: SoftlinxSimulator, rest: RestClient, soap: SoapClient
) -> None:
    sent, received = softlinx.send(GOES_THROUGH), softlinx.receive(GOES_THROUGH)
    assert rest.call("PUT", f"/outboundfaxes/{sent}", params={"Mark": "true"}).status_code == 200
    assert soap.call("QuerySendFax", Mark="false").find("FaxInfo") is None
    assert rest.call("PUT", f"/inboundfaxes/{received}", data={"Mark": "true"}).status_code == 200
    assert [job.is_marked for job in softlinx.jobs()] == [True, True]
    assert rest.call("PUT", f"/inboundfaxes/{received}").status_code == 400
    assert softlinx.most_marks_at_once == 1


@pytest.mark.parametrize("kind", ["pdf", "tif"])
def test_an_image_is_the_document_to_the_byte(
    softlinx: SoftlinxSimulator, rest: RestClient, kind: str
) -> None:
    for _ in range(6):
        fax_id = softlinx.send(GOES_THROUGH)
        softlinx.receive(GOES_THROUGH)
        for path, direction in (("/outboundfaxes", OUTBOUND), ("/inboundfaxes", INBOUND)):
            response = rest.call("GET", f"{path}/{fax_id}/image", params={"ContentType": kind})
            assert response.headers["content-type"] == {"pdf": "application/pdf", "tif": "image/tiff"}[kind]
            assert response.content == softlinx.document(direction, fax_id, kind)


@pytest.mark.parametrize(
    ("argument", "media_type"), [("ContentType", "image/tiff"), ("FaxContentType", "application/pdf")]
)
def test_an_images_type_goes_by_one_name_only(time: VirtualTime, argument: str, media_type: str) -> None:
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(image_argument=argument)) as simulator:
        path = f"/inboundfaxes/{simulator.receive(GOES_THROUGH)}/image"
        response = RestClient(simulator).call("GET", path, params={"FaxContentType": "pdf"})
        both = RestClient(simulator).call("GET", path, params={"FaxContentType": "pdf", "ContentType": "pdf"})
    assert response.headers["content-type"] == media_type
    assert both.headers["content-type"] == "application/pdf"


def test_an_image_may_come_late(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    path = f"/inboundfaxes/{softlinx.receive('13125550202')}/image"
    assert [rest.call("GET", path).status_code for _ in range(3)] == [500, 500, 200]
    assert rest.call("GET", path, params={"ContentType": "doc"}).status_code == 400


def test_a_failed_fax_is_resent(softlinx: SoftlinxSimulator, rest: RestClient, time: VirtualTime) -> None:
    fax_id = softlinx.send(IS_BUSY)
    early = rest.call("POST", f"/outboundfaxes/{fax_id}/resend")
    assert early.status_code == 400
    time.advance(minutes=10)
    response = rest.call("POST", f"/outboundfaxes/{fax_id}/resend", params={"FaxNumber": GOES_THROUGH})
    assert response.status_code == 201
    assert response.json()["FaxInfo"] == [{"FaxId": 1002, "FaxNumber": GOES_THROUGH}]
    softlinx.api_faults = ApiFaults(first_answers_lost=1)
    with pytest.raises(httpx.TransportError):
        rest.call("POST", f"/outboundfaxes/{fax_id}/resend")
    time.advance(minutes=10)
    assert [job.status for job in softlinx.jobs()] == [JobStatus.FAILED, JobStatus.SENT, JobStatus.FAILED]


def test_a_deleted_fax_is_not_found_any_more(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    path = f"/inboundfaxes/{softlinx.receive(GOES_THROUGH)}"
    assert rest.call("DELETE", path).status_code == 200
    assert rest.ids("/inboundfaxes") == []
    for method, gone in (("GET", path), ("GET", f"{path}/image"), ("DELETE", path)):
        response = rest.call(method, gone)
        assert response.status_code == 404
        assert code_of(response) != "0"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/outboundfaxes/9", 404),
        ("POST", "/outboundfaxes/9/resend", 404),
        ("GET", "/faxes", 404),
        ("GET", "/outboundfaxes/x", 404),
        ("POST", "/inboundfaxes", 405),
        ("POST", "/inboundfaxes/9/resend", 405),
        ("POST", "/outboundfaxes/9", 405),
        ("PUT", "/outboundfaxes/9/image", 405),
    ],
)
def test_what_is_not_there_is_refused_in_json(rest: RestClient, method: str, path: str, status: int) -> None:
    response = rest.call(method, path)
    assert response.status_code == status
    assert code_of(response) != "0"


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("faxledger", "not-a-secret"),
        ("faxledger@other", "not-a-secret"),
        ("somebody@Acme", "not-a-secret"),
        ("faxledger@Acme", "guess"),
    ],
)
def test_a_wrong_login_is_401(softlinx: SoftlinxSimulator, user: str, password: str) -> None:
    response = RestClient(softlinx, user, password).call("GET", "/outboundfaxes")
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic")
    assert code_of(response) != "0"


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic !", "Bearer ZmF4bGVkZ2Vy", "Basic /w=="])
def test_no_login_is_401(softlinx: SoftlinxSimulator, authorization: str) -> None:
    headers = {"Authorization": authorization}
    assert plain_http.get(f"{softlinx.restapi_url}/outboundfaxes", headers=headers).status_code == 401


def test_logins_can_be_refused_for_a_while(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    softlinx.faults = Faults(refuse_logins=2)
    assert [rest.call("GET", "/outboundfaxes").status_code for _ in range(3)] == [401, 401, 200]


def test_a_busy_service_turns_calls_away(softlinx: SoftlinxSimulator, rest: RestClient) -> None:
    softlinx.api_faults = ApiFaults(first_calls_refused=2)
    responses = [rest.call("GET", "/outboundfaxes") for _ in range(3)]
    assert [response.status_code for response in responses] == [429, 503, 200]
    assert responses[1].headers["content-type"] == "text/html"
