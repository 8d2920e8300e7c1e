"""What every listing promises: whole, newest first, nothing twice, whatever the shards and pages."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faxledger.domain.days import bounds_of
from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from faxledger.domain.report import FINAL_STATUSES, Duty, Facts, Fax, Report
from faxledger.domain.submission import HandedOver
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.listing import FaxListing, ListedPage, Listing
from tests.contract import worlds
from tests.contract.worlds import World
from tests.fakes.clock import NOON
from tests.fakes.faxes import MARK, STORE_AND_MARK, greenfax, inbound, outbound, report

FACTS = Facts(
    to_number="2155550100",
    from_number="2155550199",
    user="jo",
    reference="Order:1234",
    pages=3,
    duration_seconds=78,
    cost_usd=Decimal("0.10"),
)
NOTHING: frozenset[Duty] = frozenset()


def listed(listing: FaxListing, which: Listing, *, limit: int = 50) -> list[Fax]:
    """Every page of a listing; no page but the last may be short, nor any be longer than asked for."""
    found: list[Fax] = []
    cursor = None
    while True:
        page = listing.page(which, limit=limit, cursor=cursor)
        found += page.faxes
        if page.cursor is None:
            assert len(page.faxes) <= limit
            return found
        assert len(page.faxes) == limit
        cursor = page.cursor


def ids(faxes: list[Fax]) -> list[FaxId]:
    return [fax.id for fax in faxes]


def places(page: ListedPage) -> list[tuple[FaxId, str, datetime | None]]:
    """Which faxes stand on a page, where, and when each is due."""
    return [(one.entry.id, one.cursor, one.look_at) for one in page.listed if isinstance(one.entry, Fax)]


@pytest.mark.parametrize(
    "which",
    [Listing(), Listing(status=Status.FAILED), Listing(reference="Order:1234"), Listing(is_unfinished=True)],
    ids=["all", "by status", "by reference", "unfinished"],
)
def test_a_listing_shows_all_of_a_fax(world: World, which: Listing) -> None:
    fax = outbound()
    world.ledger.open(HandedOver(fax, NOON - timedelta(minutes=5)))
    world.ledger.settle(report(fax, Status.FAILED, completed_at=NOON, facts=FACTS, owes=MARK))
    world.ledger.settle(report(fax, Status.SENT, source=Source.POLL))
    found = world.ledger.find(fax)
    assert found is not None

    assert listed(world.listing, which) == [found]


def test_faxes_are_listed_by_their_status(world: World) -> None:
    world.ledger.open(HandedOver(outbound(1), NOON))
    world.ledger.settle(report(outbound(2), Status.SENT))
    world.ledger.settle(report(outbound(3), Status.FAILED))
    world.ledger.settle(report(inbound(4), Status.RECEIVED))
    world.ledger.settle(report(inbound(5), Status.RECEIVED_PARTIAL))
    world.ledger.note(report(outbound(6), None))

    assert {
        status: {int(fax.job_id) for fax in ids(listed(world.listing, Listing(status=status)))}
        for status in Status
    } == {
        Status.SUBMITTED: {1, 6},
        Status.SENT: {2},
        Status.FAILED: {3},
        Status.RECEIVED: {4},
        Status.RECEIVED_PARTIAL: {5},
    }


def test_a_fax_moves_in_the_listings_when_it_settles(world: World) -> None:
    fax = outbound()
    world.ledger.open(HandedOver(fax, NOON - timedelta(days=3)))
    world.ledger.settle(report(fax, completed_at=NOON - timedelta(days=1)))

    assert listed(world.listing, Listing(status=Status.SUBMITTED)) == []
    day = Listing(since=NOON - timedelta(days=2), until=NOON)
    assert ids(listed(world.listing, day)) == [fax]


def test_what_settles_nothing_moves_a_settled_fax_in_no_listing(world: World) -> None:
    yesterday = NOON - timedelta(days=1)
    settled = {
        fax: report(fax, status, completed_at=yesterday, facts=FACTS, owes=owes)
        for direction, make in ((Direction.OUTBOUND, outbound), (Direction.INBOUND, inbound))
        for number, (status, owes) in enumerate(product(sorted(FINAL_STATUSES[direction]), (NOTHING, MARK)))
        for fax in [make(number)]
    }
    for said in settled.values():
        world.ledger.settle(said)
    listings = [
        *(Listing(status=status) for status in Status),
        *(Listing(is_unfinished=True), Listing(until=NOON), Listing(since=NOON)),
        *(Listing(reference=FACTS.reference), Listing(number=FACTS.to_number)),
    ]
    before = [places(world.listing.page(which, limit=50, cursor=None)) for which in listings]
    assert [len(page) for page in before] == [0, 2, 2, 2, 2, 4, 8, 0, 8, 4]

    world.clock.advance(hours=1)
    others = Facts(to_number="2025550107", from_number="2025550108", reference="case-7")
    for fax, said in settled.items():
        world.ledger.note(report(fax, None, source=Source.POLL, facts=others))
        world.ledger.note(report(fax, said.status, source=Source.FEED, completed_at=NOON, facts=others))
        world.ledger.open(HandedOver(fax, world.clock.now(), others))

    assert [places(world.listing.page(which, limit=50, cursor=None)) for which in listings] == before


def test_a_fax_without_a_time_of_completion_is_listed_by_when_it_was_settled_until_somebody_knows(
    world: World,
) -> None:
    fax, yesterday = outbound(), NOON - timedelta(days=1)
    today, day_before = Listing(since=NOON), Listing(since=yesterday, until=NOON)
    world.ledger.settle(report(fax))
    assert ids(listed(world.listing, today)) == [fax]

    world.ledger.settle(report(fax, source=Source.POLL, completed_at=yesterday))

    assert ids(listed(world.listing, today)) == []
    assert ids(listed(world.listing, day_before)) == [fax]


def test_a_day_begins_at_its_first_moment_and_ends_before_the_next(world: World) -> None:
    # In New York this day has 23 hours: clocks went forward at two in the night.
    since, until = bounds_of(NOON.date() - timedelta(days=2), ZoneInfo("America/New_York"))
    assert until - since == timedelta(hours=23)
    moment = timedelta(milliseconds=1)
    for number, at in enumerate((since - moment, since, until - moment, until)):
        world.ledger.settle(report(outbound(number), completed_at=at))

    for which in (
        Listing(since=since, until=until),
        Listing(since=since, until=until, status=Status.SENT),
    ):
        assert ids(listed(world.listing, which)) == [outbound(2), outbound(1)]


def test_faxes_are_listed_by_their_reference(world: World) -> None:
    for number, reference in enumerate(("a", "b", "a", None, "a#b")):
        world.ledger.settle(report(outbound(number), facts=Facts(reference=reference)))

    assert set(ids(listed(world.listing, Listing(reference="a")))) == {outbound(0), outbound(2)}
    assert listed(world.listing, Listing(reference="nobody's")) == []
    assert listed(world.listing, Listing(reference="a", status=Status.FAILED)) == []


def test_a_reference_that_only_a_later_source_knows_is_found(world: World) -> None:
    world.ledger.settle(report(outbound()))
    world.ledger.settle(report(outbound(), source=Source.POLL, facts=Facts(reference="a")))

    assert ids(listed(world.listing, Listing(reference="a"))) == [outbound()]


def test_faxes_are_listed_by_their_provider(world: World) -> None:
    for number in range(30):
        world.ledger.settle(report(outbound(number)))
    world.ledger.settle(report(greenfax(7)))

    assert ids(listed(world.listing, Listing(provider=Provider.GREENFAX), limit=1)) == [greenfax(7)]
    assert len(listed(world.listing, Listing(provider=Provider.SOFTLINX), limit=7)) == 30


def test_what_still_has_to_be_marked_or_has_no_final_status_is_unfinished(world: World) -> None:
    for number in range(3):
        world.ledger.settle(report(outbound(number), owes=MARK))
    world.ledger.settle(report(outbound(3)))
    world.ledger.open(HandedOver(outbound(4), NOON))
    world.ledger.mark_done(outbound(1))

    unfinished = listed(world.listing, Listing(is_unfinished=True), limit=1)

    assert set(ids(unfinished)) == {outbound(0), outbound(2), outbound(4)}


def test_the_unfinished_can_be_narrowed_like_all_others(world: World) -> None:
    yesterday = NOON - timedelta(days=1)
    facts = Facts(reference="a")
    world.ledger.settle(report(outbound(1), completed_at=yesterday, owes=MARK))
    world.ledger.settle(report(outbound(2), completed_at=NOON, owes=MARK, facts=facts))
    world.ledger.settle(report(outbound(3), Status.FAILED, completed_at=NOON, owes=MARK))
    world.ledger.settle(report(outbound(4), completed_at=NOON, facts=facts))
    unfinished = Listing(is_unfinished=True)

    assert ids(listed(world.listing, replace(unfinished, until=NOON))) == [outbound(1)]
    assert ids(listed(world.listing, replace(unfinished, reference="a"))) == [outbound(2)]
    assert ids(listed(world.listing, replace(unfinished, status=Status.FAILED))) == [outbound(3)]
    assert ids(listed(world.listing, replace(unfinished, provider=Provider.GREENFAX))) == []


def test_what_was_given_up_can_be_asked_for_until_it_is_done(world: World) -> None:
    for number in range(3):
        world.ledger.settle(report(outbound(number), owes=MARK))
        world.ledger.mark_refused(outbound(number), most=2)
    world.ledger.settle(report(inbound(), Status.RECEIVED, completed_at=NOON, owes=STORE_AND_MARK))
    received = world.ledger.find(inbound())
    assert received is not None
    world.ledger.store_given_up(received)
    for number in (1, 2):
        world.ledger.mark_refused(outbound(number), most=2)
    given_up = Listing(is_given_up=True)

    assert set(ids(listed(world.listing, given_up, limit=1))) == {outbound(1), outbound(2), inbound()}
    assert ids(listed(world.listing, replace(given_up, direction=Direction.INBOUND))) == [inbound()]
    assert ids(listed(world.listing, replace(given_up, since=NOON + timedelta(days=1)))) == []

    world.ledger.mark_done(outbound(1))

    assert set(ids(listed(world.listing, given_up))) == {outbound(2), inbound()}


def test_what_was_sent_without_all_of_its_pages_can_be_asked_for(world: World) -> None:
    for number, (pages, total) in enumerate([(1, 3), (3, 3), (3, None), (None, 3), (0, 1)]):
        world.ledger.settle(report(outbound(number), facts=Facts(pages=pages, pages_total=total)))
    world.ledger.settle(report(outbound(5), Status.FAILED, facts=Facts(pages=1, pages_total=3)))
    world.ledger.settle(report(outbound(6)))
    known_later = Facts(pages=2, pages_total=3, reference="a")
    world.ledger.settle(report(outbound(6), source=Source.POLL, facts=known_later))
    world.ledger.open(HandedOver(outbound(7), NOON))

    incomplete = Listing(is_incomplete=True)
    assert set(ids(listed(world.listing, incomplete, limit=2))) == {outbound(0), outbound(4), outbound(6)}
    assert ids(listed(world.listing, replace(incomplete, reference="a"))) == [outbound(6)]
    assert ids(listed(world.listing, replace(incomplete, direction=Direction.INBOUND))) == []
    assert ids(listed(world.listing, replace(incomplete, status=Status.FAILED))) == []


def test_faxes_of_the_same_moment_are_on_one_page_each(world: World) -> None:
    faxes = [outbound(number) for number in range(25)]
    for fax in faxes:
        world.ledger.settle(report(fax, completed_at=NOON))

    found = ids(listed(world.listing, Listing(), limit=4))

    assert sorted(found) == sorted(faxes)


@pytest.mark.parametrize(
    "cursor", ["x", "!", "é", "MjAyNi0wMy0xMA", "2026-03-10", "MjAyNi0wMy0xMCNmb28", "a" * 5_000]
)
def test_a_cursor_that_is_not_ours_is_refused_by_name(world: World, cursor: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        world.listing.page(Listing(), limit=10, cursor=cursor)
    assert refused.value.field == "cursor"


def test_a_cursor_of_another_listing_shows_nothing_outside_of_this_one(world: World) -> None:
    for number in range(4):
        world.ledger.settle(report(outbound(number), completed_at=NOON + timedelta(hours=number)))
    newest = world.listing.page(Listing(), limit=1, cursor=None).cursor
    oldest = world.listing.page(Listing(), limit=3, cursor=None).cursor

    bounded = Listing(until=NOON + timedelta(hours=2))
    assert ids(list(world.listing.page(bounded, limit=9, cursor=newest).faxes)) == [outbound(1), outbound(0)]
    later = Listing(since=NOON + timedelta(hours=2))
    assert world.listing.page(later, limit=9, cursor=oldest).faxes == ()


def test_a_day_that_ends_before_it_begins_is_empty(world: World) -> None:
    world.ledger.settle(report(outbound()))

    assert listed(world.listing, Listing(since=NOON, until=NOON - timedelta(days=1))) == []


@st.composite
def told(draw: st.DrawFn) -> list[Report]:
    numbers = draw(st.lists(st.integers(1, 60), max_size=25, unique=True))
    return [
        report(
            draw(st.sampled_from([outbound, greenfax]))(number),
            draw(st.sampled_from([Status.SENT, Status.FAILED])),
            # Few moments, so that many faxes share one.
            completed_at=NOON - timedelta(hours=draw(st.integers(0, 5))),
            facts=Facts(reference=draw(st.sampled_from([None, "a", "b"]))),
            owes=draw(st.sampled_from([frozenset(), MARK])),
        )
        for number in numbers
    ]


listings = st.builds(
    Listing,
    status=st.sampled_from([None, Status.SENT, Status.FAILED]),
    since=st.sampled_from([None, NOON - timedelta(hours=3)]),
    until=st.sampled_from([None, NOON - timedelta(hours=1)]),
    reference=st.sampled_from([None, "a"]),
    provider=st.sampled_from([None, Provider.SOFTLINX]),
    is_unfinished=st.booleans(),
)


def is_meant(said: Report, which: Listing) -> bool:
    assert said.completed_at is not None
    return (
        which.status in (None, said.status)
        and (which.since is None or which.since <= said.completed_at)
        and (which.until is None or said.completed_at < which.until)
        and which.reference in (None, said.facts.reference)
        and which.provider in (None, said.fax.provider)
        and (not which.is_unfinished or bool(said.owes))
    )


def hold_all_pages_together(world: World, reports: list[Report], which: Listing, limit: int) -> None:
    for said in reports:
        world.ledger.settle(said)

    found = listed(world.listing, which, limit=limit)

    assert sorted(ids(found)) == sorted(said.fax for said in reports if is_meant(said, which))
    if not which.is_unfinished:
        moments = [fax.completed_at for fax in found if fax.completed_at]
        assert moments == sorted(moments, reverse=True)


@settings(max_examples=60, deadline=None)
@given(told(), listings, st.integers(1, 9))
def test_the_pages_of_the_fake_are_the_whole(reports: list[Report], which: Listing, limit: int) -> None:
    hold_all_pages_together(worlds.in_memory(), reports, which, limit)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told(), listings, st.integers(1, 9))
def test_the_pages_of_tables_in_memory_are_the_whole(
    memory_client: object, reports: list[Report], which: Listing, limit: int
) -> None:
    with worlds.memory_tables(), worlds.new_table(memory_client) as table:
        hold_all_pages_together(table.world(), reports, which, limit)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(told(), listings, st.integers(1, 9))
def test_the_pages_on_dynamodb_local_are_the_whole(
    dynamodb_client: object, reports: list[Report], which: Listing, limit: int
) -> None:
    with worlds.new_table(dynamodb_client) as table:
        hold_all_pages_together(table.world(), reports, which, limit)
