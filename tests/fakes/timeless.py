"""Faxes without a time, in memory."""

from datetime import datetime

from faxledger.domain.fax import FaxId
from faxledger.errors import LedgerUnavailable


class InMemoryTimelessFaxes:
    """Implements `TimelessFaxes`; nothing of it expires."""

    def __init__(self) -> None:
        self.settled: dict[FaxId, datetime] = {}
        self.is_down = False

    def first_settled(self, fax_id: FaxId, settled_at: datetime) -> datetime:
        if self.is_down:
            raise LedgerUnavailable("the faxes in memory are down")
        return self.settled.setdefault(fax_id, settled_at)

    def known(self, fax_id: FaxId) -> datetime | None:
        return self.settled.get(fax_id)
