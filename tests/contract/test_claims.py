"""What every store of claims, cursors, progresses and unreadables promises."""

from datetime import date, timedelta

import pytest

from faxledger.domain.coverage import Coverage, Days, FeedProgress
from faxledger.usecases.ports.claims import Claim, StandingClaim
from tests.contract.worlds import World
from tests.fakes.clock import NOON
from tests.fakes.faxes import unreadable
from tests.fakes.ledger import Kept

LATER = NOON + timedelta(minutes=20)


def test_what_nobody_holds_is_granted(world: World) -> None:
    claim = world.claims.claim("greenfax-feed", now=NOON, until=LATER)

    assert claim.is_granted
    assert claim.next_at == LATER


def test_since_when_and_until_when_something_is_or_was_held_can_be_asked(world: World) -> None:
    assert world.claims.standing("greenfax-feed") is None
    claim = world.claims.claim("greenfax-feed", now=NOON, until=LATER)
    assert world.claims.standing("greenfax-feed") == StandingClaim(since=NOON, until=LATER)
    world.claims.give_back(claim)
    assert world.claims.standing("greenfax-feed") is None


def test_what_is_held_is_refused_and_says_until_when(world: World) -> None:
    world.claims.claim("greenfax-feed", now=NOON, until=LATER)

    refused = world.claims.claim("greenfax-feed", now=LATER - timedelta(seconds=1), until=LATER)

    assert not refused.is_granted
    assert refused.next_at == LATER


def test_a_refused_claim_does_not_prolong_what_is_held(world: World) -> None:
    world.claims.claim("greenfax-feed", now=NOON, until=LATER)
    world.claims.claim("greenfax-feed", now=NOON, until=LATER + timedelta(days=1))

    assert world.claims.claim("greenfax-feed", now=LATER, until=LATER + timedelta(minutes=20)).is_granted


def test_claims_of_other_things_are_their_own(world: World) -> None:
    assert world.claims.claim("greenfax-feed", now=NOON, until=LATER).is_granted
    assert world.claims.claim("softlinx-query", now=NOON, until=LATER).is_granted


def test_a_lease_given_back_is_free_at_once(world: World) -> None:
    lease = world.claims.claim("softlinx-query", now=NOON, until=LATER)
    world.claims.give_back(lease)
    world.claims.give_back(lease)

    assert world.claims.claim("softlinx-query", now=NOON, until=LATER).is_granted


def test_nobody_gives_back_what_another_holds_by_now(world: World) -> None:
    mine = world.claims.claim("softlinx-query", now=NOON, until=LATER)
    world.claims.claim("softlinx-query", now=LATER, until=LATER + timedelta(minutes=20))

    world.claims.give_back(mine)

    assert not world.claims.claim("softlinx-query", now=LATER, until=LATER + timedelta(days=1)).is_granted


def test_a_cursor_that_was_cleared_begins_anew(world: World) -> None:
    world.cursors.clear("softlinx-inbound")
    world.cursors.advance("softlinx-inbound", "2026-11-22")
    world.cursors.advance("softlinx-outbound", "2026-11-22")
    world.cursors.clear("softlinx-inbound")

    assert world.cursors.read("softlinx-inbound") is None
    assert world.cursors.read("softlinx-outbound") == "2026-11-22"
    world.cursors.advance("softlinx-inbound", "2026-11-01")
    assert world.cursors.read("softlinx-inbound") == "2026-11-01"


def test_who_was_refused_gives_nothing_back(world: World) -> None:
    world.claims.claim("softlinx-query", now=NOON, until=LATER)
    refused = world.claims.claim("softlinx-query", now=NOON, until=LATER)

    world.claims.give_back(refused)

    assert not world.claims.claim("softlinx-query", now=NOON, until=LATER).is_granted


def test_a_claim_can_be_prolonged_by_who_holds_it(world: World) -> None:
    claim = world.claims.claim("greenfax-feed", now=NOON, until=LATER)
    world.claims.prolong(claim, LATER + timedelta(minutes=20))

    refused = world.claims.claim("greenfax-feed", now=LATER, until=LATER + timedelta(days=1))
    assert not refused.is_granted
    assert refused.next_at == LATER + timedelta(minutes=20)


