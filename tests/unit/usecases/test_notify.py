"""One errand at a time: what is asked of whom, and how long is waited."""

from datetime import timedelta

import pytest

from faxledger.domain.report import DutyState
from faxledger.domain.tellings import DEFAULT_ROUTE, Channel, Route, Telling
from faxledger.errors import (
    AddressRefused,
    FaxledgerError,
    LedgerUnavailable,
    SecretUnavailable,
    TargetGone,
    TellingFailed,
)
from faxledger.usecases.notify import MOST_ATTEMPTS, WAITS, RunErrand, SendForDue
from faxledger.usecases.ports.telling import Errand
from tests.fakes.clock import StoppedClock
from tests.fakes.events import HOOK, OTHER_HOOK, sent_event, telling_of
from tests.fakes.faxes import outbound
from tests.fakes.observe import Counts, LogLines
from tests.fakes.tellings import InMemoryErrands, InMemoryRoutes, InMemoryTellings, Receiver


class Office:
    """One telling is planned; `jitter` is what chance gives."""

    def __init__(self, *planned: Exception | None, jitter: float = 0.0, takes: float = 0.0) -> None:
        self.clock = StoppedClock()
        self.tellings = InMemoryTellings(self.clock)
        self.routes = InMemoryRoutes()
        self.queue, self.dead_letters = InMemoryErrands(), InMemoryErrands()
        self.receiver = SlowReceiver(self.clock, takes, *planned)
        self.count, self.log = Counts(), LogLines()
        self.telling = telling_of(next_at=self.clock.now())
        self.tellings.plan(self.telling)
        self.run = RunErrand(
            {Channel.WEBHOOK: self.receiver},
            self.tellings,
            self.queue,
            self.dead_letters,
            routes=self.routes,
            clock=self.clock,
            jitter=lambda: jitter,
            count=self.count,
            log=self.log,
        )

    def errand(self) -> None:
        self.run(Errand(self.telling.key))

    @property
    def kept(self) -> Telling:
        (telling,) = self.tellings.of_fax(outbound())
        return telling


class SlowReceiver(Receiver):
    def __init__(self, clock: StoppedClock, takes: float, *planned: Exception | None) -> None:
        super().__init__(*planned)
        self._clock = clock
        self._takes = takes

    def tell(self, telling: Telling) -> None:
        self._clock.advance(seconds=self._takes)
        super().tell(telling)


def test_what_is_taken_is_done_and_never_told_again() -> None:
    office = Office()
    office.errand()
    office.clock.advance(hours=100)
    office.errand()
    assert len(office.receiver.heard) == 1
    assert office.kept.state is DutyState.DONE
    assert office.count["Told"] == 1


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_the_waits_grow_and_chance_adds_a_fifth_at_most(jitter: float) -> None:
    office = Office(*[TellingFailed("answered 500")] * MOST_ATTEMPTS, jitter=jitter)
    for wait in WAITS:
        office.errand()
        assert office.kept.next_at - office.clock.now() == wait * (1 + 0.2 * jitter)
        office.clock.advance(seconds=(office.kept.next_at - office.clock.now()).total_seconds())
    office.errand()
    assert office.kept.state is DutyState.GIVEN_UP
    assert office.dead_letters.sent == [(Errand(office.telling.key, after_round=1), timedelta(0))]


def test_only_waits_of_15_minutes_at_most_are_in_the_queue() -> None:
    office = Office(*[TellingFailed("answered 500")] * MOST_ATTEMPTS)
    for _ in WAITS:
        office.errand()
        office.clock.advance(hours=12)
    delays = [delay for _, delay in office.queue.sent]
    assert delays == [timedelta(seconds=6), timedelta(seconds=301)]


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(0, 5), (4, 5), (60, 60), (897, 897), (3600, 3600), (86_400, 86_400), (10**9, 86_400)],
)
def test_a_receiver_gets_the_patience_it_asks_for_up_to_a_day(asked: float, waited: float) -> None:
    office = Office(TellingFailed("answered 429", retry_after_seconds=asked))
    office.errand()
    assert (office.kept.next_at - office.clock.now()).total_seconds() == waited
    assert bool(office.queue.sent) == (waited < 900)


