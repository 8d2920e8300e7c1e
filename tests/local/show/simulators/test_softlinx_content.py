"""Documents by SOAP: what comes back is the document to the byte, however it is packed."""

from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import httpx
import pytest

from local.show.simulators.jobs import JobDirection
from local.show.simulators.multipart import BodyPart, parameter_of, read_parts
from local.show.simulators.softlinx import ApiFaults, SoftlinxOptions, SoftlinxSimulator, XopStyle
from tests.local.show.simulators.soap_client import INLINE, SoapClient, envelope_of, ids, status_code
from tests.support.virtual_time import VirtualTime

OUTBOUND, INBOUND = JobDirection.OUTBOUND, JobDirection.INBOUND
GOES_THROUGH = "12025550100"
HREF = "{http://www.w3.org/2004/08/xop/include}Include"


class Retriever:
    def __init__(self, simulator: SoftlinxSimulator) -> None:
        self.soap = SoapClient(simulator.wsapi_url)

    def response(self, operation: str, fax_id: str, **values: str) -> httpx.Response:
        content = envelope_of(operation, {**INLINE, "FaxId": fax_id, **values})
        response = self.soap.post(operation, content)
        assert response.status_code == 200
        return response

    def content(self, operation: str, fax_id: str, **values: str) -> bytes:
        response = self.response(operation, fax_id, **values)
        if response.headers["content-type"].startswith("text/xml"):
            return b64decode(self._output_of(response.content).findtext(".//FaxContent") or "", validate=True)
        parts = read_parts(response.headers["content-type"], response.content)
        root = root_of(response, parts)
        (include,) = self._output_of(root.content).iter(HREF)
        reference = unquote(include.get("href", "").removeprefix("cid:"))
        return next(part.content for part in parts if part.content_id == reference)

    @staticmethod
    def _output_of(document: bytes) -> ET.Element:
        return ET.fromstring(document)  # noqa: S314 - our own server's answer


def root_of(response: httpx.Response, parts: list[BodyPart]) -> BodyPart:
    start = parameter_of(response.headers["content-type"], "start").strip("<>")
    return next(part for part in parts if not start or part.content_id == start)


@pytest.fixture
def retriever(softlinx: SoftlinxSimulator) -> Retriever:
    return Retriever(softlinx)


STYLES = [
    None,
    XopStyle(),
    XopStyle(names_start=False),
    XopStyle(root_is_last=True),
    XopStyle(encodes_cid=False),
    XopStyle(wraps_all=True),
]


@pytest.fixture(params=STYLES, ids=str)
def styled(request: pytest.FixtureRequest, time: VirtualTime) -> Iterator[SoftlinxSimulator]:
    options = SoftlinxOptions(xop=request.param)
    with SoftlinxSimulator(time, time, options=options) as simulator:
        yield simulator


@pytest.mark.parametrize("kind", ["pdf", "tif"])
def test_every_document_comes_to_the_byte(styled: SoftlinxSimulator, kind: str) -> None:
    sent = [styled.send(GOES_THROUGH) for _ in range(6)]
    received = [styled.receive(GOES_THROUGH) for _ in range(6)]
    retriever = Retriever(styled)
    contents = set()
    for fax_id in sent:
        content = retriever.content(
            "GetSendFaxContent", fax_id, FaxContentType=kind, FaxContentSelector="all"
        )
        assert content == styled.document(OUTBOUND, fax_id, kind)
        contents.add(content)
    for fax_id in received:
        content = retriever.content("GetReceiveFaxContent", fax_id, FaxContentType=kind)
        assert content == styled.document(INBOUND, fax_id, kind)
        contents.add(content)
    assert len(contents) == 12


def test_a_package_is_laid_out_as_chosen(time: VirtualTime) -> None:
    style = XopStyle(root_is_last=True)
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(xop=style)) as simulator:
        response = Retriever(simulator).response("GetReceiveFaxContent", simulator.receive(GOES_THROUGH))
    document, root = read_parts(response.headers["content-type"], response.content)
    assert root_of(response, [document, root]) is root
    assert root.content_type.startswith("application/xop+xml")
    assert b"Content-Transfer-Encoding: binary" in response.content
    assert b"cid:GetReceiveFaxContent%2F1%2Bfax%40softlinx.example" in root.content
    assert document.content_id == "GetReceiveFaxContent/1+fax@softlinx.example"


def test_an_answer_without_content_can_be_a_package_too(time: VirtualTime) -> None:
    for wraps_all in (False, True):
        options = SoftlinxOptions(xop=XopStyle(wraps_all=wraps_all))
        with SoftlinxSimulator(time, time, options=options) as simulator:
            response = Retriever(simulator).response("QuerySendFax", "1")
        assert response.headers["content-type"].startswith("multipart/related") is wraps_all


def test_a_root_that_is_last_needs_a_start() -> None:
    with pytest.raises(ValueError, match="start"):
        XopStyle(root_is_last=True, names_start=False)