def test_prolonging_never_shortens(world: World) -> None:
    claim = world.claims.claim("greenfax-feed", now=NOON, until=LATER)
    world.claims.prolong(claim, NOON + timedelta(minutes=1))

    assert not world.claims.claim("greenfax-feed", now=NOON + timedelta(minutes=2), until=LATER).is_granted


def test_nobody_prolongs_what_another_holds_or_nobody(world: World) -> None:
    mine = world.claims.claim("greenfax-feed", now=NOON, until=LATER)
    world.claims.claim("greenfax-feed", now=LATER, until=LATER + timedelta(minutes=20))

    world.claims.prolong(mine, LATER + timedelta(days=1))
    world.claims.prolong(Claim("softlinx-query", mine.token, is_granted=False, next_at=NOON), LATER)

    again = LATER + timedelta(minutes=20)
    assert world.claims.claim("greenfax-feed", now=again, until=again).is_granted
    assert world.claims.claim("softlinx-query", now=NOON, until=LATER).is_granted


def test_a_cursor_begins_nowhere(world: World) -> None:
    assert world.cursors.read("softlinx-outbound") is None


def test_a_cursor_moves_forward_only(world: World) -> None:
    for position, expected in (
        ("2026-03-10", "2026-03-10"),
        ("2026-03-09", "2026-03-10"),
        ("2026-03-10", "2026-03-10"),
        ("2026-03-11", "2026-03-11"),
    ):
        world.cursors.advance("softlinx-outbound", position)
        assert world.cursors.read("softlinx-outbound") == expected
    assert world.cursors.read("softlinx-inbound") is None


BEGINNING = FeedProgress(date(2026, 3, 4), most_current=90, most_older=90)


def test_a_feed_begins_without_a_progress(world: World) -> None:
    assert world.progresses.read("greenfax-outbound") is None


@pytest.mark.parametrize(
    "progress",
    [
        BEGINNING,
        BEGINNING.changed(asked_at=NOON, asked_for_older=True, most_older=23),
        BEGINNING.changed(passed_over=date(2026, 1, 1), because="the feed is not XML as agreed"),
        BEGINNING.changed(asked_at=NOON, asked_for=Days(date(2026, 3, 4), date(2026, 3, 10))),
        BEGINNING.changed(
            covered=Coverage((Days(date(2025, 1, 1), date(2025, 3, 31)), Days(NOON.date(), NOON.date())))
        ),
    ],
)
def test_a_progress_is_read_as_it_was_written(world: World, progress: FeedProgress) -> None:
    world.progresses.write("greenfax-outbound", progress)

    assert world.progresses.read("greenfax-outbound") == progress
    assert world.progresses.read("greenfax-inbound") is None


def test_a_progress_is_never_replaced_by_an_earlier_one_nor_by_one_of_its_age(world: World) -> None:
    older = BEGINNING.changed(most_current=1)
    newer = older.changed(most_current=2)
    for progress in (newer, older, older.changed(most_current=3), BEGINNING):
        world.progresses.write("greenfax-outbound", progress)

    assert world.progresses.read("greenfax-outbound") == newer
    world.progresses.write("greenfax-outbound", newer.changed())
    assert world.progresses.read("greenfax-outbound") == newer.changed()


def test_what_nobody_can_read_is_kept_as_it_came(world: World) -> None:
    garbage = unreadable(raw=b"\x00\xff FaxId=;")
    world.unreadables.set_aside(garbage)

    assert world.kept() == [Kept(garbage, times=1)]


def test_the_same_bytes_again_are_counted(world: World) -> None:
    for _ in range(3):
        world.unreadables.set_aside(unreadable())
        world.clock.advance(hours=1)

    assert world.kept() == [Kept(unreadable(), times=3)]


def test_other_bytes_and_other_origins_are_kept_apart(world: World) -> None:
    world.unreadables.set_aside(unreadable(b"a"))
    world.unreadables.set_aside(unreadable(b"b"))
    world.unreadables.set_aside(unreadable(b"a", origin="greenfax-notify"))

    assert len(world.kept()) == 3


def test_even_nothing_can_be_unreadable(world: World) -> None:
    world.unreadables.set_aside(unreadable(b""))

    assert [kept.unreadable.raw for kept in world.kept()] == [b""]