@pytest.mark.parametrize("error", [AddressRefused("x"), SecretUnavailable("x"), TellingFailed("x")])
def test_whatever_goes_wrong_outside_is_tried_again(error: FaxledgerError) -> None:
    office = Office(error)
    office.errand()
    assert (office.kept.state, office.kept.problem) == (DutyState.PENDING, "x")


def test_when_the_table_is_lost_the_message_comes_again() -> None:
    office = Office(LedgerUnavailable("the table did not answer"))
    with pytest.raises(LedgerUnavailable):
        office.errand()


def test_who_is_gone_is_given_up_and_disabled_in_its_route() -> None:
    office = Office(TargetGone("answered 410"))
    office.routes.put(Route(DEFAULT_ROUTE, (HOOK, OTHER_HOOK)))
    office.errand()
    assert office.kept.state is DutyState.GIVEN_UP
    route = office.routes.find(DEFAULT_ROUTE)
    assert route is not None
    assert route.active == (OTHER_HOOK,)
    assert (office.count["RouteDisabled"], office.count["TellingGivenUp"]) == (1, 1)


def test_attempts_that_never_end_are_counted_and_end_in_the_dead_letters() -> None:
    office = Office()
    for _ in range(MOST_ATTEMPTS):
        now = office.clock.now()
        office.tellings.begin(office.telling.key, now=now, until=now + timedelta(minutes=2))
        office.clock.advance(minutes=2)
    office.errand()
    assert office.receiver.heard == []
    assert office.kept.state is DutyState.GIVEN_UP


def test_a_receiver_that_was_slow_to_fail_rests_three_times_as_long_and_is_not_charged_for_it() -> None:
    office = Office(TellingFailed("no answer in time"), takes=15)
    office.errand()
    office.queue.sent.clear()
    other = telling_of(sent_event(outbound(34)), next_at=office.clock.now())
    office.tellings.plan(other)
    office.run(Errand(other.key))
    assert len(office.receiver.heard) == 1
    assert office.queue.sent == [(Errand(other.key), timedelta(seconds=46))]
    (waiting,) = office.tellings.of_fax(outbound(34))
    assert waiting.attempts == 0
    office.clock.advance(seconds=45)
    office.run(Errand(other.key))
    assert len(office.receiver.heard) == 2


def test_others_are_told_while_one_rests() -> None:
    office = Office(TellingFailed("no answer in time"), takes=15)
    office.errand()
    other = telling_of(target=OTHER_HOOK, next_at=office.clock.now())
    office.tellings.plan(other)
    office.run(Errand(other.key))
    assert [telling.target for telling in office.receiver.heard] == [HOOK, OTHER_HOOK]


def test_a_receiver_that_fails_quickly_needs_no_rest() -> None:
    office = Office(TellingFailed("the connection failed"), takes=4.9)
    office.errand()
    office.clock.advance(seconds=5)
    office.errand()
    assert len(office.receiver.heard) == 2


def test_what_is_due_is_sent_for_once_in_ten_minutes() -> None:
    office = Office()
    look = SendForDue(office.tellings, office.queue, clock=office.clock, count=office.count, log=office.log)
    look()
    look()
    assert office.queue.sent == [(Errand(office.telling.key), timedelta(0))]
    office.clock.advance(minutes=10)
    look()
    assert len(office.queue.sent) == 2


def test_what_the_queue_does_not_take_is_sent_for_at_the_next_look() -> None:
    office = Office()
    look = SendForDue(office.tellings, office.queue, clock=office.clock, count=office.count, log=office.log)
    office.queue.is_closed = True
    look()
    office.queue.is_closed = False
    look()
    assert len(office.queue.sent) == 1
