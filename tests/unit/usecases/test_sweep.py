"""What is forgotten is found, sent round again, and counted; what was given up is left alone."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from faxledger.domain.events import EventType
from faxledger.domain.fax import Direction, FaxId, Provider, Status
from faxledger.domain.report import DocumentType, Duty, StoredDocument
from faxledger.domain.submission import HandedOver
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.ports.ledger import UnfinishedFax
from faxledger.usecases.sweep import (
    LATE_AFTER,
    AnnounceAgain,
    CountUndelivered,
    SendRound,
    Sweep,
    TellOverdue,
)
from tests.fakes.bus import InMemoryBus
from tests.fakes.claims import InMemoryCursors
from tests.fakes.clock import StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries
from tests.fakes.documents import InMemoryFaxQueue
from tests.fakes.events import delivery_of
from tests.fakes.faxes import MARK, STORE, STORE_AND_MARK, inbound, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger, InMemoryFaxListing, InMemoryUnfinished
from tests.fakes.observe import Counts, LogLines
from tests.support.template import raw_template

AT_GREENFAX = FaxId(Provider.GREENFAX, Direction.INBOUND, "12345", "7")
DOCUMENT = StoredDocument("1.pdf", DocumentType.PDF, 5, "ab" * 32)


class Desk:
    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.marks, self.retrievals, self.downloads = (InMemoryFaxQueue() for _ in range(3))
        self.bus, self.cursors = InMemoryBus(), InMemoryCursors()
        self.batches = Batches()
        self.announced: list[Mapping[str, Any]] = []
        self.unannounced: list[object] = []
        self.count, self.log = Counts(), LogLines()

    @property
    def later(self) -> datetime:
        return self.clock.now() + timedelta(minutes=5)

    def send_round(self, unfinished: InMemoryUnfinished | None = None) -> None:
        SendRound(
            unfinished or InMemoryUnfinished(self.ledger),
            self.ledger,
            {
                (Provider.SOFTLINX, Duty.MARK): self.marks,
                (Provider.SOFTLINX, Duty.STORE): self.retrievals,
                (Provider.GREENFAX, Duty.STORE): self.downloads,
            },
            clock=self.clock,
            count=self.count,
            log=self.log,
        )(self.later)

    def debt(self, what: str) -> int:
        """As the last run counted it."""
        return [
            value for (name, labels), value in self.count.values if (name, labels) == ("Debt", {"duty": what})
        ][-1]

    def given_up(self, what: str) -> int:
        return [
            value
            for (name, labels), value in self.count.values
            if (name, labels) == ("GivenUp", {"duty": what})
        ][-1]

    def announce_again(self) -> None:
        AnnounceAgain(self.batches, self._announce, clock=self.clock, count=self.count, log=self.log)(
            self.later
        )

    def _announce(self, event: Mapping[str, Any], /) -> Mapping[str, list[object]]:
        self.announced.append(event)
        return {"batchItemFailures": self.unannounced}

    def tell_overdue(self) -> list[FaxId]:
        """The faxes that the bus was told of in this run."""
        self.bus.taken.clear()
        TellOverdue(
            InMemoryFaxListing(self.ledger),
            self.ledger,
            self.cursors,
            self.bus,
            overdue_after=timedelta(hours=24),
            clock=self.clock,
            count=self.count,
            log=self.log,
        )(self.later)
        assert {event.type for event in self.bus.taken} <= {EventType.FAX_OVERDUE}
        return [event.fax for event in self.bus.taken]

    def hand_over(self, fax: FaxId) -> None:
        self.ledger.open(HandedOver(fax, self.clock.now()))


class Batches:
    """Implements `FailedBatches`."""

    def __init__(self) -> None:
        self.left: dict[str, Mapping[str, Any] | None] = {}
        self.read_so_far: list[str] = []

    def names(self) -> Iterator[str]:
        yield from list(self.left)

    def read(self, name: str) -> Mapping[str, Any] | None:
        self.read_so_far.append(name)
        return self.left[name]

    def remove(self, name: str) -> None:
        del self.left[name]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- marks and documents ------------------------------------------------------------------------------


def test_each_fax_goes_to_the_queue_of_what_it_needs_next(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.ledger.settle(report(inbound(2), Status.RECEIVED, owes=STORE_AND_MARK))
    desk.ledger.settle(report(inbound(3), Status.RECEIVED, owes=STORE_AND_MARK))
    desk.ledger.store_done(desk.ledger.faxes[inbound(3)], DOCUMENT)
    desk.ledger.settle(report(AT_GREENFAX, Status.RECEIVED, owes=STORE))
    desk.ledger.settle(report(outbound(4)))
    desk.clock.advance(hours=4)

    desk.send_round()

    assert desk.marks.sent == [outbound(1), inbound(3)]
    assert (desk.retrievals.sent, desk.downloads.sent) == ([inbound(2)], [AT_GREENFAX])
    assert (desk.debt("mark"), desk.debt("store")) == (2, 2)


def test_nothing_is_sent_for_while_its_queue_may_still_try_it(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.ledger.settle(report(inbound(2), Status.RECEIVED, owes=STORE_AND_MARK))
    desk.clock.advance(minutes=155)
    desk.send_round()
    assert (desk.marks.sent, desk.debt("mark")) == ([], 0)
    desk.clock.advance(minutes=84)
    desk.send_round()
    assert (desk.marks.sent, desk.retrievals.sent, desk.debt("store")) == ([outbound(1)], [], 0)


@pytest.mark.parametrize(
    ("queue", "duty"), [("Mark", Duty.MARK), ("Retrieve", Duty.STORE), ("Download", Duty.STORE)]
)
def test_late_is_an_hour_after_all_tries_of_the_queue(queue: str, duty: Duty) -> None:
    properties = raw_template()["Resources"][f"{queue}Queue"]["Properties"]
    tries = properties["VisibilityTimeout"] * properties["RedrivePolicy"]["maxReceiveCount"]
    assert LATE_AFTER[duty] == timedelta(seconds=tries) + timedelta(hours=1)


def test_running_twice_sends_once_and_the_debt_stays(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.clock.advance(hours=3)
    desk.send_round()
    desk.send_round()
    assert desk.marks.sent == [outbound(1)]
    assert desk.debt("mark") == 1
    desk.clock.advance(hours=3)
    desk.send_round()
    assert desk.marks.sent == [outbound(1)] * 2


def test_what_is_done_is_never_sent_for(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.ledger.mark_done(outbound(1))
    desk.clock.advance(days=3)
    desk.send_round()
    assert desk.marks.sent == []


def test_what_was_given_up_is_never_sent_for_and_counted_every_hour(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.ledger.mark_refused(outbound(1), most=1)
    desk.ledger.settle(report(inbound(2), Status.RECEIVED, owes=STORE_AND_MARK))
    desk.ledger.store_given_up(inbound(2))
    for _ in range(48):
        desk.clock.advance(hours=1)
        desk.send_round()
        assert (desk.debt("mark"), desk.debt("store")) == (0, 0)
        assert (desk.given_up("mark"), desk.given_up("store")) == (1, 1)
    assert (desk.marks.sent, desk.retrievals.sent) == ([], [])
    assert desk.ledger.due_at[outbound(1)] > desk.clock.now() + timedelta(days=4)


def test_what_is_finished_or_given_up_while_the_index_is_behind_is_not_sent_for(desk: Desk) -> None:
    for number in range(3):
        desk.ledger.settle(report(outbound(number), owes=MARK))
    desk.clock.advance(hours=3)
    behind = list(InMemoryUnfinished(desk.ledger).all())
    desk.ledger.mark_done(outbound(0))
    desk.ledger.mark_refused(outbound(1), most=1)

    class Behind(InMemoryUnfinished):
        def all(self) -> Iterator[UnfinishedFax]:
            yield from behind

    desk.send_round(Behind(desk.ledger))
    assert desk.marks.sent == [outbound(2)]


def test_what_a_queue_does_not_take_is_due_at_once_again(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.clock.advance(hours=3)
    desk.marks.refused = {outbound(1)}
    desk.send_round()
    desk.marks.refused = set()
    desk.send_round()
    assert desk.marks.sent == [outbound(1)]


def test_a_run_stops_in_time_and_the_next_one_goes_on(desk: Desk) -> None:
    for number in range(25):
        desk.ledger.settle(report(outbound(number), owes=MARK))
    desk.clock.advance(hours=3)

    class Slow(InMemoryFaxQueue):
        def send(self, fax_ids: Any) -> frozenset[FaxId]:
            desk.clock.advance(minutes=3)
            return super().send(fax_ids)

    desk.marks = Slow()
    desk.send_round()
    assert len(desk.marks.sent) == 20
    desk.send_round()
    assert len(desk.marks.sent) == len(set(desk.marks.sent)) == 25


def test_a_few_that_never_succeed_keep_nobody_else_waiting(desk: Desk) -> None:
    """What was sent for comes behind everything that was not, however often it comes back."""
    for number in range(40):
        desk.ledger.settle(report(outbound(number), owes=MARK))

    class Slow(InMemoryFaxQueue):
        def send(self, fax_ids: Any) -> frozenset[FaxId]:
            desk.clock.advance(minutes=3)
            return super().send(fax_ids)

    desk.marks = Slow()
    desk.clock.advance(hours=3)
    for _ in range(2):
        desk.send_round()
        desk.clock.advance(hours=3)
    assert sorted(map(str, desk.marks.sent)) == sorted(str(outbound(number)) for number in range(40))


def test_where_there_is_no_queue_nothing_is_sent_or_owed(desk: Desk) -> None:
    """As where marks were switched off since."""
    desk.ledger.settle(report(outbound(1), owes=MARK))
    desk.clock.advance(hours=3)
    SendRound(
        InMemoryUnfinished(desk.ledger), desk.ledger, {}, clock=desk.clock, count=desk.count, log=desk.log
    )(desk.later)
    assert desk.debt("mark") == 0


# --- announcements --------------------------------------------------------------------------------------


def test_what_was_never_announced_is_announced_again_and_then_removed(desk: Desk) -> None:
    desk.batches.left = {"a": {"Records": [1]}}
    desk.unannounced = ["1"]
    desk.announce_again()
    assert (list(desk.batches.left), desk.debt("announce")) == (["a"], 1)
    desk.unannounced = []
    desk.announce_again()
    assert (list(desk.batches.left), desk.debt("announce")) == ([], 0)
    assert desk.announced == [{"Records": [1]}] * 2


def test_a_batch_that_cant_be_read_stays_for_a_person_and_holds_no_other(desk: Desk) -> None:
    desk.batches.left = {"a": None, "b": {"Records": []}}
    desk.announce_again()
    assert (list(desk.batches.left), desk.debt("announce")) == (["a"], 1)


def test_whatever_a_batch_makes_of_its_reader_the_others_go_on(desk: Desk) -> None:
    desk.batches.left = {"a": {"Records": [1]}, "b": {"Records": [2]}}

    def announce(event: Mapping[str, Any], /) -> Mapping[str, list[object]]:
        if event["Records"] == [1]:
            raise AttributeError("a record that is a number")
        return {"batchItemFailures": []}

    AnnounceAgain(desk.batches, announce, clock=desk.clock, count=desk.count, log=desk.log)(desk.later)
    assert (list(desk.batches.left), desk.debt("announce")) == (["a"], 1)


def test_what_there_is_no_time_for_is_counted_and_not_read(desk: Desk) -> None:
    desk.batches.left = {name: {"Records": []} for name in "abc"}

    def announce(_: Mapping[str, Any], /) -> Mapping[str, list[object]]:
        desk.clock.advance(minutes=3)
        return {"batchItemFailures": []}

    AnnounceAgain(desk.batches, announce, clock=desk.clock, count=desk.count, log=desk.log)(desk.later)
    assert (desk.batches.read_so_far, desk.debt("announce")) == (["a", "b"], 1)


# --- deliveries -------------------------------------------------------------------------------------------


def test_deliveries_that_nobody_has_looked_at_for_an_hour_are_debt(desk: Desk) -> None:
    deliveries = InMemoryDeliveries(desk.clock)
    deliveries.plan(delivery_of(next_at=desk.clock.now()))
    count_untold = CountUndelivered(deliveries, clock=desk.clock, count=desk.count)
    count_untold(desk.later)
    assert desk.debt("deliver") == 0
    desk.clock.advance(minutes=61)
    count_untold(desk.later)
    assert desk.debt("deliver") == 1


# --- faxes nobody has told of -----------------------------------------------------------------------------


def test_a_fax_nobody_has_told_of_is_announced_as_overdue_once(desk: Desk) -> None:
    desk.hand_over(outbound(1))
    desk.clock.advance(hours=23)
    assert desk.tell_overdue() == []
    desk.clock.advance(hours=1, minutes=1)
    assert desk.tell_overdue() == [outbound(1)]
    for _ in range(5):
        desk.clock.advance(hours=1)
        assert desk.tell_overdue() == []
    assert desk.count["Overdue"] == 1


def test_of_many_none_is_left_out_and_none_told_twice(desk: Desk) -> None:
    told = []
    for number in range(150):
        desk.hand_over(outbound(number))
        desk.clock.advance(minutes=7)
        told += desk.tell_overdue()
    desk.clock.advance(hours=30)
    told += desk.tell_overdue()
    assert sorted(told) == sorted(outbound(number) for number in range(150))


def test_a_run_that_is_cut_short_has_told_of_the_earliest_and_the_next_one_of_the_rest(desk: Desk) -> None:
    for number in range(12):
        desk.hand_over(outbound(number))
        desk.clock.advance(hours=12)
    desk.clock.advance(hours=12)

    class Slow(InMemoryBus):
        def publish(self, events: Any) -> frozenset[str]:
            desk.clock.advance(minutes=3)
            return super().publish(events)

    desk.bus = Slow()
    told = [desk.tell_overdue() for _ in range(7)]
    assert all(told[:3])
    in_turn = [int(fax.job_id) for run in told for fax in sorted(run, key=lambda fax: int(fax.job_id))]
    assert in_turn == list(range(12))


def test_what_has_ended_and_what_we_did_not_hand_over_is_not_overdue(desk: Desk) -> None:
    desk.hand_over(outbound(1))
    desk.ledger.settle(report(outbound(1)))
    desk.ledger.note(report(outbound(2), None))
    desk.clock.advance(hours=30)
    assert desk.tell_overdue() == []


def test_a_hint_that_the_provider_never_confirmed_is_counted_once(desk: Desk) -> None:
    desk.ledger.note(report(outbound(1)))
    desk.ledger.note(report(outbound(2), None))
    for _ in range(30):
        desk.clock.advance(hours=1)
        assert desk.tell_overdue() == []
    assert desk.count["Unconfirmed"] == 1


def test_what_the_bus_did_not_take_is_told_again_under_the_same_id(desk: Desk) -> None:
    desk.hand_over(outbound(1))
    desk.clock.advance(hours=25)
    assert desk.tell_overdue() == [outbound(1)]
    (event,) = desk.bus.taken
    desk.cursors.positions.clear()
    desk.bus.refused = {event.id}
    assert desk.tell_overdue() == []
    desk.bus.refused = set()
    desk.clock.advance(hours=1)
    assert desk.tell_overdue() == [outbound(1)]
    assert desk.bus.taken[0].id == event.id


# --- all of it ------------------------------------------------------------------------------------------


def test_a_step_that_fails_holds_no_other_and_is_heard_of(desk: Desk) -> None:
    done = []

    def failing(_: datetime) -> None:
        raise LedgerUnavailable("down")

    def working(_: datetime) -> None:
        done.append("worked")

    steps: list[Callable[[datetime], None]] = [failing, working, failing]
    with pytest.raises(LedgerUnavailable):
        Sweep(steps, clock=desk.clock, log=desk.log)(timedelta(minutes=5))
    assert done == ["worked"]
    assert [message for _, message, _ in desk.log.lines] == ["not swept"] * 2


def test_a_fault_of_our_own_in_a_step_holds_no_other_either(desk: Desk) -> None:
    done = []

    def failing(_: datetime) -> None:
        raise KeyError("canary")

    steps: list[Callable[[datetime], None]] = [failing, lambda _: done.append("worked")]
    with pytest.raises(KeyError):
        Sweep(steps, clock=desk.clock, log=desk.log)(timedelta(minutes=5))
    assert done == ["worked"]
    assert "canary" not in str(desk.log.lines)


def test_a_backlog_of_one_step_leaves_time_for_the_others(desk: Desk) -> None:
    began = desk.clock.now()
    given: list[timedelta] = []

    def until_its_end(deadline: datetime) -> None:
        given.append(deadline - desk.clock.now())
        desk.clock.advance(seconds=given[-1].total_seconds())

    Sweep([until_its_end] * 3, clock=desk.clock, log=desk.log)(timedelta(seconds=320))
    assert given == [timedelta(seconds=100)] * 3
    assert desk.clock.now() - began == timedelta(seconds=300)
