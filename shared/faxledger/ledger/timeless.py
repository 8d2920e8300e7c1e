"""Faxes whose end was stated without a time: `TIMELESS#<fax id>`, with when the fax was settled.

Such a statement is new by all that it says, whenever it comes again. So this is kept for longer than the fax.
"""

from datetime import datetime, timedelta
from typing import Final

from faxledger.domain.fax import FaxId
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.table import Table, ledger_errors
from faxledger.ledger.writes import update
from faxledger.usecases.ports.world import Clock

_KIND: Final = "TIMELESS"


class DynamoTimelessFaxes:
    """Implements `TimelessFaxes` on the ledger's table."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def first_settled(self, fax_id: FaxId, settled_at: datetime) -> datetime:
        """One write, of twice the time that a fax is kept. Raises `LedgerUnavailable`."""
        expiry = self._clock.now() + 2 * timedelta(days=self._table.retention_days)
        item = update(
            self._table,
            keys.primary(_KIND, str(fax_id)),
            fill={"settled_at": timestamp(settled_at)},
            put={"expires_at": int(expiry.timestamp())},
            is_wanted=True,
        )
        return datetime.fromisoformat(item["settled_at"]["S"])

    def known(self, fax_id: FaxId) -> datetime | None:
        """One read. Raises `LedgerUnavailable`."""
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.primary(_KIND, str(fax_id)), ConsistentRead=True
            )
        return datetime.fromisoformat(answer["Item"]["settled_at"]["S"]) if "Item" in answer else None
