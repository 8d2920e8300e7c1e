"""What the feeds answer, and above all when they refuse to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import httpx
import pytest

from local.show.simulators.faults import Faults
from local.show.simulators.greenfax import (
    FailureWords,
    FeedTimes,
    GreenFaxOptions,
    GreenFaxSimulator,
    Naming,
    RowStyle,
)
from tests.support import plain_http
from tests.support.virtual_time import VirtualTime

GOES_THROUGH, IS_BUSY = "12025550100", "12025550001"
TODAY = "2026-11-23"

OUTBOUND_FIELDS = ["job_id", "fax_number", "sender", "status", "pages", "duration", "cost", "fax_timestamp"]
INBOUND_FIELDS = ["job_id", "timestamp", "pages", "sender", "filename", "document_download_url"]


def outbound(
    simulator: GreenFaxSimulator, start: str = TODAY, end: str = TODAY, **other: str
) -> httpx.Response:
    params = {"accountid": "12345", "password": "not-a-secret", "startdate": start, "enddate": end, **other}
    return plain_http.get(f"{simulator.url}/api/xml/outbound.php", params=params)


def inbound(
    simulator: GreenFaxSimulator, start: str = TODAY, end: str = TODAY, **other: str
) -> httpx.Response:
    params = {"accountID": "12345", "password": "not-a-secret", "startdate": start, "enddate": end, **other}
    return plain_http.get(f"{simulator.url}/api/xml/inbound.php", params=params)


def rows(response: httpx.Response) -> list[ET.Element]:
    assert response.status_code == 200, response.text
    return list(ET.fromstring(response.content))  # noqa: S314 - our own server's answer


@pytest.fixture
def other_ways(time: VirtualTime) -> Iterator[GreenFaxSimulator]:
    options = GreenFaxOptions(
        row_style=RowStyle.ATTRIBUTES,
        naming=Naming.CAMEL,
        feed_times=FeedTimes.US,
        shared_allowance=False,
        errors_at_200=True,
    )
    with GreenFaxSimulator(time, time, options=options) as simulator:
        yield simulator


def test_the_outbound_feed_has_the_final_faxes(greenfax: GreenFaxSimulator, time: VirtualTime) -> None:
    sent, failed = greenfax.send(GOES_THROUGH, sender="billing@clinic.example"), greenfax.send(IS_BUSY)
    time.advance(minutes=10)
    greenfax.send(GOES_THROUGH)  # still under way
    first, second = rows(outbound(greenfax))
    assert [child.tag for child in first] == OUTBOUND_FIELDS
    assert (first.findtext("job_id"), first.findtext("status")) == (sent, "success")
    assert (second.findtext("job_id"), second.findtext("status")) == (failed, "failed")
    assert first.findtext("sender") == "billing@clinic.example"
    assert second.findtext("cost") == "0.00"
    assert first.findtext("fax_timestamp", "").startswith("2026-11-23 08:0")


def test_the_inbound_feed_has_no_status(greenfax: GreenFaxSimulator) -> None:
    job_id = greenfax.receive("13125550120")
    (row,) = rows(inbound(greenfax))
    assert [child.tag for child in row] == INBOUND_FIELDS
    assert row.findtext("job_id") == job_id
    assert row.findtext("timestamp") == "2026-11-23 08:00:00"


def test_a_day_is_local_and_both_ends_count() -> None:
    late_evening = VirtualTime(datetime(2026, 11, 23, 4, 30, tzinfo=UTC))  # 23:30 on the 22nd in New York
    with GreenFaxSimulator(late_evening, late_evening) as simulator:
        before_midnight = simulator.receive(GOES_THROUGH)
        late_evening.advance(minutes=40)
        after_midnight = simulator.receive(GOES_THROUGH)
        found = []
        for start, end in (
            ("2026-11-22", "2026-11-22"),
            ("2026-11-23", "2026-11-23"),
            ("2026-11-22", "2026-11-23"),
        ):
            found.append([row.findtext("job_id") for row in rows(inbound(simulator, start, end))])
            late_evening.advance(minutes=20)
    assert found == [[before_midnight], [after_midnight], [before_midnight, after_midnight]]


def test_a_second_request_within_twenty_minutes_is_refused(
    greenfax: GreenFaxSimulator, time: VirtualTime
) -> None:
    assert outbound(greenfax).status_code == 200
    time.advance(minutes=19, seconds=59)
    assert outbound(greenfax).status_code == 429
    time.advance(seconds=1)
    assert outbound(greenfax).status_code == 200
    assert [request.status for request in greenfax.feed_requests()] == [200, 429, 200]


def test_the_two_feeds_share_the_allowance(greenfax: GreenFaxSimulator, time: VirtualTime) -> None:
    assert outbound(greenfax).status_code == 200
    assert inbound(greenfax).status_code == 429
    time.advance(minutes=20)
    assert inbound(greenfax).status_code == 200


def test_the_two_feeds_can_have_an_allowance_each(other_ways: GreenFaxSimulator) -> None:
    outbound(other_ways)
    inbound(other_ways)
    outbound(other_ways)
    assert [request.status for request in other_ways.feed_requests()] == [200, 200, 429]


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2026-08-26", "2026-11-23", 200),  # 90 days with both ends
        ("2026-08-25", "2026-11-23", 400),
        ("2026-11-24", "2026-11-23", 400),
        ("11/23/2026", "11/23/2026", 400),
        ("", "2026-11-23", 400),
    ],
)
def test_a_window_is_at_most_ninety_days(
    greenfax: GreenFaxSimulator, start: str, end: str, status: int
) -> None:
    response = outbound(greenfax, start, end)
    assert response.status_code == status
    assert ET.fromstring(response.content).tag == ("outbound_faxes" if status == 200 else "error")  # noqa: S314


def test_a_wrong_password_is_refused_and_uses_the_allowance_up(greenfax: GreenFaxSimulator) -> None:
    assert outbound(greenfax, password="guess").status_code == 401
    assert outbound(greenfax).status_code == 429


def test_logins_can_be_refused_for_a_while(greenfax: GreenFaxSimulator, time: VirtualTime) -> None:
    greenfax.faults = Faults(refuse_logins=1)
    assert outbound(greenfax).status_code == 401
    time.advance(minutes=20)
    assert outbound(greenfax).status_code == 200


def test_the_inbound_feed_wants_its_capital_letters(greenfax: GreenFaxSimulator) -> None:
    response = plain_http.get(
        f"{greenfax.url}/api/xml/inbound.php",
        params={"accountid": "12345", "password": "not-a-secret", "startdate": TODAY, "enddate": TODAY},
    )
    assert response.status_code == 401


def test_the_older_parameters_take_times_too(greenfax: GreenFaxSimulator, time: VirtualTime) -> None:
    greenfax.receive(GOES_THROUGH)  # at 8:00 by the clinic's clock
    found = []
    for start, end in (
        (TODAY, TODAY),
        (f"{TODAY} 07:59:00", f"{TODAY} 08:01:00"),
        (f"{TODAY} 08:01:00", TODAY),
    ):
        response = plain_http.get(
            f"{greenfax.url}/api/xml/inbound.php",
            params={
                "greenfax_account_id": "12345",
                "greenfax_account_login_password": "not-a-secret",
                "date_range_start": start,
                "date_range_end": end,
            },
        )
        found.append(len(rows(response)))
        time.advance(minutes=20)
    assert found == [1, 1, 0]


def test_a_feed_can_fail_and_the_request_is_used_up(greenfax: GreenFaxSimulator) -> None:
    greenfax.faults = Faults(feed_errors=1)
    assert outbound(greenfax).status_code == 500
    assert outbound(greenfax).status_code == 429


def test_rows_can_be_attributes_with_other_names_and_times(
    other_ways: GreenFaxSimulator, time: VirtualTime
) -> None:
    job_id = other_ways.send(GOES_THROUGH)
    time.advance(minutes=10)
    (row,) = rows(outbound(other_ways))
    assert len(row) == 0
    assert row.attrib["JobId"] == job_id
    assert row.attrib["Status"] == "success"
    assert row.attrib["FaxTimestamp"].endswith(" AM")


def test_the_feed_can_say_why_a_fax_failed(time: VirtualTime) -> None:
    with GreenFaxSimulator(
        time, time, options=GreenFaxOptions(failure_words=FailureWords.REASON)
    ) as simulator:
        simulator.send(IS_BUSY)
        time.advance(minutes=10)
        (row,) = rows(outbound(simulator))
    assert row.findtext("status") == "busy"


@pytest.mark.parametrize(
    ("naming", "names"),
    [
        (Naming.KEBAB, {"job-id", "fax-number", "status", "fax-timestamp"}),
        (Naming.UPPER, {"JOBID", "FAXNUMBER", "STATUS", "FAXTIMESTAMP"}),
        (Naming.NOTIFY, {"greenfaxreferenceid", "destination", "result", "timestamp"}),
    ],
)
def test_elements_can_be_spelled_otherwise(time: VirtualTime, naming: Naming, names: set[str]) -> None:
    with GreenFaxSimulator(time, time, options=GreenFaxOptions(naming=naming)) as simulator:
        simulator.send(GOES_THROUGH)
        time.advance(minutes=10)
        (row,) = rows(outbound(simulator))
    assert names <= {child.tag for child in row}


def test_a_refusal_can_hide_in_a_document_at_200(other_ways: GreenFaxSimulator) -> None:
    outbound(other_ways)
    response = outbound(other_ways)
    assert response.status_code == 200
    assert ET.fromstring(response.content).tag == "error"  # noqa: S314 - our own server's answer
    assert other_ways.feed_requests()[-1].status == 429


@pytest.mark.parametrize("ending", ["0101", "0103", "0105", "0106", "0107"])
def test_the_feed_tells_the_truth_whatever_was_notified(
    greenfax: GreenFaxSimulator, time: VirtualTime, ending: str
) -> None:
    greenfax.send(f"1202555{ending}")
    time.advance(minutes=10)
    (row,) = rows(outbound(greenfax))
    assert row.findtext("status") == "success"


def test_other_paths_and_methods_are_not_served(greenfax: GreenFaxSimulator) -> None:
    assert plain_http.get(f"{greenfax.url}/api/xml/other.php").status_code == 404
    assert plain_http.post(f"{greenfax.url}/api/xml/outbound.php").status_code == 405
    assert greenfax.feed_requests() == ()
