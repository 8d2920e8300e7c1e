"""What is put on a queue, ten a call, and what of it SQS did not take."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from faxledger.adapters.queues import Queue, SqsFaxQueue, SqsOrderQueue
from faxledger.domain.fax import Direction, FaxId, Provider

URL = "https://sqs.example/1/Work"
# SendMessageBatch's limits, as SQS' API reference has them.
MOST_MESSAGES, MOST_BYTES = 10, 262_144


class FakeSqs:
    """Refuses calls as SQS does, messages of which a `refused` word is part, and the calls of `trouble`."""

    def __init__(self, *, refused: str | None = None, trouble: dict[int, Exception] | None = None) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self._refused = refused
        self._trouble = trouble or {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's names
        assert QueueUrl == URL
        self.calls.append(Entries)
        if error := self._trouble.get(len(self.calls)):
            raise error
        ids = {entry["Id"] for entry in Entries}
        if len(ids) < len(Entries):
            raise failure("BatchEntryIdsNotDistinct")
        if len(Entries) > MOST_MESSAGES:
            raise failure("TooManyEntriesInBatchRequest")
        if sum(len(entry["MessageBody"].encode()) for entry in Entries) > MOST_BYTES:
            raise failure("BatchRequestTooLong")
        failed = [
            entry["Id"]
            for entry in Entries
            if self._refused is not None and self._refused in entry["MessageBody"]
        ]
        return {"Failed": [{"Id": name} for name in failed]} if failed else {"Successful": sorted(ids)}

    def sent(self) -> list[Any]:
        return [json.loads(entry["MessageBody"]) for call in self.calls for entry in call]


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendMessageBatch")


def test_messages_go_out_ten_a_call_in_their_order() -> None:
    client = FakeSqs()
    assert Queue(client, URL).put({n: {"n": n} for n in range(21)}) == frozenset()
    assert [len(call) for call in client.calls] == [10, 10, 1]
    assert client.sent() == [{"n": n} for n in range(21)]


def test_nothing_to_send_makes_no_call() -> None:
    client = FakeSqs()
    assert Queue(client, URL).put({}) == frozenset()
    assert client.calls == []


def test_a_message_that_was_refused_in_a_call_that_succeeded_is_named_by_its_key() -> None:
    client = FakeSqs(refused="twelve")
    texts = {1: "one", 12: "twelve", 3: "three"}
    assert Queue(client, URL).put(texts) == {12}


def test_a_call_that_failed_does_not_keep_the_next_from_being_made() -> None:
    client = FakeSqs(trouble={1: failure("AccessDenied"), 2: EndpointConnectionError(endpoint_url=URL)})
    assert Queue(client, URL).put({n: n for n in range(25)}) == frozenset(range(20))
    assert len(client.calls) == 3


def test_a_call_holds_no_more_than_sqs_takes() -> None:
    client = FakeSqs()
    assert Queue(client, URL).put(dict.fromkeys(range(7), "x" * (MOST_BYTES // 3))) == frozenset()
    assert [len(call) for call in client.calls] == [2, 2, 2, 1]


def test_characters_outside_ascii_count_as_the_bytes_that_are_sent() -> None:
    client = FakeSqs()
    assert Queue(client, URL).put(dict.fromkeys(range(4), "é" * (MOST_BYTES // 12))) == frozenset()


def test_a_message_that_no_call_can_hold_is_refused_alone() -> None:
    client = FakeSqs()
    refused = Queue(client, URL).put({"a": "x", "huge": "x" * MOST_BYTES, "b": "x"})
    assert refused == {"huge"}
    assert client.sent()[0] == client.sent()[-1] == "x"


def test_a_key_need_not_be_what_sqs_takes_as_an_id() -> None:
    client = FakeSqs()
    assert Queue(client, URL).put({"softlinx.outbound.acme.33~2 / " + "9" * 90: 1}) == frozenset()


@pytest.mark.parametrize("seconds", [0, 900])
def test_all_messages_of_a_call_are_delayed_alike(seconds: int) -> None:
    client = FakeSqs()
    Queue(client, URL).put({1: 1, 2: 2}, delay=timedelta(seconds=seconds))
    assert [entry["DelaySeconds"] for entry in client.calls[0]] == [seconds, seconds]


def test_a_fax_that_is_asked_for_twice_is_sent_for_once() -> None:
    client = FakeSqs()
    fax = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", "33")
    assert SqsFaxQueue(client, URL).send([fax, fax]) == frozenset()
    assert client.sent() == [{"detail": {"fax_id": "softlinx.outbound.acme.33"}}]


def test_an_order_that_is_not_taken_is_said_to_be_not_on_its_way() -> None:
    assert SqsOrderQueue(FakeSqs(), URL).send("0" * 32)
    assert not SqsOrderQueue(FakeSqs(refused="0" * 32), URL).send("0" * 32)
    assert not SqsOrderQueue(FakeSqs(trouble={1: failure("AccessDenied")}), URL).send("0" * 32)
