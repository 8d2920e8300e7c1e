"""What nobody could read, read back for a person; callbacks load `unreadable.py` beside, to keep it."""

from faxledger.domain.report import Unreadable
from faxledger.domain.timestamps import moment_of
from faxledger.ledger import keys
from faxledger.ledger.attributes import decoder, from_attributes
from faxledger.ledger.index_pages import page_of
from faxledger.ledger.reading import Item, readable
from faxledger.ledger.table import Table, ledger_errors
from faxledger.usecases.ports.set_aside import ListedSetAside, SetAside
from faxledger.usecases.ports.world import Clock


class DynamoSetAsides:
    """Implements `SetAsides` on the ledger's table."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def find(self, id_: str) -> SetAside | None:
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.primary("UNREADABLE", id_), ConsistentRead=True
            )
        return _decode(answer["Item"]) if "Item" in answer else None

    def page(self, *, limit: int, cursor: str | None) -> ListedSetAside:
        partitions = [keys.unreadable_partition(shard) for shard in range(keys.SHARDS)]
        found, more = page_of(
            self._table, self._clock, keys.BY_STATUS, partitions, limit=limit, cursor=cursor
        )
        return ListedSetAside(list(readable(self._table, _decode, found)), more)


@decoder
def _decode(item: Item) -> SetAside:
    values = from_attributes(item)
    return SetAside(
        id=values["pk"].partition("#")[2],
        unreadable=Unreadable(
            values["origin"], values["problem"], bytes(values["raw"]), values["is_truncated"]
        ),
        first_seen_at=moment_of(values["first_seen_at"]),
        last_seen_at=moment_of(values["last_seen_at"]),
        times=values["seen"],
    )
