"""The function that closes days, over moto: what it writes, tells and never writes over."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from faxledger.domain.closed_days import DayRecord, breaks_of, link_of
from faxledger.domain.day_events import announcement_of, day_detail_of
from faxledger.domain.tallies import prefix_of
from faxledger.errors import ChainBroken, DocumentsUnavailable
from tests.support import canaries
from tests.support.bundle_on_moto import Answer, Context, Stack, event_file, query, softlinx_post
from tests.support.openapi import hold_against_openapi
from tests.support.stream import record
from tests.support.template import ROOT

SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "events" / "day-closed.v1.json").read_text()))
# The stack's clock begins at 15:04:05 of the 22nd, a Sunday.
FIRST = "reports/2026-11-22.v1.json"


@pytest.fixture
def closing(stack: Stack) -> Stack:
    """A day with two faxes that is over."""
    stack.parameters["TellFrom"] = "2026-11-22"
    told(stack, 33, "sent")
    told(stack, 34, "sendFailed")
    stack.clock.advance(hours=15)
    return stack


def told(stack: Stack, fax_id: int, word: str, completed: str = "2026-11-22T11:30:00Z") -> None:
    fields = {"FaxId": str(fax_id), "FaxStatus": word, "CompleteTime": completed, "CSI": canaries.NAME}
    assert stack.http("SoftlinxCallback", softlinx_post(fields)).status == 200


def close(stack: Stack) -> dict[str, DayRecord]:
    stack.invoke("CloseDay", event_file("close_day"))
    return {key: DayRecord.decode(content) for key, content in stack.records().items()}


def announce(stack: Stack, fax_id: int) -> None:
    """As the stream has the function know that the fax was settled."""
    image = stack.image(f"softlinx.outbound.acme.{fax_id}")
    stack.invoke("Announce", {"Records": [record(fax_id, new=image)]})


def ask(stack: Stack, route: str, parameters: str = "", **path: str) -> Answer:
    answer = stack.http("ReportFaxes", query(route, parameters, **path))
    hold_against_openapi(answer, "get", route.removeprefix("GET "))
    return answer


def days_of(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each is held against the schema that customers are given."""
    days = [event for event in events if event["detail-type"] == "Day Closed"]
    for event in days:
        SCHEMA.validate(event)
    return [event["detail"] for event in days]


def test_a_day_that_is_over_is_written_down_and_announced(closing: Stack) -> None:
    records = close(closing)

    assert list(records) == [FIRST]
    record = records[FIRST]
    assert (record.previous, record.time_zone) == (None, "UTC")
    assert record.report["total"]["statuses"]["sent"] == record.report["total"]["statuses"]["failed"] == 1
    assert not record.is_complete, "nothing was read of any provider"
    (event,) = days_of(closing.announced())
    assert event == day_detail_of(announcement_of(record))
    assert event["sha256"] == link_of(FIRST, closing.records()[FIRST]).sha256
    assert (event["sent"], event["failed"], event["received"]) == (1, 1, 0)


def test_a_record_names_no_reference_not_even_what_one_begins_with(closing: Stack) -> None:
    for fax, reference in ((36, canaries.SUBJECT), (37, "")):
        fields = {"FaxId": str(fax), "FaxStatus": "sent", "CompleteTime": "2026-11-22T11:30:00Z"}
        told_it = softlinx_post({**fields, "ProjectCode": reference})
        assert closing.http("SoftlinxCallback", told_it).status == 200
    day = ask(closing, "GET /reports/{day}", day="2026-11-22").document["total"]["costs"]
    assert [one["prefix"] for one in day["by_prefix"]] == [None, prefix_of(canaries.SUBJECT)]

    kept = close(closing)[FIRST].report["total"]["costs"]

    assert [one["prefix"] for one in kept["by_prefix"]] == [None]
    assert kept["other_prefixes"]["faxes"] == 1
    assert {name: kept[name] for name in ("faxes", "usd", "without")} == {
        name: day[name] for name in ("faxes", "usd", "without")
    }
    assert prefix_of(canaries.SUBJECT) not in closing.records()[FIRST].decode()


def test_a_day_is_written_once(closing: Stack) -> None:
    close(closing)
    before = closing.records()
    close(closing)
    assert closing.records() == before
    assert len(days_of(closing.announced())) == 1


