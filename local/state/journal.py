"""The file in which everything is kept: values by shelf and key."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Self

FILE: Final = "state.sqlite"
# What a faxledger writes that reads it again; a further one gets a number of its own.
FORMAT: Final = 1
_APPLICATION: Final = 0x66786C67

_SCHEMA: Final = """
CREATE TABLE kept (
    serial INTEGER PRIMARY KEY,
    shelf TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (shelf, key)
)
"""
_PUT: Final = """
INSERT INTO kept (shelf, key, value) VALUES (?, ?, ?)
ON CONFLICT (shelf, key) DO UPDATE SET value = excluded.value
"""


class UnusableState(Exception):
    """The folder can't be used as a state: it is another's, in use, of another version, or damaged."""


@dataclass(frozen=True, slots=True)
class Put:
    shelf: str
    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    shelf: str
    key: str


Write = Put | Delete


class Journal:
    """One folder's; nobody else can open it until it is closed or its process is gone.

    It holds passwords and faxes, so that it is made for its owner alone. What is written is on the disk
    before `write` returns, and survives a loss of power. Raises `UnusableState`.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = Lock()
        file = folder / FILE
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise UnusableState(f"{file} can't be written: {error.strerror}") from None
        self._connection = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._open(folder)
        except sqlite3.OperationalError as error:
            self._connection.close()
            if "locked" in str(error):
                raise UnusableState(f"{folder} is in use by another `faxledger up`: end that one") from None
            raise UnusableState(f"{file} can't be read: {error}") from None
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise UnusableState(f"{file} is no state of faxledger: {error}") from None
        except UnusableState:
            self._connection.close()
            raise

    def _open(self, folder: Path) -> None:
        ask = self._connection.execute
        # The lock is the process's own: it is gone with it, however that ends.
        ask("PRAGMA locking_mode = EXCLUSIVE")
        ask("PRAGMA journal_mode = WAL")
        ask("PRAGMA synchronous = FULL")
        ask("BEGIN EXCLUSIVE")
        (application,), (format_,) = (
            ask(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
        )
        is_empty = not ask("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if is_empty and not application:
            ask(_SCHEMA)
            ask(f"PRAGMA application_id = {_APPLICATION}")
            ask(f"PRAGMA user_version = {FORMAT}")
        elif application != _APPLICATION:
            raise UnusableState(f"{folder / FILE} is another program's: name another folder")
        elif format_ != FORMAT:
            raise UnusableState(
                f"{folder} was written by another version of faxledger (its state has format {format_}, this "
                f"version's has {FORMAT}): go on with that version, or name a new folder"
            )
        ask("COMMIT")

    def write(self, writes: Iterable[Write]) -> None:
        """All of them or, where it raises, none. Raises `sqlite3.Error`, as when the disk is full."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                for write in writes:
                    match write:
                        case Put(shelf, key, value):
                            self._connection.execute(_PUT, (shelf, key, value))
                        case Delete(shelf, key):
                            self._connection.execute(
                                "DELETE FROM kept WHERE shelf = ? AND key = ?", (shelf, key)
                            )
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def read(self, shelf: str) -> Sequence[tuple[str, bytes]]:
        """Keys and values, in the order in which the keys first came."""
        with self._lock:
            found = self._connection.execute(
                "SELECT key, value FROM kept WHERE shelf = ? ORDER BY serial", (shelf,)
            )
            return [(key, value) for key, value in found]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
