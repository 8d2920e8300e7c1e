"""What every store of the faxes that were announced without a time promises."""

from datetime import timedelta

from tests.contract.worlds import RETENTION_DAYS, Server, World
from tests.fakes.clock import NOON
from tests.fakes.faxes import inbound, outbound

LATER = NOON + timedelta(days=500)


def test_the_first_settling_is_remembered_whatever_comes_after_it(world: World) -> None:
    assert world.timeless.first_settled(outbound(), NOON) == NOON
    assert world.timeless.first_settled(outbound(), LATER) == NOON
    assert world.timeless.first_settled(outbound(), NOON) == NOON


def test_it_can_be_asked_for_without_being_entered(world: World) -> None:
    assert world.timeless.known(outbound()) is None
    assert world.timeless.known(outbound()) is None
    world.timeless.first_settled(outbound(), NOON)
    assert (world.timeless.known(outbound()), world.timeless.known(outbound(34))) == (NOON, None)


def test_each_fax_is_remembered_by_itself(world: World) -> None:
    world.timeless.first_settled(outbound(), NOON)
    for fax in (inbound(), outbound(34), outbound("33~2")):
        assert world.timeless.first_settled(fax, LATER) == LATER


def test_it_is_kept_for_twice_as_long_as_a_fax_and_holds_nothing_of_it(server: Server) -> None:
    server.world().timeless.first_settled(outbound(), NOON)
    (item,) = server.items()
    expiry = NOON + 2 * timedelta(days=RETENTION_DAYS)
    assert item == {
        "pk": {"S": "TIMELESS#softlinx.outbound.acme.33"},
        "sk": {"S": "TIMELESS"},
        "settled_at": {"S": "2026-03-10T12:00:00.000Z"},
        "expires_at": {"N": str(int(expiry.timestamp()))},
    }
