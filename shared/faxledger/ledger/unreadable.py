"""What nobody could read, kept as it came for a person."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from faxledger.domain.report import Unreadable
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import to_attribute
from faxledger.ledger.table import Table, ledger_errors

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
        with ledger_errors():
            self._table.client.update_item(
                TableName=self._table.name,
                Key=keys.primary("UNREADABLE", fingerprint),
                UpdateExpression=(
                    "SET #origin = :origin, #problem = :problem, #raw = :raw, #truncated = :truncated,"
                    " first_seen_at = if_not_exists(first_seen_at, :now), last_seen_at = :now,"
                    " #listed = if_not_exists(#listed, :listed),"
                    " #position = if_not_exists(#position, :position),"
                    " expires_at = :expiry ADD seen :one"
                ),
                ExpressionAttributeNames={
                    "#origin": "origin",
                    "#problem": "problem",
                    "#raw": "raw",
                    "#truncated": "is_truncated",
                    "#listed": keys.BY_STATUS.partition,
                    "#position": keys.BY_STATUS.sort,
                },
                ExpressionAttributeValues={
                    ":origin": to_attribute(unreadable.origin),
                    ":problem": to_attribute(unreadable.problem),
                    ":raw": {"B": unreadable.raw},
                    ":truncated": to_attribute(unreadable.is_truncated),
                    ":now": to_attribute(timestamp(now)),
                    ":listed": to_attribute(keys.unreadable_partition(keys.shard_of(fingerprint))),
                    ":position": to_attribute(keys.position(now, fingerprint)),
                    ":expiry": to_attribute(
                        int((now + timedelta(days=self._table.retention_days)).timestamp())
                    ),
                    ":one": to_attribute(1),
                },
            )
