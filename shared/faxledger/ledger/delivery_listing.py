"""Pages of the deliveries that are pending or were given up, newest first, from the indexes that hold them.

The entries of an index tell whom a delivery is for; all else is decided on the items.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from faxledger.domain.deliveries import Delivery, subject_of
from faxledger.domain.report import DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import deliveries, keys
from faxledger.ledger.index_pages import (
    EVER,
    MOST_EXAMINED,
    NEVER,
    IndexRange,
    matching_page,
    read_cursor,
)
from faxledger.ledger.reading import Item
from faxledger.ledger.table import Table
from faxledger.usecases.ports.notifying import DeliveryFilter, ListedDeliveries
from faxledger.usecases.ports.world import Clock

_LISTED: Final[Mapping[DutyState, tuple[keys.Index, Sequence[str]]]] = {
    DutyState.GIVEN_UP: (keys.BY_STATUS, [keys.given_up_partition(shard) for shard in range(keys.SHARDS)]),
    DutyState.PENDING: (keys.DUE, keys.due_partitions(keys.DUE_DELIVERY)),
}


class DynamoDeliveryListing:
    """Implements `DeliveryListing`."""

    def __init__(self, table: Table, clock: Clock, *, most_examined: int = MOST_EXAMINED) -> None:
        self._table = table
        self._clock = clock
        self._most_examined = most_examined

    def page(self, which: DeliveryFilter, *, limit: int, cursor: str | None) -> ListedDeliveries:
        index, partitions = _LISTED[which.state]
        # None is due, and none was given up, before it was planned.
        since = timestamp(which.since or EVER)
        before = read_cursor(cursor, _position_in) if cursor else timestamp(NEVER)

        def decoded(item: Item) -> Delivery | None:
            delivery = deliveries.decode(item)
            return delivery if which.matches(delivery) else None

        matches, more = matching_page(
            self._table,
            self._clock,
            IndexRange(index, tuple(partitions), since, before),
            limit=limit,
            cursor=cursor,
            most_examined=self._most_examined,
            decoded=decoded,
            may_match=lambda entry: which.target_id in (None, deliveries.target_id_of(entry)),
        )
        return ListedDeliveries(tuple(match.found for match in matches), more)


def _position_in(moment: str, name: str) -> str:
    """As the indexes write it, of what a cursor says."""
    subject, event_id, target_id = name.split("#")
    return keys.position(datetime.fromisoformat(moment), f"{subject_of(subject)}#{event_id}#{target_id}")
