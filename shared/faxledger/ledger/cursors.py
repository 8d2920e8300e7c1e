"""How far a source has been read."""

from faxledger.ledger import keys
from faxledger.ledger.attributes import from_attribute
from faxledger.ledger.table import Table, ledger_errors
from faxledger.ledger.writes import absent, before, either, update_if


class DynamoCursors:
    """Implements `Cursors` on the ledger's table; positions are text that sorts as it advances."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, what: str) -> str | None:
        """The position, or None before the first. Raises `LedgerUnavailable`."""
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.primary("CURSOR", what), ConsistentRead=True
            )
        return str(from_attribute(answer["Item"]["position"])) if "Item" in answer else None

    def clear(self, what: str) -> None:
        """Begin anew; harmless where there is no position. Raises `LedgerUnavailable`."""
        with ledger_errors():
            self._table.client.delete_item(TableName=self._table.name, Key=keys.primary("CURSOR", what))

    def advance(self, what: str, position: str) -> None:
        """Move forward; a position behind the present one changes nothing. Raises `LedgerUnavailable`."""
        update_if(
            self._table,
            keys.primary("CURSOR", what),
            put={"position": position},
            where=[either(absent("pk"), before("position", position))],
        )
