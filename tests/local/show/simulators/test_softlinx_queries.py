"""What is in the realm, and how it is asked for, paged and marked."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from local.show.simulators.softlinx import RowTimes, SoftlinxOptions, SoftlinxSimulator
from tests.local.show.simulators.soap_client import SoapClient, ids, status_code
from tests.support.virtual_time import VirtualTime

GOES_THROUGH, IS_BUSY = "12025550100", "12025550001"


def test_each_recipient_has_an_identifier_of_its_own(soap: SoapClient) -> None:
    output = soap.call("SendFax", FaxRecipient=[{"FaxNumber": GOES_THROUGH}, {"FaxNumber": IS_BUSY}])
    first, second = ids(output)
    assert int(second) > int(first)
    assert [row.findtext("FaxNumber") for row in output.findall("FaxInfo")] == [GOES_THROUGH, IS_BUSY]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"FaxRecipient": [{"FaxNumber": GOES_THROUGH}, {"FaxNumber": ""}]},
        {"FaxRecipient": [{"FaxNumber": GOES_THROUGH}], "Attachment": [{"AttachmentContent": "not base64!"}]},
    ],
)
def test_a_faulty_send_sends_nothing(
    softlinx: SoftlinxSimulator, soap: SoapClient, values: dict[str, Any]
) -> None:
    assert status_code(soap.call("SendFax", **values)) != "0"
    assert softlinx.jobs() == ()


def test_identifiers_count_up_in_each_direction_for_itself(softlinx: SoftlinxSimulator) -> None:
    outbound = [softlinx.send(GOES_THROUGH) for _ in range(3)]
    inbound = [softlinx.receive(GOES_THROUGH) for _ in range(3)]
    assert outbound == inbound == sorted(outbound, key=int)
    assert len({job.public_id for job in softlinx.jobs()}) == 6


def test_a_fax_is_under_way_until_it_is_final(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    softlinx.send(GOES_THROUGH, user="billing", project_code="CHART-7")
    (row,) = soap.call("QuerySendFax").findall("FaxInfo")
    assert row.findtext("FaxStatus") not in ("sent", "sendFailed", "failed")
    assert row.findtext("CompleteTime") == ""
    time.advance(minutes=10)
    (row,) = soap.call("QuerySendFax").findall("FaxInfo")
    assert row.findtext("FaxStatus") == "sent"
    assert row.findtext("ErrorCode") == "0"
    assert row.findtext("FaxUserId") == "billing"
    assert row.findtext("ProjectCode") == "CHART-7"
    assert row.findtext("Mark") == "false"


def test_a_failed_fax_says_why(softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime) -> None:
    softlinx.send(IS_BUSY)
    time.advance(minutes=10)
    (row,) = soap.call("QuerySendFax", FaxStatus="sendFailed").findall("FaxInfo")
    assert row.findtext("ErrorText") == "Line busy"
    assert row.findtext("ErrorCode", "").isdecimal()
    assert row.findtext("ErrorCode") != "0"


def test_marking_is_per_fax_and_direction(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    first, second = softlinx.send(GOES_THROUGH), softlinx.send(GOES_THROUGH)
    softlinx.receive(GOES_THROUGH)
    assert status_code(soap.call("ModifySendFax", FaxId=first, Mark="true")) == "0"
    assert ids(soap.call("QuerySendFax", Mark="false")) == [second]
    assert ids(soap.call("QuerySendFax", Mark="true")) == [first]
    assert ids(soap.call("QueryReceiveFax", Mark="false")) == [first]
    assert status_code(soap.call("ModifySendFax", FaxId=first, Mark="false")) == "0"
    assert ids(soap.call("QuerySendFax", Mark="false")) == [first, second]
    assert status_code(soap.call("ModifyReceiveFax", FaxId=first, Mark="true")) == "0"
    assert ids(soap.call("QueryReceiveFax", Mark="false")) == []


@pytest.mark.parametrize("values", [{"FaxId": "9"}, {"FaxId": "x"}, {"FaxId": "1001", "Mark": "yes"}])
def test_a_mark_that_makes_no_sense_is_refused(
    softlinx: SoftlinxSimulator, soap: SoapClient, values: dict[str, str]
) -> None:
    softlinx.send(GOES_THROUGH)
    assert status_code(soap.call("ModifySendFax", **{"Mark": "true", **values})) != "0"
    assert [job.is_marked for job in softlinx.jobs()] == [False]


def test_a_query_filters_by_id_user_and_status(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    sent, failed = softlinx.send(GOES_THROUGH, user="records"), softlinx.send(IS_BUSY)
    time.advance(minutes=10)
    assert ids(soap.call("QuerySendFax", FaxId=sent)) == [sent]
    assert ids(soap.call("QuerySendFax", FaxUserId="records")) == [sent]
    assert ids(soap.call("QuerySendFax", FaxStatus="sendFailed")) == [failed]
    assert ids(soap.call("QuerySendFax", FaxStatus="SENDFAILED", FaxUserId="records")) == []


def test_a_query_filters_by_date_and_assumes_eastern_time(
    softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime
) -> None:
    at_eight = softlinx.send(GOES_THROUGH)
    time.advance(hours=1)
    at_nine = softlinx.send(GOES_THROUGH)
    assert ids(soap.call("QuerySendFax", DatetimeAfter="2026-11-23T08:30:00-05:00")) == [at_nine]
    assert ids(soap.call("QuerySendFax", DatetimeAfter="2026-11-23T13:30:00Z")) == [at_nine]
    assert ids(soap.call("QuerySendFax", DatetimeAfter="2026-11-23T08:30:00")) == [at_nine]
    assert ids(soap.call("QuerySendFax", DatetimeBefore="2026-11-23T08:30:00-05:00")) == [at_eight]
    assert status_code(soap.call("QuerySendFax", DatetimeBefore="yesterday")) != "0"


def test_rows_come_sorted_as_asked(softlinx: SoftlinxSimulator, soap: SoapClient, time: VirtualTime) -> None:
    first = softlinx.send(GOES_THROUGH)
    time.advance(minutes=30)
    second = softlinx.send(GOES_THROUGH)
    assert ids(soap.call("QuerySendFax")) == [first, second]
    assert ids(soap.call("QuerySendFax", SortColumn="faxId", SortOrder="desc")) == [second, first]
    assert ids(soap.call("QuerySendFax", SortColumn="CreateTime", SortOrder="desc")) == [second, first]
    assert status_code(soap.call("QuerySendFax", SortColumn="Mood")) != "0"
    assert status_code(soap.call("QuerySendFax", SortOrder="random")) != "0"
    assert status_code(soap.call("QuerySendFax", ResultLimit="0")) != "0"


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (RowTimes.OFFSET, "2026-11-23T08:00:00-05:00"),
        (RowTimes.ZULU, "2026-11-23T13:00:00Z"),
        (RowTimes.NAIVE, "2026-11-23T08:00:00"),
    ],
)
def test_row_times_are_written_as_chosen(time: VirtualTime, times: RowTimes, text: str) -> None:
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(row_times=times)) as simulator:
        simulator.receive(GOES_THROUGH)
        (row,) = SoapClient(simulator.wsapi_url).call("QueryReceiveFax").findall("FaxInfo")
    assert row.findtext("ReceivedTime") == text


def test_the_failing_word_can_be_the_one_of_the_guides_prose(time: VirtualTime) -> None:
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(failed_word="failed")) as simulator:
        fax_id = simulator.send(IS_BUSY)
        time.advance(minutes=10)
        assert ids(SoapClient(simulator.wsapi_url).call("QuerySendFax", FaxStatus="failed")) == [fax_id]


class Pager:
    """Pages through the unmarked faxes, doing something between two pages."""

    def __init__(self, soap: SoapClient, limit: int) -> None:
        self._soap = soap
        self._limit = str(limit)

    def pages(self) -> Iterator[list[str]]:
        output = self._query()
        yield ids(output)
        while output.findtext("HasMoreResults") == "true":
            output = self._query(output.findtext("ResultsReference", ""))
            yield ids(output)

    def _query(self, reference: str = "") -> ET.Element:
        return self._soap.call(
            "QuerySendFax", Mark="false", ResultLimit=self._limit, GetNextResults=reference
        )


def test_pages_hold_every_row_once(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    sent = [softlinx.send(GOES_THROUGH) for _ in range(7)]
    pages = list(Pager(soap, 3).pages())
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [fax_id for page in pages for fax_id in page] == sent


def test_a_full_last_page_has_no_more_results(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    for _ in range(4):
        softlinx.send(GOES_THROUGH)
    assert [len(page) for page in Pager(soap, 2).pages()] == [2, 2]


@pytest.mark.parametrize(("pages_shift", "met"), [(False, 6), (True, 4)])
def test_marking_while_paging_skips_rows_only_where_pages_shift(
    time: VirtualTime, *, pages_shift: bool, met: int
) -> None:
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(pages_shift=pages_shift)) as simulator:
        soap = SoapClient(simulator.wsapi_url)
        for _ in range(6):
            simulator.send(GOES_THROUGH)
        seen = []
        for page in Pager(soap, 2).pages():
            seen += page
            for fax_id in page:
                soap.call("ModifySendFax", FaxId=fax_id, Mark="true")
    assert len(seen) == met


def test_a_page_is_never_larger_than_the_service_allows(time: VirtualTime) -> None:
    with SoftlinxSimulator(time, time, options=SoftlinxOptions(most_rows=2)) as simulator:
        for _ in range(3):
            simulator.send(GOES_THROUGH)
        soap = SoapClient(simulator.wsapi_url)
        assert len(ids(soap.call("QuerySendFax"))) == 2
        assert len(ids(soap.call("QuerySendFax", ResultLimit="1000"))) == 2


@pytest.mark.parametrize("reference", ["Q77-2", "nonsense"])
def test_an_unknown_results_reference_is_refused(soap: SoapClient, reference: str) -> None:
    assert status_code(soap.call("QuerySendFax", GetNextResults=reference)) != "0"


def test_a_reference_holds_for_its_own_direction_only(softlinx: SoftlinxSimulator, soap: SoapClient) -> None:
    softlinx.send(GOES_THROUGH)
    softlinx.send(GOES_THROUGH)
    reference = soap.call("QuerySendFax", ResultLimit="1").findtext("ResultsReference", "")
    assert status_code(soap.call("QueryReceiveFax", GetNextResults=reference)) != "0"
