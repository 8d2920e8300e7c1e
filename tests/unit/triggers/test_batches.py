"""Each element of a batch is its own try: one that fails holds no other, and is said once."""

from collections.abc import Sequence
from typing import Any

import pytest

from faxledger.errors import LedgerUnavailable, MailUnavailable
from faxledger.triggers.batches import QueueBatch, StreamBatch, sequence_number_of
from tests.fakes.faxes import outbound
from tests.fakes.observe import Counts, LogLines


def queue_event(bodies: Sequence[str]) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{n}", "body": body, "attributes": {"ApproximateReceiveCount": str(n)}}
            for n, body in enumerate(bodies, 1)
        ]
    }


def read(batch: QueueBatch) -> list[Any]:
    documents = []
    for message in batch.messages:
        with batch.apart(message):
            documents.append(message.document()["what"])
    return documents


@pytest.mark.parametrize("body", ["{", "[]", "7", '"what"', "null", '{"other": 1}'])
def test_a_message_that_cannot_be_read_fails_alone_and_is_said_without_its_text(body: str) -> None:
    counts, log = Counts(), LogLines()
    batch = QueueBatch(queue_event(['{"what": 1}', body, '{"what": 3}']), counts, log)
    assert read(batch) == [1, 3]
    assert batch.answer() == {"batchItemFailures": [{"itemIdentifier": "m2"}]}
    assert counts["MessageUnreadable"] == 1
    ((level, said, extra),) = log.lines
    assert (level, said) == ("error", "message unreadable")
    assert extra["error"] in {"JSONDecodeError", "TypeError", "KeyError"}


@pytest.mark.parametrize(
    "error", [LedgerUnavailable("the table did not answer"), MailUnavailable("no bucket")]
)
def test_a_message_whose_work_is_out_of_reach_comes_again_and_holds_no_other(error: Exception) -> None:
    counts, log = Counts(), LogLines()
    batch = QueueBatch(queue_event(["1", "2", "3"]), counts, log, out_of_reach="NotifyFailed")
    done = []
    for message in batch.messages:
        with batch.apart(message):
            if message.body == "2":
                raise error
            done.append(message.id)
    assert done == ["m1", "m3"]
    assert batch.answer() == {"batchItemFailures": [{"itemIdentifier": "m2"}]}
    assert (counts["NotifyFailed"], counts["MessageUnreadable"]) == (1, 0)
    assert log.lines == [("error", "message not worked off", {"message_id": "m2", "reason": str(error)})]


def test_what_a_message_is_about_is_named_as_far_as_it_was_read() -> None:
    log = LogLines()
    batch = QueueBatch(queue_event(["1", "2"]), Counts(), log)
    for message, error in zip(batch.messages, (LedgerUnavailable("gone"), KeyError("what")), strict=True):
        with batch.apart(message) as subject:
            subject.fax, subject.submission_id = outbound(33), "s"
            raise error
    assert [(extra["fax_id"], extra["submission_id"]) for _, _, extra in log.lines] == [
        ("softlinx.outbound.acme.33", "s")
    ] * 2


def test_an_error_of_ours_that_is_about_no_message_is_raised() -> None:
    batch = QueueBatch(queue_event(["1"]), Counts(), LogLines())
    with pytest.raises(RuntimeError), batch.apart(batch.messages[0]):
        raise RuntimeError


def test_a_message_says_how_often_it_has_come() -> None:
    batch = QueueBatch(queue_event(["1", "2"]), Counts(), LogLines())
    assert [message.received for message in batch.messages] == [1, 2]


def test_a_stream_record_that_cannot_be_read_is_named_and_holds_no_other() -> None:
    counts, log = Counts(), LogLines()
    records = [{"dynamodb": {"SequenceNumber": str(n)}, "what": n} for n in (7, 8, 9)]
    del records[1]["what"]
    batch = StreamBatch({"Records": records}, counts, log)
    read = []
    for record in batch.records:
        with batch.apart(record):
            read.append(record["what"])
    assert read == [7, 9]
    assert list(map(sequence_number_of, batch.unreadable)) == ["8"]
    assert counts["StreamRecordUnreadable"] == 1
    assert log.lines == [("error", "stream record unreadable", {"error": "KeyError"})]


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("FAX#softlinx#outbound#acme#33", {"fax_id": "softlinx.outbound.acme.33"}),
        ("FAX#softlinx#outbound#acme", {}),
        ("SUBMISSION#1", {}),
    ],
)
def test_a_stream_record_that_cannot_be_read_is_named_by_its_key(key: str, named: dict[str, str]) -> None:
    log = LogLines()
    record = {"dynamodb": {"SequenceNumber": "7", "Keys": {"pk": {"S": key}}}}
    batch = StreamBatch({"Records": [record]}, Counts(), log)
    with batch.apart(record):
        record["what"]
    assert log.lines == [("error", "stream record unreadable", {**named, "error": "KeyError"})]


def test_a_stream_record_whose_work_is_out_of_reach_is_left_to_its_caller() -> None:
    batch = StreamBatch({"Records": [{"dynamodb": {"SequenceNumber": "7"}}]}, Counts(), LogLines())
    with pytest.raises(LedgerUnavailable), batch.apart(batch.records[0]):
        raise LedgerUnavailable("the table did not answer")
    assert batch.unreadable == []
    assert sequence_number_of(batch.records[0]) == "7"
