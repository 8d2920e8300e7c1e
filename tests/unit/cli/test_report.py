"""What `faxledger report` says, in 80 columns, of what the API answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cli.main import main
from cli.report import report_text, reported
from faxledger.domain.coverage import Days
from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from faxledger.domain.reconciliation import (
    Evidence,
    FeedEvidence,
    QueryEvidence,
    Reason,
    ReasonCode,
    Reconciliation,
)
from faxledger.domain.report import Facts, Fax, Sighting
from faxledger.domain.spans import Span
from faxledger.domain.tallies import Tally
from faxledger.web.reconciliations import reconciliation_document

TEN = datetime(2026, 11, 26, 10, tzinfo=UTC)
SPAN = Span(TEN, TEN + timedelta(hours=2))
READ_AT = SPAN.until + timedelta(minutes=3, seconds=4)
EVIDENCE = Evidence(
    tuple(
        QueryEvidence(Provider.SOFTLINX, f"outbound-{name}", READ_AT)
        for name in ("sendfailed", "failed", "sent")
    ),
    tuple(
        FeedEvidence(Provider.GREENFAX, direction, Days(TEN.date(), TEN.date()), READ_AT)
        for direction in Direction
    ),
)


def fax(
    provider: Provider, number: int, minute: int, status: Status = Status.SENT, *, came: bool = False
) -> Fax:
    """One that a poll or a feed settled at 12:20; its push came after all, or not."""
    received = status is Status.RECEIVED
    pull = Source.POLL if provider is Provider.SOFTLINX else Source.FEED
    settled_at = TEN + timedelta(hours=2, minutes=20)
    sightings = [Sighting(pull, "sent", settled_at, {}, status, Decimal("0.10"))]
    if came:
        sightings.append(Sighting(Source.CALLBACK, "sent", TEN + timedelta(hours=4), {}, status))
    return Fax(
        FaxId(provider, Direction.INBOUND if received else Direction.OUTBOUND, "acme", str(number)),
        first_status=status,
        settled_at=settled_at,
        settled_by=pull,
        completed_at=TEN + timedelta(minutes=minute),
        facts=Facts(reference="ORTHO-17", pages=3, cost_usd=Decimal("0.10")),
        sightings=tuple(sightings),
    )


FAXES = [
    *(fax(Provider.SOFTLINX, number, 3 + number, came=number < 9) for number in range(12)),
    *(fax(Provider.SOFTLINX, 20 + number, 60 + number, Status.FAILED) for number in range(2)),
    *(fax(Provider.GREENFAX, number, 118 - number) for number in range(2)),
    *(fax(Provider.SOFTLINX, number, 80 + number, Status.RECEIVED) for number in range(5)),
]


def document(faxes: list[Fax] = FAXES, evidence: Evidence = EVIDENCE, span: Span = SPAN) -> dict[str, Any]:
    found = Reconciliation(span, READ_AT, Tally.of(faxes), evidence)
    hours = timedelta(hours=22)
    return reconciliation_document(
        found, {Provider.SOFTLINX: hours, Provider.GREENFAX: None}, span.until + timedelta(hours=3)
    )


def test_a_listener_that_was_down_is_told_of_with_what_came_after_all() -> None:
    lines = list(report_text(document()))
    assert lines == [
        "26 Nov 10:00 to 12:00 UTC  sent 14 · failed 2 · received 5              21 faxes",
        "  first told by   callback 0 · poll 19 · feed 2",
        "  deaf            10:03 to 11:58: 21 faxes, all known by 12:20",
        "  rescued         21 of 21, all known by 12:20 · late p50 2 h 07 · p95 2 h 16 ·",
        "                  p99 2 h 17 · worst 2 h 17",
        "  later pushes    9 came after all, all agreed · softlinx repeats 10 until 27",
        "                  Nov 09:25 · 2 never came",
        "  failed by       other 2",
        "  pages           63",
        "  costs           2.10 USD",
        "  open 0 · set aside 0 · conflicts 0 · not delivered 0 · documents missing 0",
        "COMPLETE  softlinx outbound-sendfailed, outbound-failed, outbound-sent read from",
        "          12:03:04 · greenfax outbound 12:03 · greenfax inbound 12:03",
    ]
    assert all(len(line) <= 80 for line in lines)


def test_what_nobody_pushes_is_not_rescued_by_a_poll() -> None:
    found = Reconciliation(SPAN, READ_AT, Tally.of(FAXES), EVIDENCE)
    total = reconciliation_document(found, {Provider.GREENFAX: None}, READ_AT)["total"]
    assert total["rescued"] == {"faxes": 2, "by": {"poll": 0, "feed": 2}, "known_by": "2026-11-26T12:20:00Z"}
    assert total["late_pushes"]["agreed"] == total["late_pushes"]["to_come"] == 0
    assert (total["faxes"], total["first_told_by"]["poll"], total["deaf"]) == (21, 19, [])


def test_each_reason_stands_in_lines_of_its_own() -> None:
    reason = Reason(ReasonCode.QUERY_NOT_READ, "softlinx: inbound was not read " + "to its end " * 8)
    lines = list(report_text(document(evidence=replace(EVIDENCE, missing=(reason,)))))
    assert lines[-3] == "NOT COMPLETE"
    assert lines[-2].startswith("  softlinx: inbound was not read to its end")
    assert all(len(line) <= 80 for line in lines)


def test_a_day_without_a_fax_has_a_line_for_what_is_left_and_one_for_the_proof() -> None:
    span = Span(TEN.replace(hour=0), TEN.replace(hour=0) + timedelta(days=1))
    lines = list(report_text(document([], Evidence(), span)))
    assert lines[0].startswith("26 Nov 2026 UTC")
    assert lines[-1] == "COMPLETE"


def test_costs_by_job_code_are_shown_where_they_are_asked_for() -> None:
    lines = list(report_text(document(), with_costs=True))
    (line,) = (line for line in lines if "ORTHO" in line)
    assert line.split() == ["ORTHO", "21", "faxes", "2.10", "USD"]
    assert not any("ORTHO" in line for line in report_text(document()))


def test_costs_that_nobody_has_said_stand_below_in_80_columns() -> None:
    found = fax(Provider.GREENFAX, 1, 1)
    found = replace(found, facts=Facts(reference="X" * 60), sightings=())
    lines = list(report_text(document([found]), with_costs=True))
    assert ["1", "without"] in [line.split() for line in lines]
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize("given", [[], ["yesterday"], ["today"]])
def test_which_day_a_word_stands_for_is_left_to_the_stack(
    given: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Answers({**document(), "is_complete": True})
    monkeypatch.setattr("cli.report.api_of", lambda _: api)
    assert main(["report", *given]) == 0
    assert api.asked == [f"/reports/{given[0] if given else 'yesterday'}"]


class Answers:
    """In the place of `Api`: answers one after the other."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def ask(self, method: str, path: str) -> Mapping[str, Any]:
        assert method == "GET"
        self.asked.append(path)
        return self.answers.pop(0)


def test_what_takes_several_requests_is_asked_for_to_its_end() -> None:
    progress = {"faxes": 102_400, "lanes": 36, "lanes_read": 4}
    api = Answers(
        {"cursor": "abc", "progress": progress}, {"cursor": "def", "progress": progress}, document()
    )
    said: list[str] = []
    report = reported(api, "/reports/2026-11-26", {}, said.append)  # type: ignore[arg-type]
    assert report == document()
    assert api.asked == [f"/reports/2026-11-26{query}" for query in ("", "?cursor=abc", "?cursor=def")]
    assert said == ["102400 faxes so far"] * 2


def test_half_a_span_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--from", "2026-11-26"]) == 2
    assert "both --from and --to" in capsys.readouterr().err
