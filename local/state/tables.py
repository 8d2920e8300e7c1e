"""A table's items, and those of its changes that somebody has still to read."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any

from local.dynamodb.tables import MemoryTable
from local.dynamodb.values import Item
from local.state.journal import Delete, Journal, Put, Write


class KeptTable:
    """Fills the table with what was kept of it, and keeps what is written from now on.

    An item and its change are one write, as DynamoDB has it. `write` takes the writes of one transaction.
    """

    def __init__(
        self, name: str, table: MemoryTable, journal: Journal, write: Callable[[list[Write]], None]
    ) -> None:
        self._items, self._changes, self._read = (
            f"{what} of {name}" for what in ("items", "changes", "read")
        )
        self._write = write
        self._positions = {reader: int(value) for reader, value in journal.read(self._read)}
        changes = [_read(value) for _, value in journal.read(self._changes)]
        self._first = int(changes[0]["dynamodb"]["SequenceNumber"]) if changes else self._last_read() + 1
        self._table = table
        table.restore([_read(value) for _, value in journal.read(self._items)], changes, self._first - 1)
        table.keep = self._keep

    def reader(self, name: str) -> "Position":
        """How far the reader of this name has come; a new one begins with the next change."""
        if name not in self._positions:
            self.reached(name, self._table.number_of_changes)
        return Position(self, name, self._positions[name])

    def reached(self, reader: str, number: int) -> None:
        """It has done with the changes up to this number, and what everybody has done with is dropped."""
        self._positions[reader] = number
        done = min(self._positions.values())
        dropped = [Delete(self._changes, str(one)) for one in range(self._first, done + 1)]
        self._write([Put(self._read, reader, str(number).encode()), *dropped])
        self._first = max(self._first, done + 1)

    def _last_read(self) -> int:
        return max(self._positions.values(), default=0)

    def _keep(self, key: Item, new: Item | None, change: Mapping[str, Any]) -> None:
        place = _text_of(key)
        item = Delete(self._items, place) if new is None else Put(self._items, place, _bytes_of(new))
        number = change["dynamodb"]["SequenceNumber"]
        self._write([item, *([Put(self._changes, number, _bytes_of(change))] if self._positions else [])])


class Position:
    """Of one reader of a table's changes, as the number of the last change it has done with."""

    def __init__(self, table: KeptTable, reader: str, number: int) -> None:
        self._table = table
        self._reader = reader
        self.number = number

    def reach(self, number: int) -> None:
        if number > self.number:
            self._table.reached(self._reader, number)
            self.number = number


def _text_of(key: Item) -> str:
    return json.dumps(key, sort_keys=True, default=_plain)


def _bytes_of(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    # Bytes are marked, since an attribute's own name may be any.
    return {"\0bytes": b64encode(value).decode()} if isinstance(value, bytes) else value.isoformat()


def _with_bytes(read: dict[str, Any]) -> Any:
    return b64decode(read["\0bytes"]) if read.keys() == {"\0bytes"} else read


def _read(value: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(value.decode("utf-8", "surrogatepass"), object_hook=_with_bytes)
    return read
