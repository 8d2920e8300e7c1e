"""What persons say became of a fax, on the fax's own item: the first status beside it never changes."""

from collections.abc import Callable, Mapping
from typing import Any

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import decoder, from_attributes
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.ledger.writes import absent, is_own, present, random_token, update

_AMENDMENT = "amendment_"


class DynamoAmendments:
    """Implements `Amendments`: the attributes `amendment_1`, `amendment_2` and so on, each written once."""

    def __init__(self, table: Table, token: Callable[[], str] = random_token) -> None:
        self._table = table
        self._token = token

    def find(self, fax_id: FaxId) -> AmendedFax | None:
        """The fax as `FaxLedger` finds it, and its amendments. Raises `LedgerUnavailable`."""
        with ledger_errors():
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=keys.of_fax(fax_id), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        return _decode(answer["Item"])

    def add(self, known: AmendedFax, amendment: Amendment) -> bool:
        """Keep the amendment, and list the fax by its status. Raises `LedgerUnavailable`."""
        token = self._token()
        name = f"{_AMENDMENT}{len(known.amendments) + 1}"
        fax = known.fax.id
        listed = keys.status_partition(fax.provider, amendment.status, keys.shard_of(str(fax)))
        try:
            update(
                self._table,
                keys.of_fax(fax),
                put={
                    name: _encode(amendment, token),
                    "amended_status": amendment.status,
                    "amended_at": timestamp(amendment.at),
                    keys.BY_STATUS.partition: listed,
                },
                remove=[keys.BY_STATUS.partition],
                where=[present("final_status"), absent(name)],
            )
        except ConditionFailed as failure:
            return is_own(failure, token, within=name)
        return True


def _encode(amendment: Amendment, token: str) -> dict[str, str]:
    return {
        "status": amendment.status,
        "was": amendment.was,
        "by": amendment.by,
        "at": timestamp(amendment.at),
        "because": amendment.because,
        "write_token": token,
    }


@decoder
def _decode(item: Mapping[str, Any]) -> AmendedFax:
    return AmendedFax(items.decode(item), _decode_amendments(item), keys.look_at_of(item))


def _decode_amendments(item: Mapping[str, Any]) -> tuple[Amendment, ...]:
    numbers = (name.removeprefix(_AMENDMENT) for name in item if name.startswith(_AMENDMENT))
    in_order = [from_attributes(item[f"{_AMENDMENT}{number}"]["M"]) for number in sorted(numbers, key=int)]
    return tuple(
        Amendment(
            status=Status(values["status"]),
            was=Status(values["was"]),
            by=values["by"],
            at=moment_of(values["at"]),
            because=values["because"],
        )
        for values in in_order
    )