def test_a_day_that_a_run_has_no_time_for_is_read_on_by_the_next(closing: Stack) -> None:
    closing.invoke("CloseDay", event_file("close_day"), Context(seconds_left=60))
    assert closing.records() == {}
    begun_at = closing.clock.now()
    closing.clock.advance(minutes=15)

    (record,) = close(closing).values()

    assert record.report["as_of"] == f"{begun_at:%Y-%m-%dT%H:%M:%SZ}"
    assert record.report["total"]["faxes"] == 2


def test_days_are_those_of_the_stack_s_zone(closing: Stack) -> None:
    closing.parameters["TimeZone"] = "America/New_York"
    first, _ = close(closing).values()
    assert (first.report["from"], first.report["to"]) == ("2026-11-21T05:00:00Z", "2026-11-22T05:00:00Z")
    assert first.time_zone == "America/New_York"


def test_what_changes_later_is_a_second_version_that_says_so(closing: Stack) -> None:
    close(closing)
    told(closing, 35, "sent")
    announce(closing, 35)
    closing.clock.advance(days=1)

    records = close(closing)

    assert list(records) == [FIRST, "reports/2026-11-22.v2.json", "reports/2026-11-23.v1.json"]
    second = records["reports/2026-11-22.v2.json"]
    assert ("total.statuses.sent", 1, 2) in [(one.path, one.was, one.now) for one in second.changes]
    assert second.causes == {"settled"}
    assert closing.table.get_item(Key={"pk": "CLOSED#days", "sk": "DAY#2026-11-22"})["Item"].keys() == {
        *("pk", "sk", "is_begun", "version", "record_key", "sha256", "closed_at", "is_complete", "announced"),
        "looked_at",
    }
    assert breaks_of(closing.records()) == ()
    assert [(event["day"], event["day_version"]) for event in days_of(closing.announced())] == [
        ("2026-11-22", 1),
        ("2026-11-23", 1),
        ("2026-11-22", 2),
    ]


def test_what_is_closed_can_be_asked_for_byte_for_byte(closing: Stack) -> None:
    assert ask(closing, "GET /reports/closed").document == {"records": 0, "last": None, "days": []}
    close(closing)
    told(closing, 35, "sent")
    announce(closing, 35)
    closing.clock.advance(days=1)
    records = close(closing)
    last = link_of("reports/2026-11-22.v2.json", closing.records()["reports/2026-11-22.v2.json"])

    listed = ask(closing, "GET /reports/closed").document

    assert (listed["records"], listed["last"]) == (3, {"key": last.key, "sha256": last.sha256})
    assert [(one["day"], one["version"]) for one in listed["days"]] == [("2026-11-23", 1), ("2026-11-22", 2)]
    for parameters, key in (("", last.key), ("version=1", FIRST), ("version=2", last.key)):
        answer = ask(closing, "GET /reports/closed/{day}", parameters, day="2026-11-22")
        assert answer.body.encode() == records[key].encoded()
        assert answer.headers["etag"] == f'"{link_of(key, answer.body.encode()).sha256}"'


@pytest.mark.parametrize(
    ("day", "parameters", "status"),
    [
        ("2026-11-21", "", 404),
        ("2026-11-22", "version=2", 404),
        ("2026-11-22", "version=0", 400),
        ("2026-11-22", "version=1&version=1", 400),
        ("yesterday", "", 400),
        ("20261122", "", 400),
    ],
)
def test_what_is_not_closed_or_no_day_is_said(closing: Stack, day: str, parameters: str, status: int) -> None:
    close(closing)
    assert ask(closing, "GET /reports/closed/{day}", parameters, day=day).status == status


def test_no_name_or_number_is_in_a_record_nor_in_what_is_said(
    closing: Stack, capfd: pytest.CaptureFixture[str]
) -> None:
    close(closing)
    said = "".join(capfd.readouterr()) + json.dumps(closing.announced())
    assert canaries.found_in(said + closing.records()[FIRST].decode()) == []


def test_where_somebody_has_changed_a_record_nothing_follows_it(closing: Stack) -> None:
    close(closing)
    forged = closing.records()[FIRST].replace(b'"failed":1', b'"failed":0')
    closing.put_record("reports/2026-11-22.v2.json", forged)
    closing.clock.advance(days=1)
    with pytest.raises(ChainBroken):
        close(closing)
    assert len(closing.records()) == 2


def test_a_bucket_that_does_not_answer_is_tried_again_by_the_next_run(closing: Stack) -> None:
    with closing.out_of_reach("s3", "PutObject"), pytest.raises(DocumentsUnavailable):
        close(closing)
    assert list(close(closing)) == [FIRST]
