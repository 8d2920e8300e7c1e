"""The file of a state: whole transactions, whatever moment the process or the machine stopped at."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.state.facts import StateFacts
from local.state.journal import FILE, FORMAT, Delete, Journal, Put, UnusableState

_FRAME_BYTES = 4096 + 24  # SQLite's file format, "The Write-Ahead Log"
_HEADER_BYTES = 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a" / "state"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    with Journal(folder) as journal:
        yield journal


def copied(folder: Path, name: str, most_bytes: int | None = None) -> Path:
    """What a crash leaves of a state that is open: its log may end anywhere."""
    copy = folder.with_name(name)
    shutil.copytree(folder, copy)
    if most_bytes is not None:
        with (copy / f"{FILE}-wal").open("r+b") as log:
            log.truncate(most_bytes)
    return copy


def everything(folder: Path) -> list[tuple[str, bytes]]:
    with Journal(folder) as journal:
        return [*journal.read("one"), *journal.read("other")]


def test_what_was_written_is_there_again_in_its_order(folder: Path) -> None:
    with Journal(folder) as journal:
        journal.write([Put("one", "b", b"1"), Put("one", "a", b"\x00\xff"), Put("other", "c", b"3")])
        journal.write([Put("one", "b", b"4"), Delete("other", "c")])
    assert everything(folder) == [("b", b"4"), ("a", b"\x00\xff")]


def test_a_log_cut_at_any_byte_holds_the_first_transactions_whole(folder: Path, journal: Journal) -> None:
    states: list[list[tuple[str, bytes]]] = [[]]
    for number in range(1, 5):
        journal.write([Put("one", f"{number}", b"x" * 3000), Put("other", "last", str(number).encode())])
        states.append([*journal.read("one"), *journal.read("other")])
    size = (folder / f"{FILE}-wal").stat().st_size
    ends = range(_HEADER_BYTES, size + 1, _FRAME_BYTES)
    assert len(ends) > len(states)
    found = [
        everything(copied(folder, f"cut-{cut}", cut))
        for cut in sorted({0, 1, size} | {end + by for end in ends for by in (-1, 0, 1) if end + by <= size})
    ]
    assert all(one in states for one in found)
    assert [one for n, one in enumerate(found) if one not in found[:n]] == states


def test_what_cannot_be_written_whole_is_not_written(journal: Journal) -> None:
    with pytest.raises(sqlite3.Error):
        journal.write([Put("one", "a", b"1"), Put("one", "b", {})])  # type: ignore[arg-type]
    journal.write([Put("other", "c", b"3")])
    assert (journal.read("one"), journal.read("other")) == ([], [("c", b"3")])


def test_nobody_else_opens_it_until_it_is_closed(folder: Path) -> None:
    with Journal(folder), pytest.raises(UnusableState, match="is in use by another `faxledger up`"):
        Journal(folder)
    Journal(folder).close()


def test_another_version_refuses_it_and_leaves_it_as_it_is(folder: Path) -> None:
    Journal(folder).close()
    with sqlite3.connect(folder / FILE) as other:
        other.execute(f"PRAGMA user_version = {FORMAT + 1}")
    other.close()
    for _ in range(2):
        with pytest.raises(UnusableState, match=f"has format {FORMAT + 1}, this version's has {FORMAT}"):
            Journal(folder)


def test_a_file_of_another_program_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / FILE) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(UnusableState, match="is another program's"):
        Journal(folder)
    (folder / FILE).write_bytes(b"no database at all" * 100)
    with pytest.raises(UnusableState, match="is no state of faxledger"):
        Journal(folder)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableState, match="can't be written: Not a directory"):
        Journal(tmp_path / "file" / "state")


def test_it_is_its_owners_alone(folder: Path, journal: Journal) -> None:
    journal.write([])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_facts_are_known_again(folder: Path) -> None:
    with Journal(folder) as journal:
        facts = StateFacts(journal)
        assert facts.get("realm") is None
        facts.set(realm="Acme", ports={"api": 3000})
        assert facts.get("realm") == "Acme"
    with Journal(folder) as journal:
        assert (StateFacts(journal).get("realm"), StateFacts(journal).get("ports")) == ("Acme", {"api": 3000})
