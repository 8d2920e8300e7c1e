"""What every ledger promises of routes."""

from dataclasses import replace

from faxledger.domain.deliveries import DEFAULT_ROUTE, Route, RouteKey, Target
from faxledger.domain.events import EventType
from faxledger.domain.fax import Provider
from tests.contract.worlds import World
from tests.fakes.events import HOOK, MAIL, OTHER_HOOK

JANE = RouteKey.of(Provider.SOFTLINX, "Jane.Roe@example.org")


def by_id(*targets: Target) -> tuple[Target, ...]:
    return tuple(sorted(targets, key=lambda target: target.id))


def test_a_route_is_found_as_it_was_put_until_it_is_deleted(world: World) -> None:
    world.routes.put(Route(JANE, (HOOK, MAIL)))
    assert world.routes.find(JANE) == Route(JANE, by_id(HOOK, MAIL))
    world.routes.put(Route(JANE, (OTHER_HOOK,)))
    assert world.routes.find(JANE) == Route(JANE, (OTHER_HOOK,))
    assert world.routes.find(DEFAULT_ROUTE) is None
    world.routes.delete(JANE)
    world.routes.delete(JANE)
    assert world.routes.find(JANE) is None


def test_the_events_that_are_wanted_are_kept(world: World) -> None:
    world.routes.put(Route(JANE, (MAIL,)))
    found = world.routes.find(JANE)
    assert found is not None
    assert found.targets[0].events == {EventType.FAX_FAILED}


def test_a_target_is_disabled_once_and_enabled_by_putting_the_route_again(world: World) -> None:
    route = Route(JANE, (HOOK, OTHER_HOOK))
    world.routes.put(route)
    now = world.clock.now()
    assert world.routes.disable(JANE, HOOK.id, now=now)
    assert not world.routes.disable(JANE, HOOK.id, now=now)
    found = world.routes.find(JANE)
    assert found is not None
    assert (found.disabled, found.active) == ({HOOK.id: now}, (OTHER_HOOK,))
    world.routes.put(route)
    found = world.routes.find(JANE)
    assert found is not None
    assert found.active == by_id(HOOK, OTHER_HOOK)


def test_nothing_is_disabled_where_nothing_is(world: World) -> None:
    assert not world.routes.disable(JANE, HOOK.id, now=world.clock.now())
    world.routes.put(Route(JANE, (OTHER_HOOK,)))
    assert not world.routes.disable(JANE, HOOK.id, now=world.clock.now())
    world.routes.delete(JANE)
    assert world.routes.find(JANE) is None


def test_all_routes_are_listed_in_the_order_of_their_keys(world: World) -> None:
    keys = [DEFAULT_ROUTE, *(RouteKey.of(Provider.SOFTLINX, f"user {number:03}") for number in range(5))]
    for key in reversed(keys):
        world.routes.put(Route(key, (HOOK,)))
    page = world.routes.page(cursor=None)
    assert ([route.key for route in page.routes], page.cursor) == (keys, None)
    assert world.routes.page(cursor="zzz").routes == ()


def test_of_some_routes_it_is_known_which_there_are(world: World) -> None:
    world.routes.put(Route(JANE, (HOOK,)))
    world.routes.put(Route(DEFAULT_ROUTE, ()))

    asked = {JANE, DEFAULT_ROUTE, RouteKey.of(Provider.SOFTLINX, "nobody")}
    assert world.routes.known(asked) == {JANE, DEFAULT_ROUTE}
    assert world.routes.known(set()) == frozenset()


def test_a_default_route_that_asks_for_closed_days_alone_is_none_of_a_fax(world: World) -> None:
    desk = replace(MAIL, events=frozenset({EventType.DAY_CLOSED}))
    world.routes.put(Route(DEFAULT_ROUTE, (desk,)))
    assert world.routes.known([DEFAULT_ROUTE]) == set()

    world.routes.put(Route(DEFAULT_ROUTE, (desk, HOOK)))
    assert world.routes.known([DEFAULT_ROUTE]) == {DEFAULT_ROUTE}
    both = frozenset({EventType.DAY_CLOSED, EventType.FAX_FAILED})
    world.routes.put(Route(DEFAULT_ROUTE, (replace(desk, events=both),)))
    assert world.routes.known([DEFAULT_ROUTE]) == {DEFAULT_ROUTE}
