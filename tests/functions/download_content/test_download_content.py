"""The download queue: documents of received GreenFax faxes are fetched from allowed hosts, and stored."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.greenfax.options import Naming
from tests.support import canaries
from tests.support.bundle_on_moto import Context, Stack, event_file, greenfax_get, query
from tests.support.openapi import hold_against_openapi
from tests.support.scripted_server import scripted_server
from tests.support.stream import messages
from tests.support.tls_server import answered

GOOD, LATER, NEVER = "12025550100", "12025550202", "12025550203"
MOST_RECEIVED = 10
HOSTILE = "https://evil.example/fax.pdf?key=s3cr3t"


@pytest.fixture
def greenfax(stack: Stack) -> Iterator[GreenFaxSimulator]:
    with GreenFaxSimulator(stack.clock, stack.clock, seed=7) as simulator:
        stack.parameters["GreenFaxOutboundUrl"] = f"{simulator.url}/api/xml/outbound.php"
        stack.parameters["GreenFaxInboundUrl"] = f"{simulator.url}/api/xml/inbound.php"
        stack.neighbours = frozenset({simulator.url})
        yield simulator


def public(job_id: str) -> str:
    return f"greenfax.inbound.12345.{job_id}"


def notified(stack: Stack, job_id: str, url: str | None) -> None:
    """A notification has come, with this address or with none."""
    fields = {"greenfax_job_id": job_id, "pages": "1", "sender": GOOD, "filename": f"{job_id}.pdf"}
    query = fields | ({} if url is None else {"download_url": url})
    assert stack.http("GreenFaxNotify", greenfax_get(urlencode(query), is_inbound=True)).status == 200


def received(stack: Stack, greenfax: GreenFaxSimulator, caller: str = GOOD) -> str:
    """A fax that has come in at GreenFax and is settled here; its id there."""
    job_id = greenfax.receive(caller)
    notified(stack, job_id, url_of(greenfax, job_id))
    return job_id


def url_of(greenfax: GreenFaxSimulator, job_id: str) -> str:
    (job,) = (job for job in greenfax._traffic.faxes.all() if job.job_id == job_id)
    return job.download_url


def event_of(job_id: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(event_file("download_content")["Records"][0]["body"])
    event["detail"]["fax_id"] = public(job_id)
    return event


def failed(stack: Stack, job_id: str, *, received_times: int = 1) -> bool:
    event = messages(event_of(job_id))
    for record in event["Records"]:
        record["attributes"] = {**record["attributes"], "ApproximateReceiveCount": str(received_times)}
    answer = stack.invoke("DownloadContent", event, Context(seconds_left=90))
    return bool(answer["batchItemFailures"])


def fax(stack: Stack, job_id: str) -> dict[str, Any]:
    item = stack.item(public(job_id))
    assert item is not None
    return item


def feed(stack: Stack) -> None:
    """Both turns of the feed, the inbound one last."""
    for _ in range(2):
        stack.invoke("GreenFaxFeed", event_file("greenfax_feed"))
        stack.clock.advance(minutes=21)


def test_the_event_in_events_fetches_nothing_that_is_not_settled(
    stack: Stack, greenfax: GreenFaxSimulator
) -> None:
    assert stack.invoke("DownloadContent", event_file("download_content")) == {"batchItemFailures": []}
    assert not greenfax.downloads()


def test_a_document_is_stored_byte_for_byte_under_a_key_without_name_or_number(
    stack: Stack, greenfax: GreenFaxSimulator
) -> None:
    job_ids = [received(stack, greenfax) for _ in range(3)]
    assert [failed(stack, job_id) for job_id in job_ids] == [False] * 3
    digests = {job_id: sha256(greenfax.document(job_id)).hexdigest() for job_id in job_ids}
    assert stack.documents() == {
        f"greenfax/inbound/12345/{job_id}/{digests[job_id]}.pdf": greenfax.document(job_id)
        for job_id in job_ids
    }
    assert set(stack.media_types().values()) == {"application/pdf"}
    for job_id in job_ids:
        item = fax(stack, job_id)
        assert (item["duty_store"], item["document_sha256"]) == ("done", digests[job_id])
        assert {"duty_mark", "due_key"}.isdisjoint(item)


def test_a_batch_is_fetched_in_one_run(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    job_ids = [received(stack, greenfax) for _ in range(3)]
    event = messages(*map(event_of, job_ids))
    assert stack.invoke("DownloadContent", event, Context(seconds_left=180)) == {"batchItemFailures": []}
    assert [fax(stack, job_id)["duty_store"] for job_id in job_ids] == ["done"] * 3


def test_a_document_for_which_there_may_be_no_time_is_not_begun(
    stack: Stack, greenfax: GreenFaxSimulator
) -> None:
    event = messages(event_of(received(stack, greenfax)))
    answer = stack.invoke("DownloadContent", event, Context(seconds_left=75))
    assert len(answer["batchItemFailures"]) == 1
    assert not greenfax.downloads()


def test_a_stored_document_is_described_and_linked_to(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    job_id = received(stack, greenfax)
    failed(stack, job_id)
    for path, status in (("/faxes/{id}", 200), ("/faxes/{id}/content", 307)):
        answer = stack.http("QueryFaxes", query(f"GET {path}", id=public(job_id)))
        hold_against_openapi(answer, "get", path)
        assert answer.status == status


def test_a_repeated_message_asks_for_nothing(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    job_id = received(stack, greenfax)
    assert not failed(stack, job_id)
    assert not failed(stack, job_id)
    assert greenfax.downloads() == {job_id: 1}


def test_a_document_that_is_not_there_yet_is_fetched_later(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    job_id = received(stack, greenfax, LATER)
    assert [failed(stack, job_id) for _ in range(3)] == [True, True, False]
    assert fax(stack, job_id)["duty_store"] == "done"


def test_the_last_failure_is_kept_as_given_up(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    job_id = received(stack, greenfax, NEVER)
    assert failed(stack, job_id, received_times=MOST_RECEIVED - 1)
    assert fax(stack, job_id)["duty_store"] == "pending"
    assert failed(stack, job_id, received_times=MOST_RECEIVED)
    assert fax(stack, job_id)["duty_store"] == "given_up"


# --- hostile addresses and documents -------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        HOSTILE,
        "http://www.greenfax.com/1.pdf",
        "https://www.greenfax.com@evil.example/",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "file:///proc/self/environ",
        "nonsense",
    ],
)
def test_a_hostile_address_is_given_up_at_once_counted_and_told_to_nobody(
    stack: Stack, greenfax: GreenFaxSimulator, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    notified(stack, "77", url)
    assert not failed(stack, "77")
    assert (fax(stack, "77")["duty_store"], stack.documents()) == ("given_up", {})
    captured = capsys.readouterr()
    assert '"AddressRefused":[1.0]' in captured.out
    assert url not in captured.out + captured.err
    assert not greenfax.downloads()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\r\n \t%PDF-1.4\n...", "pdf"),
        (b"II*\0" + bytes(100), "tif"),
        (b"MM\0*" + bytes(100), "tif"),
        (b"<html>your session has expired</html>", None),
        (b"<html>%PDF-1.4</html>", None),
        (b"\nII*\0" + bytes(100), None),
        (b"PK\3\4", None),
        (b"MZ%PDF-", None),
        (b"%PD", None),
        (b" " * 5000 + b"%PDF-1.4", None),
        (b"", None),
    ],
    ids=range(12),
)
def test_only_a_pdf_or_a_tiff_is_a_document_whatever_it_calls_itself(
    stack: Stack, body: bytes, kind: str | None
) -> None:
    with scripted_server() as server:
        origin = server.url.rpartition("/softlinx")[0]
        stack.neighbours = frozenset({origin})
        server.answer("", answered(body=body, Content_Type="application/pdf"))
        notified(stack, "77", f"{origin}/1.pdf")
        assert failed(stack, "77") == (kind is None)
    kept = stack.documents()
    assert [key.rpartition(".")[2] for key in kept] == ([kind] if kind else [])
    assert list(kept.values()) == ([body] if kind else [])


def test_nothing_of_address_or_answer_is_told(
    stack: Stack, greenfax: GreenFaxSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, url in enumerate(
        (f"{greenfax.url}/documents/{canaries.NAME}", f"https://evil.example/?{canaries.NAME}")
    ):
        notified(stack, str(number), url)
        failed(stack, str(number))
    captured = capsys.readouterr()
    assert canaries.found_in(captured.out + captured.err) == []


# --- what a further source brings -----------------------------------------------------------------------


@pytest.mark.parametrize("told_first", [None, HOSTILE])
def test_the_feed_s_address_is_used_where_the_notification_s_was_none_or_hostile(
    stack: Stack, greenfax: GreenFaxSimulator, told_first: str | None
) -> None:
    job_id = greenfax.receive(GOOD)
    notified(stack, job_id, told_first)
    failed(stack, job_id, received_times=MOST_RECEIVED)
    assert fax(stack, job_id)["duty_store"] == "given_up"

    stack.clock.advance(minutes=30)
    feed(stack)
    stack.clock.advance(seconds=1)
    stack.invoke("Sweep", event_file("sweep"))
    assert stack.sent_for("DownloadQueue") == [{"detail": {"fax_id": public(job_id)}}]
    assert not failed(stack, job_id)
    assert list(stack.documents().values()) == [greenfax.document(job_id)]


def test_the_feed_is_believed_before_a_notification(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    job_id, other = greenfax.receive(GOOD), greenfax.receive(GOOD)
    notified(stack, job_id, url_of(greenfax, other))
    feed(stack)
    assert not failed(stack, job_id)
    assert list(stack.documents().values()) == [greenfax.document(job_id)]


def test_a_second_notification_s_address_is_asked_where_the_first_is_not_allowed(
    stack: Stack, greenfax: GreenFaxSimulator
) -> None:
    job_id = greenfax.receive(GOOD)
    notified(stack, job_id, HOSTILE)
    notified(stack, job_id, url_of(greenfax, job_id))
    assert not failed(stack, job_id)
    assert list(stack.documents().values()) == [greenfax.document(job_id)]


@pytest.mark.parametrize("naming", list(Naming))
def test_the_feed_s_address_is_found_however_it_is_called(stack: Stack, naming: Naming) -> None:
    spelled = naming.spell("document_download_url")
    row = f"<fax><job_id>5</job_id><pages>1</pages><{spelled}>{HOSTILE}</{spelled}></fax>"
    body = f"<faxes>{row}</faxes>".encode()
    with scripted_server() as server:
        (stack.parameters["GreenFaxInboundUrl"], stack.parameters["GreenFaxOutboundUrl"]) = [server.url] * 2
        server.answer("", answered(body=b"<faxes/>"))
        stack.invoke("GreenFaxFeed", event_file("greenfax_feed"))
        server.answer("", answered(body=body))
        stack.clock.advance(minutes=21)
        stack.invoke("GreenFaxFeed", event_file("greenfax_feed"))
    assert not failed(stack, "5")
    assert fax(stack, "5")["duty_store"] == "given_up"


def test_a_message_is_a_dead_letter_when_the_function_thinks_so(stack: Stack) -> None:
    queue = stack.template.resource("DownloadQueue")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == MOST_RECEIVED
    assert stack.template.environment("DownloadContent")["MOST_RECEIVED"] == str(MOST_RECEIVED)


def test_the_queue_is_fed_by_the_event_that_a_greenfax_fax_was_received(stack: Stack) -> None:
    rule = stack.template.resource("DownloadRule")["EventPattern"]
    detail = json.loads(event_file("download_content")["Records"][0]["body"])
    assert detail["detail-type"] in rule["detail-type"]
    assert {name: [detail["detail"][name]] for name in rule["detail"]} == rule["detail"]
