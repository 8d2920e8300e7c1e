"""What every ledger promises of tellings: one attempt at a time, and none once it was taken."""

from datetime import timedelta

from faxledger.domain.report import DutyState
from faxledger.domain.tellings import Telling
from faxledger.usecases.ports.ledger import Listing
from tests.contract.worlds import World
from tests.fakes.events import HOOK, MAIL, OTHER_HOOK, sent_event, telling_of
from tests.fakes.faxes import greenfax, outbound

LEASE = timedelta(minutes=2)
LATER = timedelta(hours=2)


def begun(world: World, telling: Telling) -> Telling | None:
    now = world.clock.now()
    return world.tellings.begin(telling.key, now=now, until=now + LEASE)


def planned(world: World) -> Telling:
    telling = telling_of(next_at=world.clock.now())
    assert world.tellings.plan(telling)
    return telling


def only(world: World) -> Telling:
    (telling,) = world.tellings.of_fax(outbound())
    return telling


def given_up(world: World) -> Telling:
    telling = begun(world, planned(world))
    assert telling is not None
    world.tellings.give_up(telling, "answered 410")
    return telling


def due(world: World) -> int:
    return len(list(world.tellings.due(before=world.clock.now())))


def test_a_telling_is_kept_as_it_was_planned_first(world: World) -> None:
    telling = planned(world)
    assert not world.tellings.plan(telling_of(next_at=world.clock.now() + LATER))
    assert only(world) == telling


def test_an_attempt_is_begun_by_one_and_counted(world: World) -> None:
    telling = planned(world)
    first, second = begun(world, telling), begun(world, telling)
    assert first is not None
    assert (first.attempts, first.body, first.target, second) == (1, telling.body, telling.target, None)
    assert only(world).attempts == 1


def test_what_is_not_due_is_not_begun(world: World) -> None:
    telling = telling_of(next_at=world.clock.now() + timedelta(seconds=1))
    world.tellings.plan(telling)
    assert begun(world, telling) is None
    world.clock.advance(seconds=1)
    assert begun(world, telling) is not None


def test_an_attempt_that_never_ended_can_be_followed_by_another(world: World) -> None:
    telling = planned(world)
    begun(world, telling)
    assert due(world) == 0
    world.clock.advance(minutes=2)
    assert due(world) == 1
    again = begun(world, telling)
    assert again is not None
    assert again.attempts == 2


def test_what_was_taken_is_never_due_or_begun_again(world: World) -> None:
    telling = begun(world, planned(world))
    assert telling is not None
    world.tellings.done(telling)
    world.clock.advance(hours=100)
    assert (due(world), begun(world, telling)) == (0, None)
    world.tellings.reopen(telling.key, round_=1, now=world.clock.now())
    world.tellings.put_off(telling.key, look_at=world.clock.now())
    world.tellings.later(telling, "x", next_at=world.clock.now(), look_at=world.clock.now())
    world.tellings.give_up(telling, "x")
    assert (due(world), begun(world, telling), only(world).state) == (0, None, DutyState.DONE)
    assert only(world).told_at is not None
    assert not world.tellings.plan(telling)


def test_a_failed_attempt_waits_and_is_looked_at_when_it_is_said(world: World) -> None:
    telling = begun(world, planned(world))
    assert telling is not None
    now = world.clock.now()
    world.tellings.later(telling, "answered 500", next_at=now + LATER, look_at=now + LATER * 2)
    assert (only(world).problem, only(world).next_at) == ("answered 500", now + LATER)
    world.clock.advance(hours=2)
    assert due(world) == 0
    assert begun(world, telling) is not None
    world.clock.advance(hours=2)
    assert due(world) == 1


def test_a_late_failure_changes_nothing_of_the_attempt_after_it(world: World) -> None:
    first = begun(world, planned(world))
    world.clock.advance(minutes=2)
    second = begun(world, telling_of())
    assert first is not None
    assert second is not None
    world.tellings.later(first, "x", next_at=world.clock.now() + LATER, look_at=world.clock.now() + LATER)
    world.tellings.give_up(first, "x")
    assert (only(world).state, only(world).problem) == (DutyState.PENDING, None)
    # But a late success is one.
    world.tellings.done(first)
    assert only(world).state is DutyState.DONE


def test_what_was_given_up_comes_back_once_for_each_redrive(world: World) -> None:
    telling = given_up(world)
    world.clock.advance(hours=100)
    assert (only(world).state, due(world), begun(world, telling)) == (DutyState.GIVEN_UP, 0, None)
    world.tellings.reopen(telling.key, round_=1, now=world.clock.now())
    assert (only(world).round, only(world).attempts, due(world)) == (2, 0, 1)
    again = begun(world, telling)
    assert again is not None
    world.tellings.give_up(again, "answered 410")
    world.tellings.reopen(telling.key, round_=1, now=world.clock.now())
    assert only(world).state is DutyState.GIVEN_UP


def test_what_is_put_off_is_looked_at_later(world: World) -> None:
    telling = planned(world)
    world.tellings.put_off(telling.key, look_at=world.clock.now() + LATER)
    assert due(world) == 0
    world.clock.advance(hours=2)
    assert list(world.tellings.due(before=world.clock.now())) == [telling.key]


def test_what_is_due_is_found_in_every_shard_and_listed_by_fax(world: World) -> None:
    tellings = [
        telling_of(sent_event(fax), target, next_at=world.clock.now())
        for fax in (*map(outbound, range(1, 9)), greenfax())
        for target in (HOOK, OTHER_HOOK, MAIL)
    ]
    for telling in tellings:
        world.tellings.plan(telling)
    found = set(world.tellings.due(before=world.clock.now()))
    assert found == {telling.key for telling in tellings}
    assert {telling.key for telling in world.tellings.of_fax(greenfax())} == {
        telling.key for telling in tellings[-3:]
    }


def test_nothing_happens_to_what_is_unknown(world: World) -> None:
    telling = telling_of()
    world.tellings.done(telling)
    world.tellings.later(telling, "x", next_at=world.clock.now(), look_at=world.clock.now())
    world.tellings.give_up(telling, "x")
    world.tellings.reopen(telling.key, round_=1, now=world.clock.now())
    world.tellings.put_off(telling.key, look_at=world.clock.now())
    assert (begun(world, telling), due(world), world.tellings.of_fax(outbound())) == (None, 0, [])


def test_a_telling_stays_out_of_the_faxes_listings(world: World) -> None:
    planned(world)
    assert world.listing.page(Listing(is_unfinished=True), limit=10, cursor=None).faxes == ()
