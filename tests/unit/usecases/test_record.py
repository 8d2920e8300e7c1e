"""Reports, one by one and in batches, into the ledger."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from faxledger.domain.fax import PUSHES, Source, Status
from faxledger.domain.report import Facts, Outcome, Settlement
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.record import Recorder
from tests.fakes.clock import NOON, RETENTION, StoppedClock
from tests.fakes.faxes import outbound, report, unreadable
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines


class Desk:
    """A recorder and everything it writes to."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.count = Counts()
        self.log = LogLines()
        self.recorder = Recorder(
            self.ledger, self.unreadables, self.count, self.log, clock=self.clock, retention=RETENTION
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_final_report_is_settled_and_counted(desk: Desk) -> None:
    settlement = desk.recorder.record(report(outbound()))

    assert settlement == Settlement(Outcome.SETTLED, is_news=True)
    assert desk.count.labelled == [("Settled", {"provider": "softlinx", "source": "callback"})]


def test_repeats_known_ones_and_conflicts_are_counted_apart(desk: Desk) -> None:
    for said in (
        report(outbound()),
        report(outbound()),
        report(outbound(), source=Source.POLL),
        report(outbound(), Status.FAILED),
        report(outbound(), Status.FAILED),
        report(outbound(), Status.FAILED, source=Source.POLL),
    ):
        desk.recorder.record(said)

    names = [name for name, _ in desk.count.labelled]
    assert names == ["Settled", "Repeated", "Known", "Conflict", "Repeated", "Repeated"]


def test_facts_that_could_not_be_read_are_counted_by_their_names_when_they_are_news(desk: Desk) -> None:
    said = replace(report(outbound()), unread=frozenset({"pages", "completed_at"}))
    for _ in range(2):
        desk.recorder.record(said)
    counted = [labels for name, labels in desk.count.labelled if name == "FactUnread"]
    assert counted == [
        {"fact": "completed_at", "origin": "softlinx-callback"},
        {"fact": "pages", "origin": "softlinx-callback"},
    ]


@pytest.mark.parametrize("off", [timedelta(days=2), -timedelta(days=91), -timedelta(days=399)])
@pytest.mark.parametrize("source", sorted(PUSHES))
def test_a_time_that_no_push_can_have_counts_as_none_and_is_named(
    desk: Desk, source: Source, off: timedelta
) -> None:
    given = {"FaxId": "33", "CompleteTime": "05/11/2026 14:05:06"}
    desk.recorder.record(report(outbound(), source=source, given=given, completed_at=NOON + off))
    fax = desk.ledger.faxes[outbound()]
    assert (fax.completed_at, desk.ledger.listed_at[fax.id]) == (None, NOON)
    assert (fax.sightings[0].given, fax.sightings[0].unread) == (given, ("completed_at",))
    assert desk.count["FactUnread"] == 1


@pytest.mark.parametrize(
    "off",
    # What is older than the retention may be a repeat of what has been told and is gone: no news by its time.
    # A minute sooner it is that by the clock of whoever settled it.
    [timedelta(hours=23), -timedelta(days=89), timedelta(minutes=3) - RETENTION, -timedelta(days=401)],
)
def test_any_other_time_of_a_push_is_taken(desk: Desk, off: timedelta) -> None:
    desk.recorder.record(report(outbound(), completed_at=NOON + off))
    assert desk.ledger.faxes[outbound()].completed_at == NOON + off


def test_whoever_is_asked_may_tell_of_long_ago(desk: Desk) -> None:
    old = NOON - timedelta(days=200)
    desk.recorder.record_all([report(outbound(), source=Source.POLL, completed_at=old)])
    assert desk.ledger.faxes[outbound()].completed_at == old


def test_an_unknown_word_is_noted_counted_and_settles_nothing(desk: Desk) -> None:
    assert desk.recorder.record(report(outbound(), None, word="spooled")) is None

    fax = desk.ledger.find(outbound())
    assert fax is not None
    assert not fax.is_settled
    assert desk.count["UnknownStatusWord"] == 1
    assert desk.log.lines[0][0] == "warning"


def test_a_word_of_progress_is_told_from_an_unknown_end(desk: Desk) -> None:
    desk.recorder.record(report(outbound(1), None, word="dialing", source=Source.POLL))
    assert (desk.count["UnderWay"], desk.count["UnknownStatusWord"]) == (1, 0)
    assert desk.log.lines == []

    ended = report(outbound(1), None, word="gone", source=Source.POLL, completed_at=NOON)
    desk.recorder.record(ended)
    desk.recorder.record(report(outbound(1), None, word="dialing", source=Source.FEED))
    assert (desk.count["UnderWay"], desk.count["UnknownStatusWord"]) == (1, 2)


def test_what_nobody_can_read_is_set_aside_and_counted(desk: Desk) -> None:
    desk.recorder.set_aside(unreadable())

    assert len(desk.unreadables.kept) == 1
    assert desk.count.labelled == [("SetAside", {"origin": "softlinx-callback"})]


def test_of_a_batch_only_what_is_new_is_written(desk: Desk) -> None:
    old = [report(outbound(number), source=Source.POLL) for number in range(3)]
    desk.recorder.record_all(old)
    desk.recorder.record(report(outbound(9), None, source=Source.POLL))
    writes = desk.ledger.writes

    desk.recorder.record_all([*old, report(outbound(9), None, source=Source.POLL)])
    assert desk.ledger.writes == writes

    news = [
        report(outbound(5), source=Source.POLL),
        report(outbound(0), Status.FAILED, source=Source.POLL),
        report(outbound(1), source=Source.CALLBACK),
        report(outbound(9), None, word="dialing", source=Source.POLL),
    ]
    desk.recorder.record_all([*old, *news])
    assert desk.ledger.writes == writes + len(news)


def test_a_fax_that_is_twice_in_a_batch_is_settled_once(desk: Desk) -> None:
    desk.recorder.record_all([report(outbound()), report(outbound())])

    assert desk.count["Settled"] == 1


def test_nobody_is_told_that_something_was_recorded_when_the_ledger_is_down(desk: Desk) -> None:
    desk.ledger.is_down = True

    with pytest.raises(LedgerUnavailable):
        desk.recorder.record(report(outbound()))
    with pytest.raises(LedgerUnavailable):
        desk.recorder.record(report(outbound(), None))
    with pytest.raises(LedgerUnavailable):
        desk.recorder.record_all([report(outbound())])
    assert desk.count.labelled == []
    assert desk.log.lines == []


def test_neither_log_nor_metric_tells_who_was_faxed(desk: Desk) -> None:
    facts = Facts(to_number="2155550100", from_number="2155550199", user="jo", reference="patient Doe")
    given: Mapping[str, str] = {"FaxNumber": "2155550100", "RcptInfo": "Jane Doe", "FaxId": "33"}
    desk.recorder.record(report(outbound(), facts=facts, given=given))
    desk.recorder.record(report(outbound(), Status.FAILED, facts=facts, given=given))
    desk.recorder.record(report(outbound(), None, word="Jane Doe", facts=facts, given=given))
    desk.recorder.set_aside(unreadable(b"FaxNumber=2155550100&RcptInfo=Jane+Doe"))

    told = repr(desk.log.lines) + repr(desk.count.labelled)
    assert not [secret for secret in ("21555501", "jo", "Doe") if secret in told.replace("job_id", "")]
