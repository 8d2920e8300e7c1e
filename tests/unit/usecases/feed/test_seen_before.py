"""Rows that were there the last time cost nothing, and whatever was forgotten is looked at again."""

import pytest

from faxledger.domain.fax import Status
from faxledger.errors import (
    LedgerUnavailable,
)
from tests.fakes.faxes import greenfax, unreadable
from tests.unit.usecases.feed.account import READ_UP_TO, Account, row


def test_rows_of_the_last_reading_are_skipped(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(300)]
    account.run()
    account.run_later(minutes=41)
    looked_at = account.outbound.looked_at
    for _ in range(5):
        account.run_later(minutes=23)

    assert looked_at == account.outbound.looked_at == 300
    assert account.ledger.looked_up == 300


def test_a_row_that_has_changed_is_looked_at(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1), row(2, None), unreadable(b"<row/>")]
    account.run()
    account.run_later(minutes=41)
    account.outbound.rows = [row(1, Status.FAILED), row(2), unreadable(b"<row> </row>")]
    account.run_later(minutes=23)

    assert account.settled() == {"1", "2"}
    fax = account.ledger.find(greenfax(1))
    assert fax is not None
    assert fax.conflict is not None
    assert len(account.unreadables.kept) == 2


def test_a_word_that_is_not_final_is_looked_at_each_time_and_written_once(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1, None)]
    for _ in range(4):
        account.run_later(minutes=41)

    assert account.outbound.looked_at == len(account.outbound.requests) == 4
    assert account.ledger.writes == 1


def test_a_row_that_goes_and_comes_back_is_looked_at(account: Account) -> None:
    account.has_inbound = False
    for rows in ([row(1)], [], [row(1)]):
        account.outbound.rows = list(rows)
        account.run_later(minutes=41)
        account.run_later(minutes=41)

    assert account.outbound.looked_at == 2


def test_once_a_day_everything_is_looked_at(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1)]
    for _ in range(3 * 72):
        account.run_later(minutes=23)

    assert 3 <= account.outbound.looked_at <= 4


def test_another_way_of_reading_makes_every_row_be_looked_at(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(1)]
    account.run()
    account.run_later(minutes=41)
    account.way = "another way"
    account.run_later(minutes=41)

    assert account.outbound.looked_at == 2


def test_a_row_that_the_ledger_did_not_take_is_not_remembered(account: Account) -> None:
    account.has_inbound = False
    account.outbound.rows = [row(number) for number in range(130)]
    account.ledger.unwritable = {greenfax(120)}
    with pytest.raises(LedgerUnavailable):
        account.run()
    account.ledger.unwritable = set()
    account.run_later(minutes=41)
    account.run_later(minutes=41)

    assert len(account.settled()) == 130
    assert account.outbound.looked_at == 130 + 30


@pytest.mark.parametrize(
    "garbage", [b"", b"\n", b"{}\n", b"[]\n12345678", b'{"since": "x", "reading": 1}\n', b"\x00"]
)
def test_a_memory_that_makes_no_sense_is_none(account: Account, garbage: bytes) -> None:
    account.memory.kept["greenfax-outbound"] = garbage
    account.outbound.rows = [row(1)]
    account.run()

    assert account.settled() == {"1"}


def test_without_its_memory_a_feed_is_read_all_the_same(account: Account) -> None:
    account.memory.is_down = True
    account.outbound.rows = [row(1)]
    account.run()

    assert account.settled() == {"1"}
    assert account.covered() == [f"2026-03-04/{READ_UP_TO}"]
    assert account.count["FeedMemoryLost"] == 2
