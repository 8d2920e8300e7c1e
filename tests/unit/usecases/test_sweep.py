"""What is forgotten is found, sent round again, and counted; what was given up is left alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from faxledger.domain.report import LATE_AFTER, DocumentType, Duty, StoredDocument
from faxledger.errors import LedgerUnavailable
from faxledger.usecases.ports.ledger import UnfinishedFax
from faxledger.usecases.sweep import (
    AnnounceAgain,
    CountUndelivered,
    SendRound,
    Sweep,
)
from tests.fakes.clock import StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries
from tests.fakes.documents import InMemoryFaxQueue
from tests.fakes.due import InMemoryDue
from tests.fakes.events import delivery_of
from tests.fakes.faxes import MARK, STORE, STORE_AND_MARK, inbound, outbound, report
from tests.fakes.ledger import InMemoryFaxLedger
from tests.fakes.observe import Counts, LogLines
from tests.fakes.sending import InMemoryOrders, InMemoryResends
from tests.support.patience import PATIENCE_SECONDS
from tests.support.template import raw_template

AT_GREENFAX = FaxId(Provider.GREENFAX, Direction.INBOUND, "12345", "7")
DOCUMENT = StoredDocument("1.pdf", DocumentType.PDF, 5, "ab" * 32)


class Desk:
    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.ledger = InMemoryFaxLedger(self.clock)
        self.marks, self.retrievals, self.downloads = (InMemoryFaxQueue() for _ in range(3))
        self.orders = InMemoryOrders(self.clock)
        self.due = InMemoryDue(self.ledger, self.orders, self.clock)
        self.batches = Batches()
        self.announced: list[Mapping[str, Any]] = []
        self.unannounced: list[Any] = []
        self.count, self.log = Counts(), LogLines()

    @property
    def later(self) -> datetime:
        return self.clock.now() + timedelta(minutes=5)

    def send_round(self, unfinished: InMemoryDue | None = None, *, lanes: int = 1) -> None:
        SendRound(
            unfinished or self.due,
            self.ledger,
            {
                (Provider.SOFTLINX, Duty.MARK): self.marks,
                (Provider.SOFTLINX, Duty.STORE): self.retrievals,
                (Provider.GREENFAX, Duty.STORE): self.downloads,
            },
            clock=self.clock,
            count=self.count,
            log=self.log,
            lanes=lanes,
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

    def _announce(self, event: Mapping[str, Any], /) -> list[Any]:
        self.announced.append(event)
        return self.unannounced


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

    def keep(self, name: str, records: Sequence[Mapping[str, Any]]) -> None:
        self.left[name] = {"Records": list(records)}


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
    desk.ledger.store_given_up(desk.ledger.faxes[inbound(2)])
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
    behind = list(desk.due.all())
    desk.ledger.mark_done(outbound(0))
    desk.ledger.mark_refused(outbound(1), most=1)

    class Behind(InMemoryDue):
        def all(self) -> Iterator[UnfinishedFax]:
            yield from behind

    desk.send_round(Behind(desk.ledger, desk.orders, desk.clock))
    assert desk.marks.sent == [outbound(2)]


def test_what_a_further_source_makes_due_while_the_sweep_reads_is_sent_for_by_the_next(desk: Desk) -> None:
    desk.ledger.settle(report(inbound(2), Status.RECEIVED, owes=STORE_AND_MARK))
    desk.ledger.store_given_up(desk.ledger.faxes[inbound(2)])
    desk.clock.advance(hours=5)

    class Meanwhile(InMemoryDue):
        def all(self) -> Iterator[UnfinishedFax]:
            yield from list(super().all())
            desk.clock.advance(seconds=1)
            desk.ledger.settle(report(inbound(2), Status.RECEIVED, source=Source.POLL))

    desk.send_round(Meanwhile(desk.ledger, desk.orders, desk.clock))
    assert desk.retrievals.sent == []
    desk.send_round()
    assert desk.retrievals.sent == [inbound(2)]


def test_a_resend_of_which_nothing_is_heard_keeps_its_fax_from_being_marked_for_a_day(desk: Desk) -> None:
    desk.ledger.settle(report(outbound(1), Status.FAILED, owes=MARK))
    desk.clock.advance(hours=1)
    assert InMemoryResends(desk.ledger, desk.clock).begin(outbound(1), "order")
    sent_after = None
    for hour in range(1, 36):
        desk.clock.advance(hours=1)
        desk.send_round()
        if desk.marks.sent and sent_after is None:
            sent_after = hour
        assert desk.debt("mark") == (sent_after is not None)
    # Found at 24, sent for by the run after that, and once more when its tries are over.
    assert sent_after == 25


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


def test_several_batches_are_sent_for_at_once_and_counted_together(desk: Desk) -> None:
    for number in range(40):
        desk.ledger.settle(report(outbound(number), owes=MARK))
    desk.clock.advance(hours=3)
    barrier = Barrier(4)

    class Waiting(InMemoryFaxQueue):
        def send(self, fax_ids: Any) -> frozenset[FaxId]:
            barrier.wait(timeout=PATIENCE_SECONDS)
            return super().send(fax_ids)

    desk.marks = Waiting()
    desk.marks.refused = {outbound(7)}
    desk.send_round(lanes=4)

    assert len(desk.marks.sent) == len(set(desk.marks.sent)) == 39
    assert [value for (name, _), value in desk.count.values if name == "SentForAgain"] == [39]


def test_a_fault_in_one_batch_ends_the_run_and_what_was_sent_is_counted(desk: Desk) -> None:
    for number in range(30):
        desk.ledger.settle(report(outbound(number), owes=MARK))
    desk.clock.advance(hours=3)

    class Broken(InMemoryFaxQueue):
        def send(self, fax_ids: Any) -> frozenset[FaxId]:
            if self.sent:
                raise LedgerUnavailable("the table is away")
            return super().send(fax_ids)

    desk.marks = Broken()
    with pytest.raises(LedgerUnavailable):
        desk.send_round()
    assert [value for (name, _), value in desk.count.values if name == "SentForAgain"] == [10]


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
    SendRound(desk.due, desk.ledger, {}, clock=desk.clock, count=desk.count, log=desk.log)(desk.later)
    assert desk.debt("mark") == 0


# --- announcements --------------------------------------------------------------------------------------


def test_what_was_never_announced_is_announced_again_and_then_removed(desk: Desk) -> None:
    desk.batches.left = {"a": {"Records": [1]}}
    desk.unannounced = [1]
    desk.announce_again()
    assert (list(desk.batches.left), desk.debt("announce")) == (["a"], 1)
    desk.unannounced = []
    desk.announce_again()
    assert (list(desk.batches.left), desk.debt("announce")) == ([], 0)
    assert desk.announced == [{"Records": [1]}] * 2


def test_what_was_announced_of_a_batch_is_not_announced_with_the_rest_of_it(desk: Desk) -> None:
    desk.batches.left = {"a": {"Records": [1, 2, 3]}}
    desk.unannounced = [2]
    desk.announce_again()
    assert (desk.batches.left, desk.debt("announce")) == ({"a": {"Records": [2]}}, 1)


def test_a_batch_that_cant_be_read_stays_for_a_person_and_holds_no_other(desk: Desk) -> None:
    desk.batches.left = {"a": None, "b": {"Records": []}}
    desk.announce_again()
    assert (list(desk.batches.left), desk.debt("announce")) == (["a"], 1)


def test_whatever_a_batch_makes_of_its_reader_the_others_go_on(desk: Desk) -> None:
    desk.batches.left = {"a": {"Records": [1]}, "b": {"Records": [2]}}

    def announce(event: Mapping[str, Any], /) -> list[Any]:
        if event["Records"] == [1]:
            raise AttributeError("a record that is a number")
        return []

    AnnounceAgain(desk.batches, announce, clock=desk.clock, count=desk.count, log=desk.log)(desk.later)
    assert (list(desk.batches.left), desk.debt("announce")) == (["a"], 1)


def test_what_there_is_no_time_for_is_counted_and_not_read(desk: Desk) -> None:
    desk.batches.left = {name: {"Records": []} for name in "abc"}

    def announce(_: Mapping[str, Any], /) -> list[Any]:
        desk.clock.advance(minutes=3)
        return []

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
