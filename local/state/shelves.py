"""Shelves of records for whoever is no service of AWS, and keeps things all the same."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from local.state import records
from local.state.journal import Journal, Put

Record = TypeVar("Record")


class JournalShelf(Generic[Record]):
    """The records of one kind, by key, on a shelf of this name."""

    def __init__(self, journal: Journal, name: str, kind: type[Record]) -> None:
        self._journal = journal
        self._name = name
        self._kind = kind

    def put(self, key: str, record: Record) -> None:
        self._journal.write([Put(self._name, key, records.written(record))])

    def all(self) -> Sequence[Record]:
        """In the order in which their keys first came."""
        return [records.read(self._kind, value) for _, value in self._journal.read(self._name)]
