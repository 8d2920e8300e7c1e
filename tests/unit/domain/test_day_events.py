"""What is told of a closed day: a desk's counts, and what they were before."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from faxledger.domain.closed_days import ChangeCause, DayRecord, FigureChange, link_of
from faxledger.domain.day_events import (
    DayClosed,
    DayFigures,
    announcement_of,
    day_closed_of,
    day_detail_of,
)
from faxledger.errors import MalformedInput
from tests.fakes.clock import NOON
from tests.fakes.events import CLOSED, DAY, RESTATED
from tests.support.template import ROOT

SCHEMA = json.loads((ROOT / "docs" / "events" / "day-closed.v1.json").read_text())
REPORT: Mapping[str, Any] = {
    "is_complete": False,
    "reasons": [{"code": "feed_not_read"}, {"code": "feed_not_read"}, {"code": "set_aside"}],
    "total": {
        "statuses": {"submitted": 1, "sent": 214, "failed": 3, "received": 40, "received_partial": 1},
        "owed": {"undelivered": 2, "deliveries_given_up": 1, "unmarked": 5},
    },
}
RECORD = DayRecord(DAY, "UTC", NOON, None, REPORT)


def on_the_bus(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": "faxledger",
        "detail-type": "Day Closed",
        "time": "2026-11-27T06:00:00Z",
        "detail": detail,
    }


def test_a_desk_is_told_how_many_and_why_that_may_not_be_all() -> None:
    event = announcement_of(RECORD)
    assert event.figures == DayFigures(sent=214, failed=3, received=41, open=1, is_complete=False)
    assert (event.reasons, event.undelivered) == (("feed_not_read", "set_aside"), 3)
    assert event.sha256 == link_of(DAY.key, RECORD.encoded()).sha256
    assert event.before is None


def test_of_a_further_version_it_is_told_what_was_said_before() -> None:
    changes = (
        FigureChange("flows.softlinx.outbound.figures.statuses.sent", 1, 2),
        FigureChange("is_complete", was=True, now=False),
        FigureChange("total.statuses.received_partial", None, 1),
        FigureChange("total.statuses.sent", 210, 214),
    )
    causes = frozenset({ChangeCause.SETTLED})
    event = announcement_of(replace(RECORD, version=DAY.next, changes=changes, causes=causes))
    assert event.before == DayFigures(sent=210, failed=3, received=40, open=1, is_complete=True)
    assert event.causes == causes


def test_of_a_further_version_with_the_same_counts_it_is_told_that_they_were_the_same() -> None:
    event = announcement_of(replace(RECORD, version=DAY.next))
    assert event.before == event.figures


@pytest.mark.parametrize("event", [CLOSED, RESTATED, announcement_of(RECORD)])
def test_an_announcement_follows_the_schema_and_can_be_read_back(event: DayClosed) -> None:
    detail = json.loads(json.dumps(day_detail_of(event)))
    Draft202012Validator(SCHEMA).validate(on_the_bus(detail))
    assert day_closed_of(detail) == event


def test_the_examples_of_the_schema_are_announcements() -> None:
    for example in SCHEMA["examples"]:
        Draft202012Validator(SCHEMA).validate(example)
        assert day_detail_of(day_closed_of(example["detail"])) == example["detail"]


def test_each_version_has_an_event_of_its_own_and_always_the_same() -> None:
    assert CLOSED.id == replace(CLOSED, closed_at=RESTATED.closed_at, undelivered=7).id != RESTATED.id
    # Receivers know it by this.
    assert CLOSED.id == "6674cde30f92c92209ea91c5f7d1377e"


@pytest.mark.parametrize("wrong", [None, 7, "", "x", ["x"], {"x": 1}, "2026-11-22T15:04:05.000Z"])
@pytest.mark.parametrize("name", sorted(day_detail_of(RESTATED)))
def test_a_detail_that_was_tampered_with_is_refused_or_harmless(name: str, wrong: object) -> None:
    try:
        read = day_closed_of({**day_detail_of(RESTATED), name: wrong})
    except MalformedInput:
        return
    assert read.id == RESTATED.id


def test_a_detail_of_a_fax_is_none_of_a_day() -> None:
    with pytest.raises(MalformedInput, match="closed day"):
        day_closed_of({"fax_id": "softlinx.outbound.acme.33"})
