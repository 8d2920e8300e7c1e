"""What nobody could read, kept as it came for a person."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from faxledger.domain.report import Unreadable
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.table import Table
from faxledger.ledger.writes import update

if TYPE_CHECKING:
    # Ports are for the reader and the type checker: a callback's cold start does not pay for them.
    from faxledger.usecases.ports.world import Clock


class DynamoUnreadables:
    """Implements `Unreadables` on the ledger's table."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def set_aside(self, unreadable: Unreadable) -> None:
        """Keep it under the hash of its bytes and count repeats. Raises `LedgerUnavailable`."""
        now = self._clock.now()
        fingerprint = sha256(unreadable.origin.encode() + b"\0" + unreadable.raw).hexdigest()
        listed = {
            keys.BY_STATUS.partition: keys.unreadable_partition(keys.shard_of(fingerprint)),
            keys.BY_STATUS.sort: keys.position(now, fingerprint),
        }
        update(
            self._table,
            keys.primary("UNREADABLE", fingerprint),
            put={
                "origin": unreadable.origin,
                "problem": unreadable.problem,
                "raw": unreadable.raw,
                "is_truncated": unreadable.is_truncated,
                "last_seen_at": timestamp(now),
                "expires_at": int((now + timedelta(days=self._table.retention_days)).timestamp()),
            },
            fill={"first_seen_at": timestamp(now), **listed},
            add={"seen": 1},
        )
