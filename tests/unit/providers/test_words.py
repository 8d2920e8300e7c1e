"""Status words, failure classes and row names: the tables that decide what a provider meant."""

from zoneinfo import ZoneInfo

import pytest

from faxledger.domain.fax import Direction, FailureClass, Status
from faxledger.errors import MalformedInput
from faxledger.providers.failures import failure_class_of
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.notify import read_outbound_notify
from faxledger.providers.greenfax.rows import meaning_of, row_report
from faxledger.providers.greenfax.status import StatusWords
from faxledger.providers.softlinx.status import direction_of, status_of
from faxledger.web.forms import urlencoded_fields

OUTBOUND, INBOUND = Direction.OUTBOUND, Direction.INBOUND
ACCOUNT = GreenFaxAccount("12345", ZoneInfo("America/New_York"))
WORDS = StatusWords(frozenset({"success"}), frozenset({"failed", "no answer"}))


@pytest.mark.parametrize(
    ("direction", "word", "status"),
    [
        (OUTBOUND, "sent", Status.SENT),
        (OUTBOUND, "sendFailed", Status.FAILED),
        (OUTBOUND, "failed", Status.FAILED),
        (OUTBOUND, "SENDFAILED", Status.FAILED),
        (INBOUND, "recvOk", Status.RECEIVED),
        (INBOUND, "recvIncomplete", Status.RECEIVED_PARTIAL),
        (OUTBOUND, "recvOk", None),
        (INBOUND, "sent", None),
        (INBOUND, "failed", None),
        (OUTBOUND, "success", None),
        (OUTBOUND, "sending", None),
        (OUTBOUND, "", None),
    ],
)
def test_softlinx_status_words(direction: Direction, word: str, status: Status | None) -> None:
    assert status_of(direction, word) is status


@pytest.mark.parametrize(
    ("queue", "word", "direction"),
    [
        ("SendFax", "", OUTBOUND),
        ("receivefax", "sent", INBOUND),
        ("SendFax", "recvOk", OUTBOUND),
        ("", "sent", OUTBOUND),
        ("", "recvIncomplete", INBOUND),
        ("Other", "failed", OUTBOUND),
        ("", "pondering", None),
        ("Other", "", None),
    ],
)
def test_the_queue_says_which_way_and_else_the_word(
    queue: str, word: str, direction: Direction | None
) -> None:
    assert direction_of(queue, word, "SendFax") is direction


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Line busy", FailureClass.BUSY),
        ("NO ANSWER", FailureClass.NO_ANSWER),
        ("noanswer", FailureClass.NO_ANSWER),
        ("Voice answered", FailureClass.NOT_A_FAX),
        ("no fax machine", FailureClass.NOT_A_FAX),
        ("number not in service", FailureClass.BAD_NUMBER),
        ("Number disconnected", FailureClass.BAD_NUMBER),
        ("call disconnected", FailureClass.LINE),
        ("transmission timeout", FailureClass.LINE),
        ("document conversion failed", FailureClass.DOCUMENT),
        ("rejected by destination", FailureClass.REJECTED),
        ("", FailureClass.OTHER),
        ("0x17", FailureClass.OTHER),
    ],
)
def test_failure_classes(words: str, found: FailureClass) -> None:
    assert failure_class_of(words) is found


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("job_id", "id"),
        ("JobId", "id"),
        ("JOB-ID", "id"),
        ("Job.ID", "id"),
        ("greenfax job id", "id"),
        ("{urn:x}GreenFaxReferenceId", "id"),
        ("fax_number", "number"),
        ("destination", "number"),
        ("fax-timestamp", "timestamp"),
        ("Document_Download_URL", "document"),
        ("userjobcode", "job code"),
    ],
)
def test_names_of_fields_are_known_however_they_are_spelled(name: str, meaning: str) -> None:
    assert meaning_of(name) == meaning


@pytest.mark.parametrize("name", ["colour", "", "jo", "job_ids"])
def test_a_name_that_means_nothing_means_nothing(name: str) -> None:
    assert meaning_of(name) is None


@pytest.mark.parametrize(
    ("row", "job_id", "status"),
    [
        ({"id": "7", "job_id": "8", "status": "success"}, "8", Status.SENT),
        ({"job_id": "8", "id": "7", "result": "x", "status": "No Answer"}, "8", Status.FAILED),
        ({"job_id": "", "id": "7", "status": "SUCCESS"}, "7", Status.SENT),
        ({"id": "7", "status": "queued"}, "7", None),
    ],
)
def test_the_surest_name_counts(row: dict[str, str], job_id: str, status: Status | None) -> None:
    report = row_report(ACCOUNT, WORDS, OUTBOUND, row)
    assert (report.fax.job_id, report.status, report.given) == (job_id, status, row)


@pytest.mark.parametrize(
    ("direction", "row", "field"),
    [
        (OUTBOUND, {"status": "success"}, "job id"),
        (OUTBOUND, {"id": "a b", "status": "success"}, "job id"),
        (OUTBOUND, {"id": "7"}, "status"),
        (INBOUND, {"id": "7"}, "row"),
        (INBOUND, {"pages": "7"}, "job id"),
    ],
)
def test_a_row_that_lacks_what_it_needs_is_refused_by_name(
    direction: Direction, row: dict[str, str], field: str
) -> None:
    with pytest.raises(MalformedInput) as refused:
        row_report(ACCOUNT, WORDS, direction, row)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("greenfaxreferenceid=1&result=success&userjobcode=a%3Db%26c%3Dd", "a=b&c=d"),
        ("GREENFAXREFERENCEID=1&Result=success&UserJobCode=50%25", "50%"),
        ("greenfaxreferenceid%3D1%26result%3Dsuccess%26userjobcode%3D50%2525", "50%"),
        ("greenfaxreferenceid%3d1%26result%3dsuccess%26userjobcode%3da%252Bb", "a+b"),
        ("greenfaxreferenceid%3D1%26result%3Dsuccess%26userjobcode%3D=", None),
        ("greenfaxreferenceid%3D1%26result%3Dsuccess%26userjobcode%3Da%2Bb=", "a b"),
    ],
)
def test_a_query_encoded_once_more_is_told_by_its_structure(query: str, code: str | None) -> None:
    report = read_outbound_notify(ACCOUNT, query, urlencoded_fields)
    assert (report.fax.job_id, report.facts.reference) == ("1", code)
