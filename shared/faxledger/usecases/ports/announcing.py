"""The bus, and the queues behind it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from faxledger.domain.events import FaxEvent
from faxledger.domain.fax import FaxId


class Bus(Protocol):
    def publish(self, events: Sequence[FaxEvent]) -> frozenset[str]:
        """Put the events on the bus; returns the ids of those that were not taken."""


class TimelessFaxes(Protocol):
    """Faxes whose end was stated without a time, for longer than the ledger keeps the faxes.

    Every method raises `LedgerUnavailable`.
    """

    def first_settled(self, fax_id: FaxId, settled_at: datetime) -> datetime:
        """When the fax was settled that was the first to be entered under this id; this one, if none was."""

    def known(self, fax_id: FaxId) -> datetime | None:
        """When that was, which changes nothing; None if none was entered."""


class FaxQueue(Protocol):
    def send(self, fax_ids: Sequence[FaxId]) -> frozenset[FaxId]:
        """Ask for what the queue is about to be done for these faxes; returns those it did not take."""


class FailedBatches(Protocol):
    """Batches of the table's stream that were never announced. Every method raises `DocumentsUnavailable`."""

    def names(self) -> Iterator[str]: ...

    def read(self, name: str) -> Mapping[str, Any] | None:
        """The batch as the announcing function was given it; None if it can't be read."""

    def remove(self, name: str) -> None: ...

    def keep(self, name: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Leave these records there under that name, in the place of what it has meant so far."""
