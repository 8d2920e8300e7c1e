"""Amendments in memory."""

from dataclasses import replace

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.fax import FaxId
from tests.fakes.ledger import InMemoryFaxLedger


class InMemoryAmendments:
    """Implements `Amendments` over an `InMemoryFaxLedger`."""

    def __init__(self, ledger: InMemoryFaxLedger) -> None:
        self.made: dict[FaxId, tuple[Amendment, ...]] = {}
        self._ledger = ledger

    def find(self, fax_id: FaxId) -> AmendedFax | None:
        fax = self._ledger.find(fax_id)
        if fax is None:
            return None
        return AmendedFax(fax, self.made.get(fax_id, ()), self._ledger.due_at.get(fax_id))

    def add(self, known: AmendedFax, amendment: Amendment) -> bool:
        fax = self._ledger.find(known.fax.id)
        made = self.made.get(known.fax.id, ())
        if fax is None or not fax.is_settled or len(made) != len(known.amendments):
            return False
        self._ledger.faxes[fax.id] = replace(fax, amended_status=amendment.status, amended_at=amendment.at)
        self.made[fax.id] = (*made, amendment)
        return True
