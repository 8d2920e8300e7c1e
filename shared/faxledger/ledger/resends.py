"""Which failed faxes were sent once more, and under which identifier each goes on."""

from faxledger.domain.attempts import provider_id
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import Duty, DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.table import Table
from faxledger.ledger.writes import absent, either, equal, update_if
from faxledger.usecases.ports.world import Clock


class DynamoResends:
    """Implements `Resends`, on the items of the faxes. Every method raises `LedgerUnavailable`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def begin(self, fax: FaxId, order_id: str) -> bool:
        return update_if(
            self._table,
            keys.of_fax(fax),
            put={"resent_at": timestamp(self._clock.now()), "resent_by": order_id},
            # Of a resend before this one, which was dropped after all.
            remove=["resend_lost_at"],
            where=[
                equal("final_status", Status.FAILED),
                either(absent("resent_at"), equal("resent_by", order_id)),
            ],
        )

    def went_on(self, fax: FaxId, order_id: str, resent_as: FaxId) -> None:
        key, is_ours = keys.of_fax(fax), equal("resent_by", order_id)
        update_if(self._table, key, put={"resent_as": str(resent_as)}, where=[is_ours])
        if provider_id(resent_as) == provider_id(fax):
            # There is one mark for all attempts, and from now on the next one owes it.
            mark = items.duty_name(Duty.MARK)
            update_if(
                self._table,
                key,
                remove=[mark, keys.DUE.partition, keys.DUE.sort],
                where=[is_ours, equal(mark, DutyState.PENDING)],
            )

    def dropped(self, fax: FaxId, order_id: str) -> None:
        update_if(
            self._table,
            keys.of_fax(fax),
            remove=["resent_at", "resent_by"],
            where=[equal("resent_by", order_id)],
        )
