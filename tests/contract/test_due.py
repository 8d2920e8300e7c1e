"""What every ledger says of faxes that still need something."""

from datetime import timedelta

from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.report import DocumentType, Duty, DutyState, Fax, StoredDocument
from faxledger.domain.submission import HandedOver
from tests.contract.worlds import World
from tests.fakes.faxes import MARK, STORE, STORE_AND_MARK, greenfax, inbound, outbound, report

DOCUMENT = StoredDocument("softlinx/inbound/acme/33/ab.pdf", DocumentType.PDF, 1234, "ab" * 32)


def due(world: World) -> list[FaxId]:
    """What somebody has to look at by now."""
    return sorted(one.fax.id for one in world.due.all() if one.look_at <= world.clock.now())


def found(world: World, fax_id: FaxId) -> Fax:
    fax = world.ledger.find(fax_id)
    assert fax is not None
    return fax


def test_what_is_owed_is_to_be_looked_at_an_hour_after_its_queue_s_tries(world: World) -> None:
    world.ledger.settle(report(inbound(1), Status.RECEIVED, owes=STORE_AND_MARK))
    world.ledger.settle(report(inbound(2), Status.RECEIVED, owes=STORE))
    world.ledger.settle(report(outbound(1), Status.SENT, owes=MARK))
    world.ledger.settle(report(greenfax(1), Status.SENT))
    world.clock.advance(minutes=155)
    assert due(world) == []
    world.clock.advance(minutes=1)
    assert due(world) == [outbound(1)]
    world.clock.advance(minutes=83)
    assert due(world) == [outbound(1)]
    world.clock.advance(minutes=1)
    assert due(world) == sorted([outbound(1), inbound(1), inbound(2)])


def test_what_has_waited_longest_comes_first(world: World) -> None:
    for number in range(20):
        world.ledger.settle(report(outbound(number), Status.SENT, owes=MARK))
        world.clock.advance(seconds=1)
    assert [one.fax.id for one in world.due.all()] == [outbound(number) for number in range(20)]


def test_what_was_given_up_is_there_and_says_so(world: World) -> None:
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE))
    world.ledger.store_given_up(found(world, inbound()))
    (one,) = world.due.all()
    assert one.fax.duties == {Duty.STORE: DutyState.GIVEN_UP}


def test_what_is_postponed_is_due_later_and_what_is_finished_never(world: World) -> None:
    for number in (1, 2):
        world.ledger.settle(report(inbound(number), Status.RECEIVED, owes=STORE))
    world.ledger.store_done(found(world, inbound(2)), DOCUMENT)
    look_at = world.clock.now() + timedelta(hours=4)
    world.clock.advance(hours=5)
    for number in (1, 2):
        until = world.clock.now() + timedelta(hours=4)
        world.due.postpone(inbound(number), look_at=look_at, until=until)
    assert due(world) == []
    world.clock.advance(hours=5)
    assert due(world) == [inbound(1)]
    assert [one.fax.id for one in world.due.all()] == [inbound(1)]


def test_what_was_given_up_is_due_again_when_a_further_source_speaks(world: World) -> None:
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE_AND_MARK))
    world.ledger.store_given_up(found(world, inbound()))
    world.ledger.settle(report(inbound(), Status.RECEIVED))
    assert found(world, inbound()).duties[Duty.STORE] is DutyState.GIVEN_UP

    world.ledger.settle(report(inbound(), Status.RECEIVED, source=Source.POLL))
    assert found(world, inbound()).duties[Duty.STORE] is DutyState.PENDING
    world.clock.advance(seconds=1)
    assert due(world) == [inbound()]


def test_what_a_further_source_has_made_due_is_not_postponed_by_who_read_it_before(world: World) -> None:
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE_AND_MARK))
    world.ledger.store_given_up(found(world, inbound()))
    (before,) = world.due.all()
    world.clock.advance(hours=5)
    world.ledger.settle(report(inbound(), Status.RECEIVED, source=Source.POLL))
    until = world.clock.now() + timedelta(days=7)
    world.due.postpone(inbound(), look_at=before.look_at, until=until)
    assert due(world) == [inbound()]

    (again,) = world.due.all()
    world.due.postpone(inbound(), look_at=again.look_at, until=until)
    assert due(world) == []


def test_what_was_settled_meanwhile_is_not_put_off_as_overdue(world: World) -> None:
    world.ledger.open(HandedOver(outbound(), world.clock.now()))
    world.clock.advance(hours=25)
    (overdue,) = world.due.overdue(before=world.clock.now())
    world.ledger.settle(report(outbound(), Status.SENT, owes=MARK))
    world.due.found_overdue(overdue, look_at=world.clock.now() + timedelta(days=7))
    world.clock.advance(hours=3)
    assert due(world) == [outbound()]
    assert found(world, outbound()).overdue_found_at is None


def test_a_resend_is_waited_for_whatever_became_of_the_one_before_it(world: World) -> None:
    world.ledger.settle(report(outbound(), Status.FAILED, owes=MARK))
    assert world.resends.begin(outbound(), "first")
    first = found(world, outbound()).resent_at
    assert first is not None
    world.clock.advance(hours=25)
    world.resends.dropped(outbound(), "first")
    assert world.resends.begin(outbound(), "second")
    world.due.stop_waiting(outbound(), resent_at=first)
    assert found(world, outbound()).is_under_way_again


def test_a_resend_is_waited_for_though_the_one_before_it_was_lost(world: World) -> None:
    world.ledger.settle(report(outbound(), Status.FAILED, owes=MARK))
    assert world.resends.begin(outbound(), "first")
    world.due.stop_waiting(outbound(), resent_at=world.clock.now())
    assert not found(world, outbound()).is_under_way_again
    world.resends.dropped(outbound(), "first")
    assert world.resends.begin(outbound(), "second")
    assert found(world, outbound()).is_under_way_again


def test_what_is_stored_is_not_due_again_whoever_speaks(world: World) -> None:
    world.ledger.settle(report(inbound(), Status.RECEIVED, owes=STORE_AND_MARK))
    world.ledger.store_given_up(found(world, inbound()))
    world.ledger.store_done(found(world, inbound()), DOCUMENT)
    world.ledger.settle(report(inbound(), Status.RECEIVED, source=Source.POLL))
    assert found(world, inbound()).duties[Duty.STORE] is DutyState.DONE
