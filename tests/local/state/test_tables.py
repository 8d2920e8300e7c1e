"""A table that is kept is, after every write, the table that it was."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.dynamodb.tables import MemoryTable
from local.state.journal import Journal, Put
from local.state.tables import KeptTable

DEFINITION = {
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "due")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "sk", "KeyType": "HASH"},
                {"AttributeName": "due", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


class Machine:
    """A table and its journal, which may be opened anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder)
        self.table = MemoryTable(DEFINITION, lambda: datetime(2026, 11, 23, tzinfo=UTC))
        self.kept = KeptTable("Table", self.table, self.journal, self.journal.write)

    def put(self, key: str, /, **attributes: Any) -> None:
        item = {"pk": {"S": key}, "sk": {"S": "STATUS"}, **attributes}
        self.table.put(item, None, {}, shows_old=False)

    def delete(self, key: str) -> None:
        self.table.delete({"pk": {"S": key}, "sk": {"S": "STATUS"}}, None, {}, shows_old=False)

    def numbers_after(self, number: int) -> list[int]:
        return [int(one["dynamodb"]["SequenceNumber"]) for one in self.table.changes_after(number)]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator["Machines"]:
    machines = Machines(tmp_path)
    yield machines
    machines.last.journal.close()


class Machines:
    """One after the other: each finds what the one before left in a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._crashes = 0
        self.last = Machine(folder / "0")

    def crash(self) -> Machine:
        """The last one's process is gone; the next finds its files as they are."""
        self._crashes += 1
        shutil.copytree(self.last.folder, self._folder / str(self._crashes))
        self.last.journal.close()
        self.last = Machine(self._folder / str(self._crashes))
        return self.last


def test_items_and_what_indexes_hold_of_them_are_there_again(machines: Machines) -> None:
    machine = machines.last
    machine.put("a", due={"S": "1"}, size={"N": "12"}, body={"B": b"\x00\xff"}, m={"M": {"x": {"S": "é"}}})
    machine.put("b", due={"S": "2"})
    machine.put("a", due={"S": "3"})
    machine.put("c", body={"B": b"\x00"}, bytes={"M": {"B": {"S": "text"}}})
    machine.delete("b")
    items = machine.table.items()
    again = machines.crash()
    assert again.table.items() == items
    assert again.table._indexes["due"].partitions == {b"STATUS": [(b"3", (b"a", b"STATUS"))]}


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=20), max_size=3), st.binary())
def test_any_text_and_any_bytes_come_back(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str], content: bytes
) -> None:
    machine = Machine(tmp_path_factory.mktemp("state"))
    attributes = {name: {"S": text} for name, text in texts.items() if name not in ("pk", "sk", "due")}
    machine.put("a", **{**attributes, "binary": {"B": content}, "due": {"S": "x"}})
    items = machine.table.items()
    machine.journal.close()
    again = Machine(machine.folder)
    again.journal.close()
    assert again.table.items() == items


def test_each_reader_goes_on_behind_what_it_has_done_with(machines: Machines) -> None:
    machine = machines.last
    fast, slow = machine.kept.reader("fast"), machine.kept.reader("slow")
    for name in "abcde":
        machine.put(name)
    fast.reach(4)
    slow.reach(2)

    again = machines.crash()
    fast, slow = again.kept.reader("fast"), again.kept.reader("slow")
    assert again.numbers_after(fast.number) == [5]
    assert again.numbers_after(slow.number) == [3, 4, 5]
    again.put("f")
    assert again.numbers_after(fast.number) == [5, 6]
    fast.reach(6)
    slow.reach(6)

    # Nothing is left of what everybody has read, and the numbers go on.
    last = machines.crash()
    assert last.journal.read("changes of Table") == []
    last.kept.reader("fast")
    last.put("g")
    assert last.numbers_after(6) == [7]


def test_a_new_reader_begins_with_what_comes(machines: Machines) -> None:
    machine = machines.last
    machine.kept.reader("old")
    machine.put("a")
    again = machines.crash()
    new = again.kept.reader("new")
    again.put("b")
    assert again.numbers_after(new.number) == [2]
    assert again.numbers_after(again.kept.reader("old").number) == [1, 2]


def test_what_cannot_be_kept_is_not_done(machines: Machines) -> None:
    machine = machines.last
    machine.put("a", due={"S": "1"})
    machine.journal.close()
    with pytest.raises(Exception, match="closed"):
        machine.put("a", due={"S": "2"})
    assert machine.table.items()[0]["due"] == {"S": "1"}
    assert machine.table.number_of_changes == 1


def test_a_change_and_its_item_are_one_transaction(machines: Machines) -> None:
    written: list[list[Any]] = []
    machine = machines.last
    kept = KeptTable("Table", machine.table, machine.journal, written.append)
    kept.reader("reader")
    machine.put("a")
    (_, put) = written
    assert [type(one) for one in put] == [Put, Put]
    assert {one.shelf for one in put} == {"items of Table", "changes of Table"}
