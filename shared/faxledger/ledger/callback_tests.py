"""Whether a callback reaches the ledger: `TEST#<origin>`, one item for each callback function.

It stands in no index, expires after a day, and nobody but whoever has called looks at it.
"""

from datetime import timedelta
from typing import Final

from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.table import Table
from faxledger.ledger.writes import update
from faxledger.usecases.ports.world import Clock

KIND: Final = "TEST"
_KEPT_FOR: Final = timedelta(days=1)


def keep_test(table: Table, clock: Clock, origin: str, test: str) -> None:
    """Keep the last test that has come to `origin`; `test` says which. Raises `LedgerUnavailable`."""
    now = clock.now()
    update(
        table,
        keys.primary(KIND, origin),
        put={
            "test": test,
            "seen_at": timestamp(now),
            "expires_at": int((now + _KEPT_FOR).timestamp()),
        },
    )
