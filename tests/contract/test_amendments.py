"""What every store of amendments promises."""

from dataclasses import replace
from datetime import timedelta

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Outcome
from faxledger.usecases.ports.listing import Listing
from tests.contract.worlds import World
from tests.fakes.clock import NOON
from tests.fakes.faxes import MARK, outbound, report

FAX = outbound()
SENT_AFTER_ALL = Amendment(Status.SENT, Status.FAILED, "arn:aws:iam::1:user/jo", NOON, "It was read to me.")


def amended(world: World, *amendments: Amendment) -> AmendedFax:
    for amendment in amendments:
        known = world.amendments.find(FAX)
        assert known is not None
        assert world.amendments.add(known, amendment)
    known = world.amendments.find(FAX)
    assert known is not None
    return known


def test_an_amendment_stands_beside_the_first_status(world: World) -> None:
    world.ledger.settle(report(FAX, Status.FAILED))

    known = amended(world, SENT_AFTER_ALL)

    assert known.amendments == (SENT_AFTER_ALL,)
    assert (known.fax.first_status, known.fax.amended_status, known.fax.status) == (
        Status.FAILED,
        Status.SENT,
        Status.SENT,
    )
    assert known.fax.amended_at == NOON
    assert known.fax == world.ledger.find(FAX)


def test_listings_follow_the_amendment(world: World) -> None:
    world.ledger.settle(report(FAX, Status.FAILED))
    amended(world, SENT_AFTER_ALL)

    def listed(status: Status) -> list[str]:
        page = world.listing.page(Listing(status=status), limit=9, cursor=None)
        return [str(fax.id) for fax in page.faxes]

    assert (listed(Status.FAILED), listed(Status.SENT)) == ([], [str(FAX)])


def test_a_fax_is_in_conflict_until_a_person_has_spoken_since(world: World) -> None:
    def in_conflict() -> list[str]:
        page = world.listing.page(Listing(is_in_conflict=True), limit=9, cursor=None)
        return [str(fax.id) for fax in page.faxes]

    world.ledger.settle(report(FAX, Status.FAILED))
    world.ledger.settle(report(outbound(34), Status.FAILED))
    assert in_conflict() == []
    amended(world, replace(SENT_AFTER_ALL, at=NOON - timedelta(hours=1)))
    world.ledger.settle(report(FAX, Status.SENT, source=Source.POLL))
    assert in_conflict() == [str(FAX)]

    amended(world, replace(SENT_AFTER_ALL, at=world.clock.now() + timedelta(hours=1)))

    assert in_conflict() == []


def test_every_amendment_is_kept_in_its_order(world: World) -> None:
    world.ledger.settle(report(FAX, Status.FAILED))
    said = [
        Amendment(status, Status.FAILED, "jo", NOON + timedelta(hours=number), f"reason {number}")
        for number, status in enumerate([Status.SENT, Status.FAILED] * 6)
    ]

    known = amended(world, *said)

    assert known.amendments == tuple(said)
    assert known.fax.status is Status.FAILED


def test_of_two_at_once_the_second_is_not_written(world: World) -> None:
    world.ledger.settle(report(FAX, Status.FAILED))
    seen_by_both = world.amendments.find(FAX)
    assert seen_by_both is not None

    assert world.amendments.add(seen_by_both, SENT_AFTER_ALL)
    assert not world.amendments.add(seen_by_both, SENT_AFTER_ALL)
    assert amended(world).amendments == (SENT_AFTER_ALL,)


def test_a_fax_that_is_not_settled_or_not_known_takes_none(world: World) -> None:
    assert world.amendments.find(FAX) is None
    world.ledger.note(report(FAX, None))
    known = world.amendments.find(FAX)
    assert known is not None

    assert not world.amendments.add(known, SENT_AFTER_ALL)
    assert world.amendments.find(FAX) == known


def test_what_is_reported_later_is_held_against_the_first_status_and_leaves_the_amendment(
    world: World,
) -> None:
    world.ledger.settle(report(FAX, Status.FAILED, owes=MARK))
    amended(world, SENT_AFTER_ALL)

    assert world.ledger.settle(report(FAX, Status.FAILED, source=Source.POLL)).outcome is Outcome.KNOWN
    assert world.ledger.settle(report(FAX, Status.SENT, source=Source.POLL)).outcome is Outcome.CONFLICT
    world.ledger.mark_done(FAX)

    known = amended(world)
    assert known.amendments == (SENT_AFTER_ALL,)
    assert (known.fax.first_status, known.fax.status) == (Status.FAILED, Status.SENT)
