"""What nobody could read is found again as it came, the newest first."""

from datetime import timedelta

import pytest

from faxledger.errors import MalformedInput
from faxledger.ledger.set_aside import DynamoSetAsides
from faxledger.ledger.table import Table
from faxledger.usecases.ports.set_aside import SetAside
from tests.contract.worlds import OVERDUE_HOURS, RETENTION_DAYS, Server
from tests.fakes.clock import NOON, StoppedClock
from tests.fakes.faxes import unreadable


def set_asides(server: Server) -> DynamoSetAsides:
    return DynamoSetAsides(Table(server.client, server.table, RETENTION_DAYS, OVERDUE_HOURS), StoppedClock())


def test_nothing_is_listed_where_all_was_read(server: Server) -> None:
    page = set_asides(server).page(limit=50, cursor=None)
    assert (list(page.found), page.cursor) == ([], None)
    assert set_asides(server).find("a" * 64) is None


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_each_is_listed_once_and_found_by_its_id(server: Server, limit: int) -> None:
    world = server.world()
    for number in range(5):
        world.unreadables.set_aside(unreadable(raw=b"\x00\xff%d" % number))
        world.clock.advance(minutes=1)
    world.unreadables.set_aside(unreadable(raw=b"\x00\xff%d" % 2))

    found: list[SetAside] = []
    cursor = None
    while True:
        page = set_asides(server).page(limit=limit, cursor=cursor)
        found += page.found
        if (cursor := page.cursor) is None:
            break
    assert [one.unreadable.raw[2:] for one in found] == [b"4", b"3", b"2", b"1", b"0"]
    assert [one.times for one in found] == [1, 1, 2, 1, 1]
    again = found[2]
    assert (again.first_seen_at, again.last_seen_at) == (
        NOON + timedelta(minutes=2),
        NOON + timedelta(minutes=5),
    )
    known = set_asides(server).find(again.id)
    assert known is not None
    assert (known.id, known.unreadable, known.times) == (again.id, again.unreadable, 2)


@pytest.mark.parametrize("cursor", ["x", "\u00fc", "MjAyNg", "Iw", "MjAyNi0xMS0yMlQxMjowMDowMFoj"])
def test_a_cursor_of_nobody_s_is_refused(server: Server, cursor: str) -> None:
    with pytest.raises(MalformedInput, match="cursor is not one of ours"):
        set_asides(server).page(limit=1, cursor=cursor)
