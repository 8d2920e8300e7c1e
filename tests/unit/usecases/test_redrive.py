"""Deliveries that were given up are due again: those that are asked for, one after the other, and once."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from faxledger.domain.deliveries import DEFAULT_ROUTE, Delivery, DeliveryKey, Route, RouteKey, Target
from faxledger.domain.fax import Provider
from faxledger.domain.report import DutyState
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.notifying import DeliveryFilter
from faxledger.usecases.redrive import PACE, RedriveDeliveries, RedrivenPage
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.deliveries import InMemoryDeliveries, InMemoryRoutes
from tests.fakes.events import HOOK, OTHER_HOOK, delivery_of, job_of, sent_event
from tests.fakes.faxes import outbound
from tests.fakes.observe import Counts, LogLines

GIVEN_UP = DeliveryFilter(DutyState.GIVEN_UP)
JO = RouteKey(Provider.SOFTLINX, "jo")


class Desk:
    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.deliveries, self.routes = InMemoryDeliveries(self.clock), InMemoryRoutes()
        self.count, self.log = Counts(), LogLines()
        self.routes.put(Route(DEFAULT_ROUTE, (HOOK, OTHER_HOOK)))
        self.redrive = RedriveDeliveries(
            self.deliveries,
            self.deliveries,
            self.routes,
            clock=self.clock,
            count=self.count,
            log=self.log,
        )

    def give_up(self, *jobs: int, target: Target = HOOK, route: RouteKey | None = DEFAULT_ROUTE) -> None:
        for job in jobs:
            now = self.clock.now()
            delivery = delivery_of(sent_event(outbound(job)), target, next_at=now, route=route)
            self.deliveries.plan(delivery)
            attempt = self.deliveries.begin(delivery.key, now=now, until=now)
            assert attempt is not None
            self.deliveries.give_up(attempt, "answered 503")

    def ask(self, which: DeliveryFilter = GIVEN_UP, *, is_dry_run: bool = False) -> list[RedrivenPage]:
        pages = [self.redrive(which, cursor=None, is_dry_run=is_dry_run)]
        while (cursor := pages[-1].cursor) is not None:
            pages.append(self.redrive(which, cursor=cursor, is_dry_run=is_dry_run))
        return pages

    def of_fax(self, job: int) -> Delivery:
        (delivery,) = self.deliveries.about(outbound(job))
        return delivery


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_matches_is_reopened_and_counted_and_nothing_else(desk: Desk) -> None:
    desk.give_up(1, 2)
    desk.give_up(3, target=OTHER_HOOK)
    (page,) = desk.ask(DeliveryFilter(DutyState.GIVEN_UP, target_id=HOOK.id))
    assert {one.key.subject for one in page.deliveries if one.due_at is not None} == {
        outbound(1),
        outbound(2),
    }
    assert [desk.of_fax(job).state for job in (1, 2, 3)] == ["pending", "pending", "given_up"]
    assert desk.count["DeliveriesRedriven"] == 2
    assert desk.log.lines == [("info", "deliveries redriven", {"targets": {HOOK.id: 2}})]


def test_a_dry_run_says_what_would_be_reopened_and_changes_nothing(desk: Desk) -> None:
    desk.give_up(*range(1, 252))
    pages = desk.ask(is_dry_run=True)
    found = [one for page in pages for one in page.deliveries]
    assert (len(pages), len(found), {one.due_at for one in found}) == (2, 251, {None})
    assert all(one.is_wanted for one in found)
    assert {desk.of_fax(job).state for job in range(1, 252)} == {DutyState.GIVEN_UP}
    assert desk.count["DeliveriesRedriven"] == 0


def test_each_target_s_backlog_comes_one_after_the_other_over_all_pages(desk: Desk) -> None:
    desk.give_up(*range(1, 252))
    desk.give_up(*range(252, 262), target=OTHER_HOOK)
    moments: dict[str, list[float]] = {HOOK.id: [], OTHER_HOOK.id: []}
    for page in desk.ask():
        for one in page.deliveries:
            assert one.due_at is not None
            moments[one.key.target_id].append((one.due_at - NOON) / PACE)
    for of_target in moments.values():
        assert all(later - earlier >= 1 for earlier, later in pairwise(of_target))
    assert moments[HOOK.id] == list(range(251))
    assert max(moments[OTHER_HOOK.id]) < 251
    assert desk.of_fax(1).next_at == NOON + 250 * PACE


def test_asked_again_nothing_is_reopened_twice(desk: Desk) -> None:
    desk.give_up(1, 2)
    desk.ask()
    before = [desk.of_fax(job) for job in (1, 2)]
    desk.clock.advance(minutes=1)
    assert [page.deliveries for page in desk.ask()] == [()]
    assert [desk.of_fax(job) for job in (1, 2)] == before


def test_what_somebody_else_has_reopened_meanwhile_is_found_and_left_to_them(desk: Desk) -> None:
    desk.give_up(1)

    class Hasty(InMemoryDeliveries):
        """A letter of the same delivery is put back at this very moment."""

        def reopen(self, key: DeliveryKey, *, round_: int, next_at: datetime) -> bool:
            desk.deliveries.reopen(key, round_=round_, next_at=NOON)
            return desk.deliveries.reopen(key, round_=round_, next_at=next_at + timedelta(hours=1))

    redrive = RedriveDeliveries(
        desk.deliveries, Hasty(desk.clock), desk.routes, clock=desk.clock, count=desk.count, log=desk.log
    )
    (one,) = redrive(GIVEN_UP, cursor=None, is_dry_run=False).deliveries
    assert (one.is_wanted, one.due_at, desk.of_fax(1).next_at) == (True, None, NOON)
    assert desk.count["DeliveriesRedriven"] == 0


def test_nobody_is_told_who_asked_not_to_be_or_whom_the_route_no_longer_names(desk: Desk) -> None:
    desk.give_up(1)
    desk.give_up(2, target=OTHER_HOOK)
    desk.give_up(3, route=JO)
    # Named by the sender of the fax, who alone could take that back.
    desk.give_up(4, route=None)
    desk.routes.put(Route(DEFAULT_ROUTE, (HOOK,)))
    desk.routes.disable(DEFAULT_ROUTE, HOOK.id, now=NOON)
    (page,) = desk.ask()
    assert {job_of(one.key): one.is_wanted for one in page.deliveries} == {
        "1": False,
        "2": False,
        "3": False,
        "4": True,
    }
    assert [desk.of_fax(job).state for job in (1, 2, 3, 4)] == [*["given_up"] * 3, "pending"]

    desk.routes.put(Route(DEFAULT_ROUTE, (HOOK, OTHER_HOOK)))
    (page,) = desk.ask()
    assert {job_of(one.key): one.is_wanted for one in page.deliveries} == {
        "1": True,
        "2": True,
        "3": False,
    }


@pytest.mark.parametrize(
    "cursor", ["x", "~", "2026-11-27T12:00:00.000Z~", "2026-11-27T12:00~x", "9000-01-01T00:00:00.000Z~x"]
)
def test_a_strange_cursor_makes_nothing_due_in_a_thousand_years(desk: Desk, cursor: str) -> None:
    desk.give_up(1)
    with pytest.raises(MalformedInput, match="cursor"):
        desk.redrive(GIVEN_UP, cursor=cursor, is_dry_run=False)
    assert desk.of_fax(1).state is DutyState.GIVEN_UP


def test_a_page_asked_for_late_is_due_from_then_on(desk: Desk) -> None:
    desk.give_up(*range(1, 202))
    cursor = desk.redrive(GIVEN_UP, cursor=None, is_dry_run=False).cursor
    desk.clock.advance(hours=1)
    (one,) = desk.redrive(GIVEN_UP, cursor=cursor, is_dry_run=False).deliveries
    assert one.due_at == desk.clock.now()
