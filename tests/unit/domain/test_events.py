"""Every kind of event there is, written for the world and read back."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from faxledger.domain.events import FAX_EVENTS, EventType, FaxEvent, detail_of, event_of
from faxledger.domain.fax import FailureClass, Source, Status
from faxledger.domain.submission_ids import JoinedBy
from faxledger.errors import MalformedInput
from tests.fakes.clock import NOON
from tests.fakes.faxes import greenfax, inbound, outbound
from tests.support.template import ROOT

SCHEMA = json.loads((ROOT / "docs" / "events" / "fax-event.v1.json").read_text())
SENT = FaxEvent(
    EventType.FAX_SENT,
    outbound(),
    Status.SENT,
    NOON,
    source=Source.CALLBACK,
    settled_at=NOON,
    completed_at=NOON,
)
FAILED = replace(SENT, type=EventType.FAX_FAILED, status=Status.FAILED, failure_class=FailureClass.BUSY)
RECEIVED = replace(
    SENT,
    type=EventType.FAX_RECEIVED,
    fax=inbound(),
    status=Status.RECEIVED,
    case=inbound(),
    completed_at=None,
)
CONFLICT = replace(
    SENT, type=EventType.FAX_STATUS_CONFLICT, other_status=Status.FAILED, other_source=Source.POLL
)
OVERDUE = FaxEvent(
    EventType.FAX_OVERDUE, outbound(), Status.SUBMITTED, NOON, submitted_at=NOON - timedelta(days=1)
)
UNDELIVERED = replace(
    FAILED,
    fax=greenfax(f"{'ab' * 16}-1"),
    source=Source.HANDOVER,
    completed_at=None,
    failure_class=FailureClass.REJECTED,
)
AMENDED = replace(SENT, type=EventType.FAX_AMENDED, amended_status=Status.FAILED, at=NOON + timedelta(days=1))
GUESSED = replace(SENT, source=Source.FEED, submission=f"{'5' * 32}-1", joined_by=JoinedBy.GUESS)
EVENTS = (SENT, FAILED, UNDELIVERED, RECEIVED, CONFLICT, OVERDUE, AMENDED, GUESSED)


def on_the_bus(event: FaxEvent) -> dict[str, Any]:
    time = event.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"source": "faxledger", "detail-type": event.type, "time": time, "detail": detail_of(event)}


def test_there_is_one_of_each_kind() -> None:
    assert {event.type for event in EVENTS} == FAX_EVENTS


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: f"{event.type} {event.source}")
def test_an_event_follows_the_schema_and_can_be_read_back(event: FaxEvent) -> None:
    Draft202012Validator(SCHEMA).validate(on_the_bus(event))
    assert event_of(event.type, json.loads(json.dumps(detail_of(event)))) == event


@pytest.mark.parametrize(
    "event",
    [
        replace(OVERDUE, submitted_at=None),
        replace(OVERDUE, source=Source.POLL, settled_at=NOON),
        replace(AMENDED, amended_status=None),
        replace(SENT, amended_status=Status.FAILED),
        replace(SENT, settled_at=None),
        replace(SENT, submitted_at=NOON),
        replace(CONFLICT, other_status=None),
        replace(CONFLICT, other_source=Source.HANDOVER),
        replace(SENT, source=Source.HANDOVER),
        replace(UNDELIVERED, fax=outbound()),
        replace(UNDELIVERED, completed_at=NOON),
    ],
)
def test_the_schema_tells_the_kinds_apart(event: FaxEvent) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(on_the_bus(event))


def test_each_amendment_of_a_fax_is_a_fact_of_its_own() -> None:
    later = replace(AMENDED, at=AMENDED.at + timedelta(minutes=1))
    assert len({AMENDED.id, later.id, SENT.id}) == 3
    assert replace(OVERDUE, at=OVERDUE.at + timedelta(hours=1)).id == OVERDUE.id


@pytest.mark.parametrize("wrong", [None, 7, "", "x", ["x"], {"x": 1}, "2026-11-22T15:04:05.000Z"])
@pytest.mark.parametrize(
    "name", sorted({*detail_of(CONFLICT), *detail_of(AMENDED), *detail_of(RECEIVED), *detail_of(GUESSED)})
)
def test_a_detail_that_was_tampered_with_is_refused_or_harmless(name: str, wrong: object) -> None:
    for event in EVENTS:
        try:
            read = event_of(event.type, {**detail_of(event), name: wrong})
        except MalformedInput:
            continue
        assert read.id == event.id


def test_what_was_announced_under_another_id_is_refused() -> None:
    with pytest.raises(MalformedInput, match="event_id"):
        event_of(FAILED.type, {**detail_of(FAILED), "event_id": SENT.id})
