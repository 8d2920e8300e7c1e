"""What every store of transmissions promises."""

import json
from datetime import timedelta

import pytest

from faxledger.domain.cases import Transmission
from faxledger.domain.fax import FaxId
from faxledger.usecases.ports.ledger import Transmissions
from tests.contract.worlds import Server, World
from tests.fakes.clock import NOON
from tests.fakes.faxes import inbound
from tests.support import canaries

HOUR = timedelta(hours=1)


def came(
    number: int,
    minute: float,
    *,
    tsi: str = "Clinic 7",
    destination: str = "12125550191",
    is_whole: bool = False,
) -> Transmission:
    return Transmission(inbound(number), tsi, destination, NOON + timedelta(minutes=minute), is_whole)


def enter(transmissions: Transmissions, *came_in: Transmission) -> None:
    for transmission in came_in:
        transmissions.enter(transmission)


def before(world: World, transmission: Transmission) -> list[FaxId]:
    return [other.fax for other in world.transmissions.before(transmission, HOUR)]


def after(world: World, transmission: Transmission) -> list[FaxId]:
    return [other.fax for other in world.transmissions.after(transmission, HOUR)]


def test_nothing_is_known_before_anything_was_entered(world: World) -> None:
    assert before(world, came(1, 0)) == after(world, came(1, 0)) == []


def test_others_are_found_in_the_order_they_came_in_up_to_the_hour(world: World) -> None:
    first, early, middle, late, last = came(5, -61), came(1, -60), came(9, 0), came(2, 60), came(3, 60.1)
    enter(world.transmissions, last, middle, first, late, early, came(4, -1), came(6, 1))

    assert before(world, middle) == [inbound(4), inbound(1)]
    assert after(world, middle) == [inbound(6), inbound(2)]


def test_what_came_in_the_same_second_is_in_the_order_of_the_identifiers(world: World) -> None:
    enter(world.transmissions, *(came(number, 0) for number in (100, 9, 10)))

    assert before(world, came(100, 0)) == [inbound(10), inbound(9)]
    assert after(world, came(9, 0)) == [inbound(10), inbound(100)]


def test_entering_again_changes_nothing(world: World) -> None:
    enter(world.transmissions, came(1, 0, is_whole=True), came(1, 0, is_whole=True), came(2, 5))

    (found,) = world.transmissions.before(came(2, 5), HOUR)
    assert found == came(1, 0, is_whole=True)


@pytest.mark.parametrize("other", [came(1, 0, tsi="Clinic 8"), came(1, 0, destination="12125550192")])
def test_other_senders_and_other_numbers_are_others(world: World, other: Transmission) -> None:
    enter(world.transmissions, other, came(2, 5))

    assert before(world, came(2, 5)) == []


def test_a_sender_is_the_same_in_any_case(world: World) -> None:
    enter(world.transmissions, came(1, 0, tsi="CLINIC 7"), came(2, 5))

    assert before(world, came(2, 5)) == [inbound(1)]


def test_more_than_a_page_is_found_to_the_last(world: World) -> None:
    enter(world.transmissions, *(came(number, number / 10) for number in range(1, 51)))

    assert len(before(world, came(51, 6))) == 50


def test_no_key_tells_who_sent_or_to_which_number(server: Server) -> None:
    server.world().transmissions.enter(came(1, 0, tsi=canaries.NAME, destination=canaries.NUMBER))

    assert canaries.found_in(json.dumps(server.items())) == []


def test_two_tables_hash_one_sender_differently(server: Server) -> None:
    """So that nobody finds a number in a key by hashing all there are."""
    server.world().transmissions.enter(came(1, 0))
    (first,) = (item["pk"]["S"] for item in server.items() if item["pk"]["S"].startswith("CASE#"))
    for item in server.items():
        server.client.delete_item(TableName=server.table, Key={"pk": item["pk"], "sk": item["sk"]})
    server.world().transmissions.enter(came(1, 0))
    (second,) = (item["pk"]["S"] for item in server.items() if item["pk"]["S"].startswith("CASE#"))
    assert first != second


def test_two_processes_hash_alike(server: Server) -> None:
    server.world().transmissions.enter(came(1, 0))
    server.world().transmissions.enter(came(2, 5))

    assert before(server.world(), came(2, 5)) == [inbound(1)]


def test_what_is_entered_expires_with_the_retention(server: Server) -> None:
    server.world().transmissions.enter(came(1, 0))

    (item,) = (item for item in server.items() if item["pk"]["S"].startswith("CASE#"))
    assert item["expires_at"]["N"] == str(int((NOON + timedelta(days=400)).timestamp()))
