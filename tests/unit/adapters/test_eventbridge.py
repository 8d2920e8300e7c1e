"""What is put on the bus, and what it did not take although the call succeeded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from faxledger.adapters.eventbridge import EventBridgeBus
from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from tests.support.filled import filled

# Of all entries of a PutEvents call together (EventBridge's API reference).
MOST_BYTES = 262_144
NOW = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)


class FakeEventBridge:
    """Takes what it is not told to refuse; `trouble` is raised by the calls of these numbers."""

    def __init__(
        self, *, refused: set[str] | None = None, trouble: dict[int, Exception] | None = None
    ) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self._refused = refused or set()
        self._trouble = trouble or {}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        self.calls.append(Entries)
        if error := self._trouble.get(len(self.calls)):
            raise error
        results = [
            {"ErrorCode": "InternalFailure"}
            if any(word in entry["Detail"] for word in self._refused)
            else {"EventId": "1"}
            for entry in Entries
        ]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


class Notes:
    def __init__(self) -> None:
        self.reasons: list[object] = []

    def error(self, _: str, /, *, extra: Mapping[str, object]) -> None:
        self.reasons.append(extra["reason"])

    info = warning = error


def event(number: int) -> FaxEvent:
    fax = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", str(number))
    return FaxEvent(EventType.FAX_SENT, fax, Status.SENT, NOW, source=Source.CALLBACK, settled_at=NOW)


def test_ten_events_of_the_longest_ids_are_far_from_what_a_call_takes() -> None:
    longest = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "a" * 32, "J" * 64 + "~9999")
    client = FakeEventBridge()
    EventBridgeBus(client, "b" * 256, Notes()).publish(
        [
            replace(filled(FaxEvent, fax=longest, case=longest), at=NOW + timedelta(seconds=number))
            for number in range(10)
        ]
    )
    (entries,) = client.calls
    assert len(entries) == 10
    assert sum(map(size_of, entries)) < MOST_BYTES / 4


def test_the_size_of_an_entry_is_counted_as_eventbridge_does() -> None:
    entry = {"Source": "ab", "DetailType": "cde", "Detail": '{"é": 1}', "Time": NOW, "EventBusName": "bus"}
    assert size_of(entry) == 14 + 2 + 3 + 9


def size_of(entry: Mapping[str, Any]) -> int:
    """Fourteen bytes for the time, and the UTF-8 of three texts (EventBridge's user guide)."""
    return 14 + sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))


def test_events_go_out_ten_a_call() -> None:
    client = FakeEventBridge()
    assert EventBridgeBus(client, "bus", Notes()).publish([event(n) for n in range(21)]) == frozenset()
    assert [len(entries) for entries in client.calls] == [10, 10, 1]
    assert {entry["EventBusName"] for entry in client.calls[0]} == {"bus"}


def test_an_entry_that_was_refused_in_a_call_that_succeeded_is_named() -> None:
    notes = Notes()
    client = FakeEventBridge(refused={'acme.2"'})
    refused = EventBridgeBus(client, "bus", notes).publish([event(n) for n in (1, 2, 3)])
    assert refused == {event(2).id}
    assert notes.reasons == ["InternalFailure"]


def test_a_call_that_failed_does_not_keep_the_next_from_being_made() -> None:
    notes = Notes()
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutEvents")
    gone = EndpointConnectionError(endpoint_url="https://events.example")
    client = FakeEventBridge(trouble={1: denied, 2: gone})
    events = [event(n) for n in range(25)]
    assert EventBridgeBus(client, "bus", notes).publish(events) == {known.id for known in events[:20]}
    assert notes.reasons == [
        "EventBridge answered AccessDeniedException",
        "EventBridge did not answer: EndpointConnectionError",
    ]
