"""One run over a provider's unmarked faxes."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from faxledger.domain.attempts import next_attempt
from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import DocumentType, Duty, DutyState, Report, StoredDocument
from faxledger.errors import (
    LedgerUnavailable,
    LoginRefused,
    ProviderAnswerUnreadable,
    ProviderRefused,
    ProviderUnavailable,
)
from faxledger.usecases.poll import PollUnmarked
from faxledger.usecases.record import Recorder
from tests.fakes.claims import InMemoryClaims, InMemoryCursors
from tests.fakes.clock import NOON, RETENTION, StoppedClock
from tests.fakes.faxes import MARK, STORE, STORE_AND_MARK, inbound, outbound, report, unreadable
from tests.fakes.heard import InMemoryHeard
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryUnreadables
from tests.fakes.observe import Counts, LogLines
from tests.fakes.providers import AGAIN, ANY_STATUS, FAILED, INBOUND, SENT, InMemoryMarkingProvider
from tests.fakes.sending import InMemoryResends
from tests.support.patience import PATIENCE_SECONDS

QUARTER_HOUR = timedelta(minutes=15)
DOCUMENT = StoredDocument("1.pdf", DocumentType.PDF, 5, "ab" * 32)


class Hour:
    """A poll with everything around it; `run` is one run of it."""

    def __init__(self, *, lanes: int = 1) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.unreadables = InMemoryUnreadables()
        self.claims = InMemoryClaims()
        self.cursors = InMemoryCursors()
        self.heard = InMemoryHeard()
        self.provider = InMemoryMarkingProvider(self.clock)
        self.count = Counts()
        self.log = LogLines()
        recorder = Recorder(
            self.ledger, self.unreadables, self.count, self.log, clock=self.clock, retention=RETENTION
        )
        self._poll = PollUnmarked(
            self.provider,
            recorder=recorder,
            ledger=self.ledger,
            claims=self.claims,
            cursors=self.cursors,
            heard=self.heard,
            clock=self.clock,
            count=self.count,
            log=self.log,
            lanes=lanes,
        )

    def run(self, time_left: timedelta = QUARTER_HOUR) -> list[str]:
        """What the provider was asked."""
        self.provider.journal.clear()
        self._poll(time_left)
        return list(self.provider.journal)

    def marked(self) -> set[str]:
        return {fax.job_id for fax in self.provider.marked}

    def settled(self) -> set[str]:
        return {fax_id.job_id for fax_id, fax in self.ledger.faxes.items() if fax.is_settled}


@pytest.fixture
def hour() -> Hour:
    return Hour()


def polled(number: int, status: Status | None = Status.SENT) -> Report:
    return report(outbound(number), status, source=Source.POLL, owes=MARK if status else frozenset())


def arrived(number: int) -> Report:
    return report(inbound(number), Status.RECEIVED, source=Source.POLL)


def test_failed_then_sent_then_inbound_are_asked_for_and_then_whatever_their_status(hour: Hour) -> None:
    assert hour.run() == [
        "login",
        "page 1 of failed",
        "page 1 of sent",
        "page 1 of inbound",
        "page 1 of any-status",
        "logout",
    ]


def test_whatever_their_status_is_asked_once_a_day(hour: Hour) -> None:
    asked = 0
    for _ in range(24 * 3):
        asked += "page 1 of any-status" in hour.run()
        hour.clock.advance(hours=1)

    assert asked == 3


@pytest.mark.parametrize(
    "fault",
    [ProviderAnswerUnreadable("not SOAP"), ProviderUnavailable("no answer"), LoginRefused("Login", "7")],
)
def test_the_daily_query_that_could_not_be_read_is_asked_by_the_next_run(
    hour: Hour, fault: ProviderRefused
) -> None:
    hour.provider.offered[ANY_STATUS] = [polled(number) for number in range(1, 6)]
    hour.provider.page_faults[ANY_STATUS, 2] = fault
    asked = []
    for hours in range(1, 28):
        asked.append("page 1 of any-status" in hour.run())
        hour.clock.advance(hours=1)
        if hours == 2:
            hour.provider.page_faults.clear()

    assert [number for number, is_asked in enumerate(asked) if is_asked] == [0, 1, 2, 26]


def test_the_daily_query_of_a_run_that_died_is_asked_by_the_next_but_not_at_once(hour: Hour) -> None:
    hour.provider.page_faults[ANY_STATUS, 1] = ProviderUnavailable("no answer")
    hour.run()
    hour.provider.page_faults.clear()

    assert "page 1 of any-status" not in hour.run()
    hour.clock.advance(minutes=10)
    assert "page 1 of any-status" in hour.run()


def test_the_daily_query_is_asked_in_every_run_until_all_of_it_was_read(hour: Hour) -> None:
    hour.provider.offered[ANY_STATUS] = [polled(number) for number in range(1, 61)]
    hour.provider.page_seconds = 40
    asked = []
    for _ in range(10):
        asked.append("page 1 of any-status" in hour.run())
        hour.clock.advance(hours=1)

    assert asked == sorted(asked, reverse=True)
    assert hour.settled() == {str(number) for number in range(1, 61)}
    assert "query any-status" in hour.heard.of("softlinx")


def test_each_query_says_when_it_was_last_read_to_its_end(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 6)]
    hour.run()
    assert set(hour.heard.of("softlinx").values()) == {NOON}
    assert set(hour.heard.of("softlinx")) == {
        f"{what} {offer.name}"
        for offer in hour.provider.offers
        if not offer.looks_back
        for what in ("query", "whole")
    }

    hour.clock.advance(hours=1)
    hour.provider.page_faults[SENT, 1] = ProviderAnswerUnreadable("not SOAP")
    hour.run()
    heard = hour.heard.of("softlinx")
    assert (heard["query sent"], heard["whole sent"]) == (NOON, NOON)
    assert heard["query failed"] == heard["query inbound"] == NOON + timedelta(hours=1)


def test_a_fax_is_settled_and_then_marked_after_the_last_page(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 6)]

    def must_be_settled(fax_id: FaxId) -> None:
        fax = hour.ledger.find(fax_id)
        assert fax is not None
        assert fax.is_settled

    hour.provider.before_mark = must_be_settled
    journal = hour.run()

    assert journal[2:10] == [
        *("page 1 of sent", "page 2 of sent", "page 3 of sent"),
        *("mark 1", "mark 2", "mark 3", "mark 4", "mark 5"),
    ]
    assert all(fax.duties[Duty.MARK] == "done" for fax in hour.ledger.faxes.values())


def test_what_is_marked_is_not_offered_again(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1)]
    hour.run()

    assert not [step for step in hour.run() if step.startswith("mark")]


def test_a_fax_that_moves_to_a_later_page_is_marked_once(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1), polled(2), polled(1)]

    assert [step for step in hour.run() if step.startswith("mark")] == ["mark 1", "mark 2"]


def test_what_a_callback_settled_is_marked_all_the_same(hour: Hour) -> None:
    hour.ledger.settle(report(outbound(1), owes=MARK))
    hour.provider.offered[SENT] = [polled(1)]
    hour.run()

    assert hour.marked() == {"1"}


def test_a_fax_in_conflict_is_marked_all_the_same(hour: Hour) -> None:
    hour.ledger.settle(report(outbound(1), Status.FAILED, owes=MARK))
    hour.provider.offered[SENT] = [polled(1)]
    hour.run()

    assert hour.count["Conflict"] == 1
    assert hour.marked() == {"1"}


def test_an_inbound_fax_is_settled_and_left_unmarked(hour: Hour) -> None:
    hour.provider.offered[INBOUND] = [arrived(1)]
    hour.run()

    assert hour.settled() == {"1"}
    assert hour.marked() == set()


def test_an_inbound_fax_is_marked_once_it_is_known_to_be_stored(hour: Hour) -> None:
    owed = replace(arrived(1), owes=STORE_AND_MARK)
    hour.provider.offered[INBOUND] = [owed, replace(arrived(2), owes=STORE_AND_MARK)]
    hour.run()
    assert hour.marked() == set()

    hour.ledger.store_done(hour.ledger.faxes[inbound(1)], DOCUMENT)
    hour.run()
    assert hour.marked() == {"1"}


def stored(hour: Hour, number: int, *, owes: frozenset[Duty]) -> None:
    hour.ledger.settle(report(inbound(number), Status.RECEIVED, owes=owes))
    hour.ledger.store_done(hour.ledger.faxes[inbound(number)], DOCUMENT)


def test_what_was_settled_before_marks_were_wanted_is_marked_once_they_are(hour: Hour) -> None:
    hour.ledger.settle(report(outbound(1)))
    hour.ledger.settle(report(inbound(2), Status.RECEIVED, owes=STORE))
    stored(hour, 3, owes=STORE)
    hour.provider.offered[SENT] = [polled(1)]
    hour.provider.offered[INBOUND] = [replace(arrived(number), owes=STORE_AND_MARK) for number in (2, 3)]
    hour.run()
    assert hour.marked() == {"1", "3"}

    hour.ledger.store_done(hour.ledger.faxes[inbound(2)], DOCUMENT)
    hour.run()
    assert hour.marked() == {"1", "2", "3"}
    assert {fax.duties[Duty.MARK] for fax in hour.ledger.faxes.values()} == {DutyState.DONE}


def test_a_mark_that_nobody_owed_before_is_given_up_too_when_it_is_always_refused(hour: Hour) -> None:
    hour.ledger.settle(report(outbound(1)))
    stored(hour, 2, owes=STORE)
    hour.provider.offered[SENT] = [polled(1)]
    hour.provider.offered[INBOUND] = [replace(arrived(2), owes=STORE_AND_MARK)]
    for fax_id in (outbound(1), inbound(2)):
        hour.provider.mark_faults[fax_id] = ProviderRefused("ModifySendFax", "12")
    tries = 0
    for _ in range(24):
        tries += len([step for step in hour.run() if step.startswith("mark")])
        hour.clock.advance(hours=1)

    assert tries == 8 + 8
    assert {fax.duties[Duty.MARK] for fax in hour.ledger.faxes.values()} == {DutyState.GIVEN_UP}


def test_what_was_settled_before_another_system_kept_the_marks_is_left_to_it(hour: Hour) -> None:
    hour.ledger.settle(report(outbound(1), owes=MARK))
    stored(hour, 2, owes=STORE_AND_MARK)
    hour.provider.offered[SENT] = [replace(polled(1), owes=frozenset())]
    hour.provider.offered[INBOUND] = [replace(arrived(2), owes=STORE)]
    hour.run()

    assert hour.marked() == set()


def test_a_mark_that_was_taken_off_again_is_set_again(hour: Hour) -> None:
    hour.ledger.settle(report(outbound(1), owes=MARK))
    stored(hour, 2, owes=STORE_AND_MARK)
    for fax_id in (outbound(1), inbound(2)):
        hour.ledger.mark_done(fax_id)
    hour.provider.offered[SENT] = [polled(1)]
    hour.provider.offered[INBOUND] = [replace(arrived(2), owes=STORE_AND_MARK)]
    hour.run()

    assert hour.marked() == {"1", "2"}


def test_an_inbound_fax_without_a_page_is_marked_at_once(hour: Hour) -> None:
    hour.provider.offered[INBOUND] = [replace(arrived(1), status=Status.RECEIVED_PARTIAL, owes=MARK)]
    hour.run()
    assert hour.marked() == {"1"}


def test_an_inbound_fax_whose_document_is_awaited_is_not_marked_by_who_says_it_has_none(hour: Hour) -> None:
    partial = replace(arrived(1), status=Status.RECEIVED_PARTIAL)
    hour.ledger.settle(replace(partial, source=Source.CALLBACK, owes=STORE_AND_MARK))
    hour.provider.offered[INBOUND] = [replace(partial, owes=MARK)]
    hour.run()
    assert hour.marked() == set()


def test_where_another_system_keeps_the_marks_none_is_set(hour: Hour) -> None:
    hour.provider.offered[SENT] = [replace(polled(1), owes=frozenset())]
    hour.run()

    assert hour.settled() == {"1"}
    assert hour.marked() == set()


def test_a_word_that_is_not_final_is_noted_once_and_not_marked(hour: Hour) -> None:
    hour.provider.offered[ANY_STATUS] = [polled(1, None)]
    hour.run()
    hour.clock.advance(days=1)
    hour.run()

    assert hour.count["UnderWay"] == 1
    assert hour.settled() == hour.marked() == set()


def test_nothing_is_marked_while_the_ledger_cannot_settle_it(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1), polled(2), polled(3)]
    hour.ledger.unwritable = {outbound(3)}

    with pytest.raises(LedgerUnavailable):
        hour.run()
    assert hour.marked() == set()

    hour.ledger.unwritable = set()
    hour.run()
    assert hour.marked() == {"1", "2", "3"}


def test_a_row_that_nobody_can_read_does_not_stop_the_others(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1), unreadable(), polled(2)]
    hour.run()

    assert hour.marked() == {"1", "2"}
    assert len(hour.unreadables.kept) == 1


@pytest.mark.parametrize(
    "fault", [ProviderAnswerUnreadable("not the protocol"), ProviderRefused("QuerySendFax", "12")]
)
def test_a_query_that_breaks_off_does_not_stop_the_others(hour: Hour, fault: ProviderRefused) -> None:
    hour.provider.offered[FAILED] = [polled(number, Status.FAILED) for number in range(1, 4)]
    hour.provider.offered[SENT] = [polled(7)]
    hour.provider.page_faults[FAILED, 2] = fault
    hour.run()

    assert hour.marked() == {"1", "2", "7"}
    assert hour.count["PollFailed"] == 1


def test_a_provider_that_stops_answering_is_left_alone_after_what_was_read_is_marked(hour: Hour) -> None:
    hour.provider.offered[FAILED] = [polled(number, Status.FAILED) for number in range(1, 4)]
    hour.provider.page_faults[FAILED, 2] = ProviderUnavailable("no answer")

    assert hour.run()[-3:] == ["mark 1", "mark 2", "logout"]
    assert hour.count["PollFailed"] == 1


def test_a_refused_login_stops_at_once(hour: Hour) -> None:
    hour.provider.login_fault = LoginRefused("Login", "7")

    assert hour.run() == ["login"]
    assert hour.count["LoginRefused"] == 1


@pytest.mark.parametrize("place", ["query", "mark"])
def test_a_login_refused_midway_stops_at_once(hour: Hour, place: str) -> None:
    hour.provider.offered[FAILED] = [polled(number, Status.FAILED) for number in range(1, 4)]
    refused = LoginRefused("QuerySendFax", "7")
    if place == "query":
        hour.provider.page_faults[FAILED, 2] = refused
    else:
        hour.provider.mark_faults[outbound(1)] = refused

    assert hour.run()[-2:] == [{"query": "page 2 of failed", "mark": "mark 1"}[place], "logout"]
    assert hour.count["LoginRefused"] == 1
    assert hour.count["PollFailed"] == hour.count["MarkFailed"] == 0


def test_a_mark_that_fails_does_not_hold_the_others(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 6)]
    for number in (1, 2, 4, 5):
        hour.provider.mark_faults[outbound(number)] = ProviderRefused("ModifySendFax", "12")
    journal = hour.run()

    assert hour.marked() == {"3"}
    assert journal[-3:] == ["page 1 of inbound", "page 1 of any-status", "logout"]


def test_three_marks_that_fail_in_a_row_end_the_run(hour: Hour) -> None:
    hour.provider.offered[FAILED] = [polled(number, Status.FAILED) for number in range(1, 6)]
    for number in (2, 3, 4):
        hour.provider.mark_faults[outbound(number)] = ProviderUnavailable("no answer")

    assert hour.run()[-5:] == ["mark 1", "mark 2", "mark 3", "mark 4", "logout"]
    assert hour.marked() == {"1"}


def test_while_another_run_is_under_way_nothing_is_asked(hour: Hour) -> None:
    during: list[list[str]] = []
    hour.provider.offered[SENT] = [polled(1)]

    def overlap(_: FaxId) -> None:
        journal = list(hour.provider.journal)
        during.append(hour.run())
        hour.provider.journal[:] = journal

    hour.provider.before_mark = overlap
    hour.run()

    assert during == [[]]
    assert hour.marked() == {"1"}


@pytest.mark.parametrize("error", [LedgerUnavailable("down"), ProviderUnavailable("down"), RuntimeError()])
def test_the_lease_is_given_back_whatever_happens(hour: Hour, error: Exception) -> None:
    def fail(_: FaxId) -> None:
        raise error

    hour.provider.offered[SENT] = [polled(1)]
    hour.provider.before_mark = fail
    if isinstance(error, ProviderUnavailable):
        hour.run()
    else:
        with pytest.raises(type(error)):
            hour.run()

    assert "softlinx-query" not in hour.claims.held


def test_a_run_that_died_holds_the_others_up_only_while_it_could_have_run(hour: Hour) -> None:
    hour.claims.claim("softlinx-query", now=hour.clock.now(), until=hour.clock.now() + timedelta(minutes=16))

    assert hour.run() == []
    hour.clock.advance(hours=1)
    assert hour.run() != []


def test_a_lease_lasts_longer_than_its_run(hour: Hour) -> None:
    ends: list[timedelta] = []
    hour.provider.offered[SENT] = [polled(1)]
    hour.provider.before_mark = lambda _: ends.append(
        hour.claims.held["softlinx-query"].next_at - hour.clock.now()
    )
    hour.run()

    assert ends[0] > QUARTER_HOUR


def test_a_backlog_is_worked_off_in_several_runs_each_ended_in_time(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 61)]
    hour.provider.page_seconds = 20
    hour.provider.mark_seconds = 12
    runs = 0
    while len(hour.provider.marked) < 60:
        before, start = len(hour.provider.marked), hour.clock.now()
        hour.run()
        runs += 1
        assert hour.clock.now() - start < QUARTER_HOUR - timedelta(seconds=30)
        assert len(hour.provider.marked) > before
        hour.clock.advance(hours=1)

    assert 1 < runs < 10
    assert hour.settled() >= hour.marked()


def test_where_nothing_is_marked_a_run_goes_on_where_the_last_stopped_and_begins_anew_at_the_end(
    hour: Hour,
) -> None:
    hour.provider.has_positions = True
    hour.provider.offered[SENT] = [replace(polled(number), owes=frozenset()) for number in range(1, 121)]
    hour.provider.page_seconds = 20
    settled = []
    for _ in range(3):
        hour.run()
        settled.append(len(hour.settled()))
        hour.clock.advance(hours=1)

    assert settled[0] < settled[1] < settled[2] == 120
    assert hour.cursors.positions == {}
    hour.ledger.faxes.clear()
    hour.run()
    assert "1" in hour.settled()


def test_a_query_was_whole_where_one_run_has_read_all_of_it_and_counts_from_when_that_began(
    hour: Hour,
) -> None:
    hour.provider.has_positions = True
    hour.provider.offered[SENT] = [replace(polled(number), owes=frozenset()) for number in range(1, 121)]
    hour.provider.page_seconds = 20
    while "query sent" not in hour.heard.of("softlinx"):
        hour.run()
    # What came to its end in the pages of a run before would have been missed.
    assert "whole sent" not in hour.heard.of("softlinx")

    hour.provider.page_seconds = 1
    begun_at = hour.clock.now() + timedelta(seconds=1)
    hour.run()
    heard = hour.heard.of("softlinx")
    assert (heard["whole sent"], heard["query sent"]) == (begun_at, begun_at + timedelta(seconds=60))


def test_a_query_with_a_fax_that_could_not_be_recorded_was_not_whole(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1), polled(2)]
    hour.ledger.refused.add(outbound(2))
    hour.run()
    assert {"query sent"} == {what for what in hour.heard.of("softlinx") if what.endswith(" sent")}


def test_where_marks_are_set_no_position_is_kept(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 61)]
    hour.provider.page_seconds = 20
    hour.run()

    assert len(hour.settled()) < 60
    assert hour.cursors.positions == {}


def test_a_query_that_is_not_begun_in_time_is_left_to_the_next_run(hour: Hour) -> None:
    hour.provider.page_seconds = 60

    journal = hour.run(timedelta(seconds=75 + 90))

    assert journal == ["login", "page 1 of failed", "page 1 of sent", "logout"]
    assert "softlinx-any-status" not in hour.claims.held


def test_a_run_without_time_asks_nothing(hour: Hour) -> None:
    assert hour.run(timedelta(seconds=60)) == ["login", "logout"]


def test_several_are_marked_at_once_and_never_more_than_there_are_lanes() -> None:
    hour = Hour(lanes=4)
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 101)]
    lock = threading.Lock()
    all_four = threading.Barrier(4)
    under_way: list[int] = [0, 0]

    def meet(_: FaxId) -> None:
        with lock:
            under_way[0] += 1
            under_way[1] = max(under_way)
        all_four.wait(timeout=PATIENCE_SECONDS)
        with lock:
            under_way[0] -= 1

    hour.provider.before_mark = meet
    hour.run()

    assert under_way[1] == 4
    assert hour.settled() == hour.marked() == {str(number) for number in range(1, 101)}


@pytest.mark.parametrize(
    ("fault", "counted"),
    [(LoginRefused("ModifySendFax", "7"), "LoginRefused"), (ProviderUnavailable("no answer"), "PollFailed")],
)
def test_trouble_in_one_lane_stops_them_all(fault: LoginRefused | ProviderUnavailable, counted: str) -> None:
    hour = Hour(lanes=4)
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 101)]
    for number in range(20, 101):
        hour.provider.mark_faults[outbound(number)] = fault
    journal = hour.run()

    assert journal[-1] == "logout"
    # Three in a row, the four under way then, and up to four that failed beside the last that went through.
    assert len([step for step in journal if step.startswith("mark")]) <= 19 + 3 + 4 + 4
    assert hour.marked() == {str(number) for number in range(1, 20)}
    assert hour.count[counted] == 1


def test_a_ledger_that_fails_in_one_lane_ends_the_run() -> None:
    hour = Hour(lanes=4)
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 11)]
    hour.ledger.unwritable = {outbound(2)}

    with pytest.raises(LedgerUnavailable):
        hour.run()

    assert hour.marked() == set()
    assert hour.provider.journal[-1] == "logout"


def test_two_statements_about_one_fax_stay_in_their_order() -> None:
    hour = Hour(lanes=4)
    hour.provider.offered[SENT] = [
        statement
        for number in range(1, 21)
        for statement in (
            polled(number),
            report(outbound(number), Status.FAILED, source=Source.POLL, owes=MARK),
        )
    ]
    hour.run()

    assert {fax.first_status for fax in hour.ledger.faxes.values()} == {Status.SENT}
    assert hour.count["Conflict"] == 20


def test_what_could_not_be_marked_before_does_not_stand_before_what_is_new(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(number) for number in range(1, 6)]
    for number in range(1, 6):
        hour.provider.mark_faults[outbound(number)] = ProviderUnavailable("about this fax, every time")
    hour.run()
    hour.provider.offered[SENT].append(polled(6))
    hour.run()

    assert hour.marked() == {"6"}


def test_a_mark_that_is_always_refused_is_given_up_and_costs_the_runs_after_that_nothing(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1), polled(2)]
    hour.provider.mark_faults[outbound(1)] = ProviderRefused("ModifySendFax", "12")
    tries = 0
    for _ in range(24):
        tries += hour.run().count("mark 1")
        hour.clock.advance(hours=1)

    assert tries == 8
    assert hour.marked() == {"2"}
    assert hour.ledger.faxes[outbound(1)].duties[Duty.MARK] is DutyState.GIVEN_UP
    assert (hour.count["MarkGivenUp"], hour.count["MarkFailed"]) == (1, 7)


def test_silence_is_no_refusal_and_gives_nothing_up(hour: Hour) -> None:
    hour.provider.offered[SENT] = [polled(1)]
    hour.provider.mark_faults[outbound(1)] = ProviderUnavailable("no answer")
    for _ in range(24):
        hour.run()
        hour.clock.advance(hours=1)
    hour.provider.mark_faults.clear()
    hour.run()

    assert hour.marked() == {"1"}


def test_a_thousand_given_up_faxes_stand_in_nobody_s_way(hour: Hour) -> None:
    given_up = [polled(number) for number in range(1, 1001)]
    for said in given_up:
        hour.ledger.settle(said)
        hour.ledger.mark_refused(said.fax, most=1)
    hour.provider.offered[SENT] = [*given_up, polled(1001)]

    assert [step for step in hour.run() if step.startswith("mark")] == ["mark 1001"]


def test_patience_ends_while_there_is_time_to_mark_what_was_read(hour: Hour) -> None:
    hour.run(timedelta(seconds=75 + 100))

    assert hour.provider.patience == [pytest.approx(60)]


def test_a_fax_that_is_under_way_again_is_not_marked_for_its_last_attempt(hour: Hour) -> None:
    again = InMemoryResends(hour.ledger, hour.clock)
    hour.ledger.settle(report(outbound(1), Status.FAILED, completed_at=NOON - QUARTER_HOUR, owes=MARK))
    again.begin(outbound(1), "an order")
    before = replace(polled(1, Status.FAILED), completed_at=NOON - QUARTER_HOUR)
    hour.provider.offered[FAILED] = [before]
    hour.run()
    assert hour.marked() == set()

    hour.provider.offered[FAILED] = [replace(before, completed_at=NOON + QUARTER_HOUR)]
    hour.run()
    assert hour.marked() == {"1"}
    assert hour.settled() == {"1", "1~2"}


@pytest.mark.parametrize("resent_as", [None, outbound("1~2")])
def test_a_fax_that_owes_no_mark_owes_it_while_nothing_is_heard_of_its_resend(
    hour: Hour, resent_as: FaxId | None
) -> None:
    again = InMemoryResends(hour.ledger, hour.clock)
    # When it failed, no marks were wanted.
    hour.ledger.settle(replace(failed(1, minutes=-15), owes=frozenset()))
    again.begin(outbound(1), "an order")
    if resent_as is not None:
        again.went_on(outbound(1), "an order", resent_as)
    hour.provider.offered[FAILED] = [failed(1, minutes=-15)]
    hour.run()

    assert hour.marked() == set()
    assert hour.ledger.faxes[outbound(1)].duties == ({} if resent_as else {Duty.MARK: DutyState.PENDING})


def test_a_fax_is_marked_when_its_resend_was_settled_without_a_mark_owed(hour: Hour) -> None:
    again = InMemoryResends(hour.ledger, hour.clock)
    # Neither of the two owes a mark: when they were settled, none was wanted. The second ended right after it
    # began, so that by its time alone an offer of it could be one of the first.
    hour.ledger.settle(replace(failed(1, minutes=0), owes=frozenset()))
    again.begin(outbound(1), "an order")
    again.went_on(outbound(1), "an order", outbound("1~2"))
    hour.ledger.settle(
        replace(failed(1, minutes=0), fax=outbound("1~2"), status=Status.SENT, owes=frozenset())
    )
    hour.provider.offered[SENT] = [replace(failed(1, minutes=0), status=Status.SENT)]
    hour.run()

    assert hour.marked() == {"1"}


def failed(number: int, *, minutes: int) -> Report:
    return replace(polled(number, Status.FAILED), completed_at=NOON + timedelta(minutes=minutes))


def test_a_fax_that_is_resent_between_its_page_and_its_mark_is_not_marked(hour: Hour) -> None:
    again = InMemoryResends(hour.ledger, hour.clock)
    hour.provider.offered[FAILED] = [failed(1, minutes=-5), failed(2, minutes=-4)]

    def resend(_: FaxId) -> None:
        again.begin(outbound(2), "an order")

    hour.provider.before_mark = resend
    hour.run()
    assert hour.marked() == {"1"}
    assert ("info", "left unmarked", {"fax_id": str(outbound(2))}) in hour.log.lines

    hour.provider.offered[FAILED] = [failed(2, minutes=5)]
    hour.run()
    assert hour.marked() == {"1", "2"}
    assert hour.ledger.faxes[outbound("2~2")].duties == {Duty.MARK: DutyState.DONE}


def test_neither_of_two_attempts_that_failed_is_marked_while_a_third_is_under_way(hour: Hour) -> None:
    again = InMemoryResends(hour.ledger, hour.clock)
    for attempt, fax_id in enumerate((outbound(1), outbound("1~2"))):
        hour.ledger.settle(replace(failed(1, minutes=attempt), fax=fax_id))
        again.begin(fax_id, f"order {attempt}")
        again.went_on(fax_id, f"order {attempt}", next_attempt(fax_id))
        hour.clock.advance(minutes=1)
    hour.provider.offered[FAILED] = [failed(1, minutes=1)]
    hour.run()
    assert hour.marked() == set()

    hour.provider.offered[FAILED] = [failed(1, minutes=30)]
    hour.run()
    assert hour.settled() == {"1", "1~2", "1~3"}
    assert hour.marked() == {"1"}
    assert hour.ledger.faxes[outbound("1~3")].duties == {Duty.MARK: DutyState.DONE}


def test_a_later_attempt_whose_mark_was_given_up_is_left_to_a_person(hour: Hour) -> None:
    again = InMemoryResends(hour.ledger, hour.clock)
    hour.ledger.settle(failed(1, minutes=-5))
    again.begin(outbound(1), "an order")
    again.went_on(outbound(1), "an order", outbound("1~2"))
    hour.provider.offered[FAILED] = [failed(1, minutes=5)]
    hour.provider.mark_faults[outbound(1)] = ProviderRefused("ModifySendFax", "12")
    tries = 0
    for _ in range(24):
        tries += hour.run().count("mark 1")
        hour.clock.advance(hours=1)

    assert tries == 8
    assert hour.ledger.faxes[outbound("1~2")].duties == {Duty.MARK: DutyState.GIVEN_UP}
    assert hour.count["MarkGivenUp"] == 1


def test_what_was_marked_is_asked_for_again_from_a_position_on_and_then_no_more(hour: Hour) -> None:
    hour.provider.has_positions = True
    hour.provider.offered[AGAIN] = [polled(number) for number in range(1, 6)]
    hour.provider.marked = [outbound(number) for number in range(1, 6)]
    assert "page 1 of again" not in hour.run()
    assert hour.settled() == set()

    hour.cursors.advance("softlinx-again", "2".zfill(18))
    assert [step for step in hour.run() if "again" in step] == ["page 1 of again", "page 2 of again"]
    assert hour.settled() == {"3", "4", "5"}
    assert "page 1 of again" not in hour.run()


def test_asking_again_goes_on_where_the_time_was_up_and_marks_nothing(hour: Hour) -> None:
    hour.provider.has_positions = True
    hour.provider.offered[AGAIN] = [polled(number) for number in range(1, 6)]
    hour.provider.page_seconds = 150
    hour.cursors.advance("softlinx-again", "0")
    steps = hour.run()
    assert [step for step in steps if "again" in step] == ["page 1 of again", "page 2 of again"]
    assert hour.settled() == {"1", "2", "3", "4"}
    hour.clock.advance(hours=1)
    steps += hour.run()
    assert hour.settled() == {"1", "2", "3", "4", "5"}
    assert not [step for step in steps if step.startswith("mark")]