def test_a_document_can_be_large(time: VirtualTime) -> None:
    options = SoftlinxOptions(document_padding_bytes=3_000_000)
    with SoftlinxSimulator(time, time, options=options) as simulator:
        fax_id = simulator.receive(GOES_THROUGH)
        content = Retriever(simulator).content("GetReceiveFaxContent", fax_id)
        assert content == simulator.document(INBOUND, fax_id, "tif")
    assert len(content) > 3_000_000


@pytest.mark.parametrize(
    "values", [{"FaxId": "9"}, {"FaxId": "x"}, {"FaxContentType": "doc"}, {"FaxContentSelector": "cover"}]
)
def test_content_that_is_not_to_be_had_is_refused(
    softlinx: SoftlinxSimulator, soap: SoapClient, values: dict[str, str]
) -> None:
    fax_id = softlinx.send(GOES_THROUGH)
    assert status_code(soap.call("GetSendFaxContent", **{"FaxId": fax_id, **values})) != "0"


def test_content_may_come_late_or_never(
    softlinx: SoftlinxSimulator, soap: SoapClient, retriever: Retriever
) -> None:
    late, never = softlinx.receive("13125550202"), softlinx.receive("13125550203")
    refused = [status_code(soap.call("GetReceiveFaxContent", FaxId=late)) != "0" for _ in range(2)]
    assert refused == [True, True]
    assert retriever.content("GetReceiveFaxContent", late) == softlinx.document(INBOUND, late, "tif")
    assert all(status_code(soap.call("GetReceiveFaxContent", FaxId=never)) != "0" for _ in range(4))


def test_content_may_come_late_by_chance(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    softlinx.api_faults = ApiFaults(withheld_content=1, withheld_times=1)
    ordinary, magic = softlinx.receive("13125550120"), softlinx.receive(GOES_THROUGH)
    assert status_code(soap.call("GetReceiveFaxContent", FaxId=ordinary)) != "0"
    Retriever(softlinx).content("GetReceiveFaxContent", ordinary)
    Retriever(softlinx).content("GetReceiveFaxContent", magic)


def test_a_deleted_fax_is_gone_and_its_job_and_document_stay_known(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    first, second, third = (softlinx.send(GOES_THROUGH) for _ in range(3))
    time.advance(minutes=10)
    assert status_code(soap.call("DeleteSendFax", FaxId=[first, third])) == "0"
    assert ids(soap.call("QuerySendFax")) == [second]
    for operation in ("GetSendFaxContent", "ModifySendFax", "DeleteSendFax"):
        assert status_code(soap.call(operation, FaxId=first, Mark="true")) != "0"
    assert [job.is_deleted for job in softlinx.jobs()] == [True, False, True]
    assert softlinx.document(OUTBOUND, first).startswith(b"%PDF")


def test_deleting_takes_all_of_its_faxes_or_none(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    fax_id = softlinx.receive(GOES_THROUGH)
    assert status_code(soap.call("DeleteReceiveFax", FaxId=[fax_id, "9"])) != "0"
    assert status_code(soap.call("DeleteReceiveFax")) != "0"
    assert ids(soap.call("QueryReceiveFax")) == [fax_id]


def test_a_fax_deleted_under_way_never_becomes_final(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    soap.call("DeleteSendFax", FaxId=softlinx.send(GOES_THROUGH))
    time.advance(hours=1)
    (job,) = softlinx.jobs()
    assert job.completed_at is None
    assert softlinx.callbacks() == ()


def test_deleting_while_paging_leaves_the_other_rows(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    sent = [softlinx.send(GOES_THROUGH) for _ in range(4)]
    reference = soap.call("QuerySendFax", ResultLimit="2").findtext("ResultsReference", "")
    soap.call("DeleteSendFax", FaxId=sent[2])
    assert ids(soap.call("QuerySendFax", ResultLimit="2", GetNextResults=reference)) == [sent[3]]


def test_a_retried_transmission_is_several_faxes_of_one_machine(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime, retriever: Retriever
) -> None:
    fax_ids = softlinx.receive_retried("13125550120", tsi="COUNTY HOSPITAL", broken_off=2)
    assert ids(soap.call("QueryReceiveFax")) == [fax_ids[0]]
    time.advance(minutes=6)
    rows = soap.call("QueryReceiveFax").findall("FaxInfo")
    assert [row.findtext("FaxId") for row in rows] == list(fax_ids)
    assert [row.findtext("FaxStatus") for row in rows] == ["recvIncomplete", "recvIncomplete", "recvOk"]
    assert {(row.findtext("TSI"), row.findtext("DestFaxNumber")) for row in rows} == {
        ("COUNTY HOSPITAL", "12025550190")
    }
    for fax_id in fax_ids:
        content = retriever.content("GetReceiveFaxContent", fax_id, FaxContentType="pdf")
        assert content == softlinx.document(INBOUND, fax_id)
