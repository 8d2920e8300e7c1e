"""What every ledger promises of deliveries: one attempt at a time, and none once it was taken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faxledger.domain.deliveries import DEFAULT_ROUTE, Delivery, DeliveryKey, RouteKey
from faxledger.domain.fax import Provider
from faxledger.domain.report import DutyState
from faxledger.usecases.ports.listing import Listing
from faxledger.usecases.ports.notifying import DeliveryFilter
from tests.contract.worlds import World
from tests.fakes.clock import NOON
from tests.fakes.events import (
    CLOSED,
    HOOK,
    MAIL,
    OTHER_HOOK,
    RESTATED,
    day_delivery_of,
    delivery_of,
    job_of,
    sent_event,
)
from tests.fakes.faxes import greenfax, outbound

LEASE = timedelta(minutes=2)
LATER = timedelta(hours=2)


def begun(world: World, delivery: Delivery) -> Delivery | None:
    now = world.clock.now()
    return world.deliveries.begin(delivery.key, now=now, until=now + LEASE)


def planned(world: World) -> Delivery:
    delivery = delivery_of(next_at=world.clock.now())
    assert world.deliveries.plan(delivery)
    return delivery


def only(world: World) -> Delivery:
    (delivery,) = world.deliveries.about(outbound())
    return delivery


def given_up(world: World) -> Delivery:
    delivery = begun(world, planned(world))
    assert delivery is not None
    world.deliveries.give_up(delivery, "answered 410")
    return delivery


def due(world: World) -> int:
    return len(list(world.deliveries.due(before=world.clock.now())))


def test_a_delivery_is_kept_as_it_was_planned_first(world: World) -> None:
    delivery = planned(world)
    assert not world.deliveries.plan(delivery_of(next_at=world.clock.now() + LATER))
    assert only(world) == delivery


def test_what_was_planned_is_known_whatever_has_become_of_it(world: World) -> None:
    deliveries = [delivery_of(sent_event(outbound(number)), next_at=NOON) for number in range(1, 204)]
    for delivery in deliveries[::2]:
        world.deliveries.plan(delivery)
    first = begun(world, deliveries[0])
    assert first is not None
    world.deliveries.done(first)
    keys = [delivery.key for delivery in deliveries]
    assert world.deliveries.known(keys) == set(keys[::2])
    assert world.deliveries.known([]) == frozenset()


def test_an_attempt_is_begun_by_one_and_counted(world: World) -> None:
    delivery = planned(world)
    first, second = begun(world, delivery), begun(world, delivery)
    assert first is not None
    assert (first.attempts, first.body, first.target, second) == (1, delivery.body, delivery.target, None)
    assert only(world).attempts == 1


def test_what_is_not_due_is_not_begun(world: World) -> None:
    delivery = delivery_of(next_at=world.clock.now() + timedelta(seconds=1))
    world.deliveries.plan(delivery)
    assert begun(world, delivery) is None
    world.clock.advance(seconds=1)
    assert begun(world, delivery) is not None


def test_an_attempt_that_never_ended_can_be_followed_by_another(world: World) -> None:
    delivery = planned(world)
    begun(world, delivery)
    assert due(world) == 0
    world.clock.advance(minutes=2)
    assert due(world) == 1
    again = begun(world, delivery)
    assert again is not None
    assert again.attempts == 2


def test_what_was_taken_is_never_due_or_begun_again(world: World) -> None:
    delivery = begun(world, planned(world))
    assert delivery is not None
    world.deliveries.done(delivery)
    world.clock.advance(hours=100)
    assert (due(world), begun(world, delivery)) == (0, None)
    world.deliveries.reopen(delivery.key, round_=1, next_at=world.clock.now())
    world.deliveries.put_off(delivery.key, now=world.clock.now(), look_at=world.clock.now())
    world.deliveries.later(delivery, "x", next_at=world.clock.now(), look_at=world.clock.now())
    world.deliveries.give_up(delivery, "x")
    assert (due(world), begun(world, delivery), only(world).state) == (0, None, DutyState.DONE)
    assert only(world).delivered_at is not None
    assert not world.deliveries.plan(delivery)


def test_a_failed_attempt_waits_and_is_looked_at_when_it_is_said(world: World) -> None:
    delivery = begun(world, planned(world))
    assert delivery is not None
    now = world.clock.now()
    world.deliveries.later(delivery, "answered 500", next_at=now + LATER, look_at=now + LATER * 2)
    assert (only(world).problem, only(world).next_at) == ("answered 500", now + LATER)
    world.clock.advance(hours=2)
    assert due(world) == 0
    assert begun(world, delivery) is not None
    world.clock.advance(hours=2)
    assert due(world) == 1


def test_a_late_failure_changes_nothing_of_the_attempt_after_it(world: World) -> None:
    first = begun(world, planned(world))
    world.clock.advance(minutes=2)
    second = begun(world, delivery_of())
    assert first is not None
    assert second is not None
    world.deliveries.later(first, "x", next_at=world.clock.now() + LATER, look_at=world.clock.now() + LATER)
    world.deliveries.give_up(first, "x")
    assert (only(world).state, only(world).problem) == (DutyState.PENDING, None)
    # But a late success is one.
    world.deliveries.done(first)
    assert only(world).state is DutyState.DONE


def test_what_was_given_up_comes_back_once_for_each_redrive(world: World) -> None:
    delivery = given_up(world)
    world.clock.advance(hours=100)
    assert (only(world).state, due(world), begun(world, delivery)) == (DutyState.GIVEN_UP, 0, None)
    world.deliveries.reopen(delivery.key, round_=1, next_at=world.clock.now())
    assert (only(world).round, only(world).attempts, due(world)) == (2, 0, 1)
    again = begun(world, delivery)
    assert again is not None
    world.deliveries.give_up(again, "answered 410")
    world.deliveries.reopen(delivery.key, round_=1, next_at=world.clock.now())
    assert only(world).state is DutyState.GIVEN_UP


def test_what_is_reopened_for_later_waits_until_then_and_is_reopened_by_one(world: World) -> None:
    delivery, now = given_up(world), world.clock.now()
    assert world.deliveries.reopen(delivery.key, round_=1, next_at=now + LATER)
    assert not world.deliveries.reopen(delivery.key, round_=1, next_at=now)
    assert (due(world), begun(world, delivery), only(world).next_at) == (0, None, now + LATER)
    world.clock.advance(hours=2)
    assert due(world) == 1
    attempt = begun(world, delivery)
    assert attempt is not None
    world.deliveries.done(attempt)
    assert not world.deliveries.reopen(delivery.key, round_=2, next_at=now)


def test_what_was_reopened_is_not_touched_by_the_attempt_that_was_given_up(world: World) -> None:
    delivery, now = given_up(world), world.clock.now()
    world.deliveries.reopen(delivery.key, round_=1, next_at=now)
    world.deliveries.later(delivery, "answered 500", next_at=now + LATER, look_at=now + LATER)
    world.deliveries.give_up(delivery, "answered 500")
    assert (only(world).state, only(world).round, due(world)) == (DutyState.PENDING, 2, 1)


def test_what_is_put_off_is_looked_at_later(world: World) -> None:
    delivery = planned(world)
    world.deliveries.put_off(delivery.key, now=world.clock.now(), look_at=world.clock.now() + LATER)
    assert due(world) == 0
    world.clock.advance(hours=2)
    assert list(world.deliveries.due(before=world.clock.now())) == [delivery.key]


def test_what_waits_for_its_next_attempt_is_not_put_off_by_who_found_it_due_before(world: World) -> None:
    found_at = world.clock.now()
    attempt = begun(world, planned(world))
    assert attempt is not None
    world.deliveries.later(attempt, "answered 500", next_at=found_at + LATER, look_at=found_at + LATER)
    world.deliveries.put_off(attempt.key, now=found_at, look_at=found_at + timedelta(minutes=10))
    world.clock.advance(minutes=10)
    assert due(world) == 0
    world.clock.advance(hours=2)
    assert due(world) == 1


def test_what_is_being_attempted_is_not_put_off(world: World) -> None:
    found_at = world.clock.now()
    attempt = begun(world, planned(world))
    assert attempt is not None
    world.deliveries.put_off(attempt.key, now=found_at, look_at=found_at + LATER)
    world.clock.advance(minutes=2)
    assert due(world) == 1


def test_what_is_due_is_found_in_every_shard_and_listed_by_fax(world: World) -> None:
    deliveries = [
        delivery_of(sent_event(fax), target, next_at=world.clock.now())
        for fax in (*map(outbound, range(1, 9)), greenfax())
        for target in (HOOK, OTHER_HOOK, MAIL)
    ]
    for delivery in deliveries:
        world.deliveries.plan(delivery)
    found = set(world.deliveries.due(before=world.clock.now()))
    assert found == {delivery.key for delivery in deliveries}
    assert {delivery.key for delivery in world.deliveries.about(greenfax())} == {
        delivery.key for delivery in deliveries[-3:]
    }


def test_a_receiver_s_backlog_keeps_no_other_waiting(world: World) -> None:
    backlog = [delivery_of(sent_event(outbound(n)), HOOK, next_at=NOON) for n in range(1, 8)]
    world.clock.advance(minutes=1)
    now = world.clock.now()
    others = [delivery_of(sent_event(outbound(8)), target, next_at=now) for target in (OTHER_HOOK, MAIL)]
    for delivery in (*backlog, *others):
        world.deliveries.plan(delivery)

    found = list(world.deliveries.due_in_turn(before=now, most=4))
    assert len(found) == 4
    assert {delivery.key for delivery in others} < set(found)
    # Of a target those that came first, and all there is room for.
    in_order = world.deliveries.due_in_turn(before=NOON, most=100)
    assert set(in_order) == {delivery.key for delivery in backlog}
    for key in found:
        world.deliveries.put_off(key, now=now, look_at=now + LATER)
    assert len(world.deliveries.due_in_turn(before=now, most=4)) == 4
    assert len(world.deliveries.due_in_turn(before=now, most=100)) == 5


def test_nothing_happens_to_what_is_unknown(world: World) -> None:
    delivery = delivery_of()
    world.deliveries.done(delivery)
    world.deliveries.later(delivery, "x", next_at=world.clock.now(), look_at=world.clock.now())
    world.deliveries.give_up(delivery, "x")
    world.deliveries.reopen(delivery.key, round_=1, next_at=world.clock.now())
    world.deliveries.put_off(delivery.key, now=world.clock.now(), look_at=world.clock.now())
    assert (begun(world, delivery), due(world), world.deliveries.about(outbound())) == (None, 0, [])


def test_a_delivery_stays_out_of_the_faxes_listings(world: World) -> None:
    planned(world)
    assert world.listing.page(Listing(is_unfinished=True), limit=10, cursor=None).faxes == ()


def listed(world: World, which: DutyState | DeliveryFilter, *, limit: int = 50) -> list[str]:
    """The jobs whose deliveries are listed, page by page."""
    if isinstance(which, DutyState):
        which = DeliveryFilter(which)
    found, cursor = [], None
    while True:
        page = world.delivery_listing.page(which, limit=limit, cursor=cursor)
        assert len(page.deliveries) <= limit
        found += [job_of(delivery.key) for delivery in page.deliveries]
        if (cursor := page.cursor) is None:
            return found


def test_those_that_are_pending_or_were_given_up_are_listed_the_latest_first(world: World) -> None:
    for number in range(1, 8):
        world.clock.advance(minutes=1)
        event = sent_event(outbound(number))
        assert world.deliveries.plan(delivery_of(event, next_at=world.clock.now()))
        if number % 2:
            delivery = begun(world, delivery_of(event))
            assert delivery is not None
            world.deliveries.give_up(delivery, "answered 410")

    for limit in (1, 2, 3, 50):
        assert listed(world, DutyState.GIVEN_UP, limit=limit) == ["7", "5", "3", "1"]
        assert listed(world, DutyState.PENDING, limit=limit) == ["6", "4", "2"]


def test_one_that_is_tried_again_or_was_taken_is_no_longer_among_those_given_up(world: World) -> None:
    delivery = given_up(world)
    assert listed(world, DutyState.GIVEN_UP, limit=50) == [job_of(delivery.key)]

    world.deliveries.reopen(delivery.key, round_=1, next_at=world.clock.now())
    assert listed(world, DutyState.GIVEN_UP, limit=50) == []
    assert listed(world, DutyState.PENDING, limit=50) == [job_of(delivery.key)]

    world.deliveries.done(delivery)
    assert listed(world, DutyState.PENDING, limit=50) == []


JO = RouteKey(Provider.SOFTLINX, "jo")


def planned_every_minute(world: World) -> None:
    """Jobs 1 to 8: of two targets and of three routes, of which none is one, planned from 12:01 to 12:08."""
    for number in range(1, 9):
        world.clock.advance(minutes=1)
        target = HOOK if number % 2 else OTHER_HOOK
        route = (JO, DEFAULT_ROUTE, None)[number % 3]
        event, now = sent_event(outbound(number)), world.clock.now()
        assert world.deliveries.plan(delivery_of(event, target, next_at=now, route=route))


FROM_12_04 = NOON + timedelta(minutes=4)
WHICH: list[tuple[dict[str, Any], list[str]]] = [
    ({"target_id": HOOK.id}, ["7", "5", "3", "1"]),
    ({"target_id": MAIL.id}, []),
    ({"route": JO}, ["6", "3"]),
    ({"route": DEFAULT_ROUTE}, ["7", "4", "1"]),
    ({"target_id": OTHER_HOOK.id, "route": DEFAULT_ROUTE}, ["4"]),
    ({"since": FROM_12_04}, ["8", "7", "6", "5", "4"]),
    ({"until": FROM_12_04}, ["3", "2", "1"]),
    ({"since": FROM_12_04, "until": NOON + timedelta(minutes=6)}, ["5", "4"]),
    ({"since": NOON + timedelta(days=9)}, []),
    ({"since": datetime(9999, 12, 31, tzinfo=UTC)}, []),
]


@pytest.mark.parametrize(("which", "jobs"), WHICH)
@pytest.mark.parametrize("limit", [1, 50])
def test_those_that_are_pending_are_found_by_target_route_and_when_they_were_planned(
    world: World, which: dict[str, Any], jobs: list[str], limit: int
) -> None:
    planned_every_minute(world)
    assert listed(world, DeliveryFilter(DutyState.PENDING, **which), limit=limit) == jobs
    assert listed(world, DeliveryFilter(DutyState.GIVEN_UP, **which), limit=limit) == []


@pytest.mark.parametrize(("which", "jobs"), WHICH)
def test_those_that_were_given_up_are_found_by_when_they_were_planned_too(
    world: World, which: dict[str, Any], jobs: list[str]
) -> None:
    planned_every_minute(world)
    world.clock.advance(hours=28)
    for number in range(1, 9):
        (delivery,) = world.deliveries.about(outbound(number))
        attempt = begun(world, delivery)
        assert attempt is not None
        world.deliveries.give_up(attempt, "answered 503")
        world.clock.advance(minutes=1)

    assert listed(world, DeliveryFilter(DutyState.GIVEN_UP, **which)) == jobs
    assert listed(world, DeliveryFilter(DutyState.PENDING, **which)) == []


def test_what_is_told_of_a_closed_day_has_the_life_of_what_is_told_of_a_fax(world: World) -> None:
    of_day, of_fax = day_delivery_of(next_at=world.clock.now()), planned(world)
    assert world.deliveries.plan(of_day)
    assert not world.deliveries.plan(of_day)
    assert world.deliveries.known([of_day.key, day_delivery_of(RESTATED).key]) == {of_day.key}
    assert world.deliveries.about(CLOSED.day) == [of_day]
    assert only(world) == of_fax
    assert set(world.deliveries.due(before=world.clock.now())) == {of_day.key, of_fax.key}

    first = begun(world, of_day)
    assert first is not None
    assert (first.attempts, first.body, begun(world, of_day)) == (1, of_day.body, None)
    at = world.clock.now() + LATER
    world.deliveries.later(first, "answered 500", next_at=at, look_at=at)
    world.clock.advance(hours=2)
    assert world.deliveries.due_in_turn(before=at, most=1) == [of_fax.key]
    second = begun(world, of_day)
    assert second is not None
    world.deliveries.give_up(second, "answered 410")

    assert world.deliveries.reopen(of_day.key, round_=1, next_at=at)
    assert not world.deliveries.reopen(of_day.key, round_=1, next_at=at)
    third = begun(world, of_day)
    assert third is not None
    world.deliveries.done(third)
    (made,) = world.deliveries.about(CLOSED.day)
    assert (made.state, made.round, made.attempts) == (DutyState.DONE, 2, 1)


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_what_is_told_of_closed_days_is_listed_between_what_is_told_of_faxes(
    world: World, limit: int
) -> None:
    keys: list[DeliveryKey] = []
    for number, of_day in enumerate((CLOSED, RESTATED), 1):
        for delivery in (
            delivery_of(sent_event(outbound(number)), next_at=world.clock.now()),
            day_delivery_of(of_day, next_at=world.clock.now() + timedelta(minutes=1)),
        ):
            world.deliveries.plan(delivery)
            keys.insert(0, delivery.key)
        world.clock.advance(minutes=2)
    assert all_listed(world, DutyState.PENDING, limit) == keys
    for key in reversed(keys):
        world.clock.advance(minutes=1)
        attempt = world.deliveries.begin(key, now=world.clock.now(), until=world.clock.now() + LEASE)
        assert attempt is not None
        world.deliveries.give_up(attempt, "answered 410")
    assert all_listed(world, DutyState.GIVEN_UP, limit) == keys


def all_listed(world: World, state: DutyState, limit: int) -> list[DeliveryKey]:
    found: list[DeliveryKey] = []
    cursor = None
    while True:
        page = world.delivery_listing.page(DeliveryFilter(state), limit=limit, cursor=cursor)
        found += [delivery.key for delivery in page.deliveries]
        if (cursor := page.cursor) is None:
            return found
