"""Which failed faxes were sent once more, and under which identifier each goes on."""

from typing import Any

from faxledger.domain.attempts import provider_id
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import Duty, DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.attributes import to_attributes
from faxledger.ledger.table import ConditionFailed, Table, ledger_errors
from faxledger.usecases.ports.world import Clock


class DynamoResends:
    """Implements `Resends`, on the items of the faxes. Every method raises `LedgerUnavailable`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def begin(self, fax: FaxId, order_id: str) -> bool:
        return self._update(
            fax,
            "SET resent_at = :now, resent_by = :order",
            "final_status = :failed AND (attribute_not_exists(resent_at) OR resent_by = :order)",
            now=timestamp(self._clock.now()),
            order=order_id,
            failed=Status.FAILED.value,
        )

    def went_on(self, fax: FaxId, order_id: str, resent_as: FaxId) -> None:
        self._update(
            fax, "SET resent_as = :other", "resent_by = :order", order=order_id, other=str(resent_as)
        )
        if provider_id(resent_as) == provider_id(fax):
            # There is one mark for all attempts, and from now on the next one owes it.
            self._update(
                fax,
                f"REMOVE {items.duty_name(Duty.MARK)}, {keys.DUE.partition}, {keys.DUE.sort}",
                f"resent_by = :order AND {items.duty_name(Duty.MARK)} = :pending",
                order=order_id,
                pending=DutyState.PENDING,
            )

    def dropped(self, fax: FaxId, order_id: str) -> None:
        self._update(fax, "REMOVE resent_at, resent_by", "resent_by = :order", order=order_id)

    def _update(self, fax: FaxId, update: str, condition: str, **values: str) -> bool:
        request: dict[str, Any] = {
            "TableName": self._table.name,
            "Key": keys.of_fax(fax),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {f":{name}": v for name, v in to_attributes(values).items()},
        }
        try:
            with ledger_errors():
                self._table.client.update_item(**request)
        except ConditionFailed:
            return False
        return True
