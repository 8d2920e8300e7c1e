"""When each provider was last heard: `HEARD#<provider>`, with an attribute for each thing that is heard."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import from_attributes
from faxledger.ledger.table import Table, ledger_errors
from faxledger.ledger.writes import absent, before, either, update_if

_KIND: Final = "HEARD"


class DynamoHeard:
    """Implements `Heard` on the ledger's table; what was heard never expires by TTL."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, provider: str, what: str, at: datetime) -> None:
        moment = timestamp(at)
        where = [either(absent(what), before(what, moment))]
        update_if(self._table, keys.primary(_KIND, provider), put={what: moment}, where=where)

    def of(self, provider: str) -> Mapping[str, datetime]:
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.primary(_KIND, provider), ConsistentRead=True
            )
        heard = from_attributes(answer.get("Item", {}))
        return {what: datetime.fromisoformat(at) for what, at in heard.items() if what not in {"pk", "sk"}}
