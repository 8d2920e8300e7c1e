"""A record of a closed day is always the same bytes, and nobody changes one unseen."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from faxledger.domain.closed_days import (
    ChainBreak,
    ChangeCause,
    DayRecord,
    DayVersion,
    FigureChange,
    breaks_of,
    changes_between,
    in_order,
    link_of,
    was_read,
)
from faxledger.errors import MalformedInput

DAY = date(2026, 11, 26)
CLOSED_AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
REPORT = {
    "as_of": "2026-11-27T06:00:00.000Z",
    "is_complete": False,
    "reasons": [
        {"code": "feed_not_read", "text": "not since", "count": 1, "provider": "greenfax", "what": "inbound"}
    ],
    "evidence": {"queries": [{"provider": "softlinx", "query": "inbound", "read_at": None}]},
    "total": {
        "statuses": {"submitted": 1, "sent": 214, "failed": 3, "received": 40, "received_partial": 1},
        "owed": {"undelivered": 2, "deliveries_given_up": 1},
        "costs": {"by_prefix": [{"prefix": None, "usd": "0"}, {"prefix": "Ä1", "usd": "1.10"}]},
    },
}


def record(day: int, version: int = 1, after: DayRecord | None = None) -> DayRecord:
    previous = None if after is None else link_of(after.version.key, after.encoded())
    return DayRecord(DayVersion(date(2026, 11, day), version), "UTC", CLOSED_AT, previous, REPORT)


def chain() -> dict[str, bytes]:
    """Three days and, before the third, a second version of the first."""
    first = record(24)
    second = record(25, after=first)
    again = record(24, 2, after=second)
    third = record(26, after=again)
    return {one.version.key: one.encoded() for one in (third, first, again, second)}


# --- one record ---


def test_a_record_is_one_line_of_sorted_names_without_spaces_in_utf_8() -> None:
    content = record(26).encoded()
    assert (
        content
        == (
            json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        ).encode()
    )
    assert "Ä1".encode() in content


def test_what_is_read_of_a_record_is_what_was_written() -> None:
    written = DayRecord(
        DayVersion(DAY, 2),
        "America/New_York",
        CLOSED_AT,
        link_of("reports/2026-11-26.v1.json", b"x"),
        REPORT,
        (FigureChange("total.statuses.failed", 4, 3), FigureChange("total.statuses.busy", None, 1)),
        frozenset({ChangeCause.AMENDED, ChangeCause.PUSHED}),
    )
    assert DayRecord.decode(written.encoded()) == written


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"}\n", b"}"),
        (b'":', b'": '),
        (
            b"{",
            b"[",
        ),
        (b"UTC", b"\xff"),
        (b'"day":"2026-11-26"', b'"day":"yesterday"'),
        (b'"format":1', b'"format":2'),
        (b'"previous":null', b'"previous":"x"'),
        (b'"causes":[]', b'"causes":["x"]'),
        (b'"version":1', b'"version":1e999'),
        (b'"report":', b'"report":' + b"[" * 100_000),
    ],
)
def test_what_was_not_written_so_is_no_record(old: bytes, new: bytes) -> None:
    changed = record(26).encoded().replace(old, new)
    assert changed != record(26).encoded()
    with pytest.raises(MalformedInput):
        DayRecord.decode(changed)


@pytest.mark.parametrize("report", ["all is well", [], None])
def test_a_record_holds_a_report(report: Any) -> None:
    with pytest.raises(MalformedInput):
        DayRecord.decode(replace(record(26), report=report).encoded())


@pytest.mark.parametrize(
    "key",
    ["reports/2026-11-26.json", "reports/2026-02-30.v1.json", "reports/2026-11-26.v0.json", "x", "reports/"],
)
def test_another_key_is_of_no_day(key: str) -> None:
    assert DayVersion.of_key(key) is None


def test_a_key_says_the_day_and_its_version() -> None:
    assert DayVersion.of_key("reports/2026-11-26.v12.json") == DayVersion(DAY, 12)
    assert DayVersion(DAY).next.key == "reports/2026-11-26.v2.json"


# --- what has changed ---


def test_what_is_so_only_at_the_moment_of_a_report_is_no_change() -> None:
    later = json.loads(json.dumps(REPORT))
    later["as_of"] = "2026-11-28T06:00:00.000Z"
    later["evidence"]["queries"][0]["read_at"] = "2026-11-28T05:00:00.000Z"
    later["reasons"][0]["text"] = "not since yesterday"
    later["total"]["owed"]["undelivered"] = 0
    assert changes_between(REPORT, later) == ()


def test_each_figure_that_differs_is_named_by_its_path() -> None:
    later = json.loads(json.dumps(REPORT))
    later["total"]["statuses"] |= {"failed": 2, "sent": 215}
    later["total"]["costs"]["by_prefix"].insert(1, {"prefix": "A0", "usd": "2"})
    assert changes_between(REPORT, later) == (
        FigureChange("total.costs.by_prefix.A0.prefix", None, "A0"),
        FigureChange("total.costs.by_prefix.A0.usd", None, "2"),
        FigureChange("total.statuses.failed", 3, 2),
        FigureChange("total.statuses.sent", 214, 215),
    )


def test_a_reading_that_was_missing_and_came_is_seen_as_such() -> None:
    changes = changes_between(REPORT, {**REPORT, "is_complete": True, "reasons": []})
    assert was_read(changes)
    assert not was_read(changes_between({**REPORT, "reasons": []}, REPORT))


# --- the chain ---


def test_a_chain_that_nobody_has_touched_holds() -> None:
    assert breaks_of(chain()) == ()
    assert breaks_of({}) == ()


def test_a_chain_is_walked_in_the_order_in_which_it_was_written() -> None:
    records = {key: DayRecord.decode(content) for key, content in chain().items()}
    assert [key.removeprefix("reports/2026-11-") for key in in_order(records)] == [
        "24.v1.json",
        "25.v1.json",
        "24.v2.json",
        "26.v1.json",
    ]
    assert list(in_order(records, "reports/2026-11-24.v2.json")) == ["reports/2026-11-26.v1.json"]


def test_one_changed_figure_breaks_the_chain_at_the_record_behind_it() -> None:
    records = chain()
    records["reports/2026-11-25.v1.json"] = records["reports/2026-11-25.v1.json"].replace(b"214", b"215")
    assert breaks_of(records) == (
        ChainBreak(
            "reports/2026-11-24.v2.json",
            "follows reports/2026-11-25.v1.json, which was another when this was written",
        ),
    )


@pytest.mark.parametrize("key", [key for key in chain() if "26.v1" not in key])
def test_a_record_that_is_missing_is_found(key: str) -> None:
    records = chain()
    del records[key]
    assert any(key in one.problem or "is missing" in one.problem for one in breaks_of(records))


def test_a_record_that_was_put_in_is_found() -> None:
    forged = record(27, after=record(24))
    found = breaks_of({**chain(), forged.version.key: forged.encoded()})
    assert [one.key for one in found] == [forged.version.key]


def test_a_record_under_the_key_of_another_day_is_found() -> None:
    records = chain()
    records["reports/2026-11-27.v1.json"] = records["reports/2026-11-26.v1.json"]
    assert any(one.key == "reports/2026-11-27.v1.json" for one in breaks_of(records))


def test_what_is_no_record_is_found() -> None:
    found = breaks_of({**chain(), "reports/2026-11-26.v1.json": b"{}"})
    assert found == (ChainBreak("reports/2026-11-26.v1.json", "is no closed day"),)


def test_a_first_record_for_a_second_time_is_found() -> None:
    forged = record(20)
    assert [one.key for one in breaks_of({**chain(), forged.version.key: forged.encoded()})] == [
        "reports/2026-11-24.v1.json"
    ]


def test_a_moment_is_kept_to_the_millisecond() -> None:
    closed_at = CLOSED_AT + timedelta(milliseconds=1)
    written = DayRecord(DayVersion(DAY), "UTC", closed_at, None, REPORT)
    assert DayRecord.decode(written.encoded()).closed_at == closed_at
