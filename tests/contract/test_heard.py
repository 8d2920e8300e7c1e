"""What every store of when a provider was last heard promises."""

from datetime import timedelta

from faxledger.usecases.ports.heard import LOGIN_REFUSED, query
from tests.contract.worlds import World
from tests.fakes.clock import NOON

LATER = NOON + timedelta(minutes=20)


def test_a_provider_that_was_never_heard_has_said_nothing(world: World) -> None:
    assert world.heard.of("softlinx") == {}


def test_each_thing_is_kept_with_when_it_was_heard_last(world: World) -> None:
    world.heard.note("softlinx", "callback", NOON)
    world.heard.note("softlinx", query("outbound-failed"), LATER)
    world.heard.note("softlinx", LOGIN_REFUSED, NOON)
    world.heard.note("greenfax", "notify", LATER)

    assert world.heard.of("softlinx") == {
        "callback": NOON,
        "query outbound-failed": LATER,
        "login refused": NOON,
    }
    assert world.heard.of("greenfax") == {"notify": LATER}


def test_what_was_heard_before_changes_nothing(world: World) -> None:
    for moment in (NOON, LATER, NOON):
        world.heard.note("softlinx", "callback", moment)

    assert world.heard.of("softlinx") == {"callback": LATER}
