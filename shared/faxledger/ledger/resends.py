"""Which failed faxes are sent once more, by which order, and under which identifier each goes on.

`resent_by` is the order that may, since `resend_reserved_at`, or does, since `resent_at`.
"""

from datetime import timedelta
from typing import Final

from faxledger.domain.attempts import provider_id
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import Duty, DutyState
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import items, keys
from faxledger.ledger.table import Table
from faxledger.ledger.writes import absent, either, equal, not_after, update_if
from faxledger.usecases.ports.world import Clock

# A fax that is sent once more has come to its end by then. The failed one is kept for as long, as it leads to
# the next attempt whatever is said again of that.
_OVER_WITHIN: Final = timedelta(days=7)
# An order is begun within the five hours for which its queue hands it out, or given up.
_RESERVED_FOR: Final = timedelta(hours=6)


class DynamoResends:
    """Implements `Resends`, on the items of the faxes. Every method raises `LedgerUnavailable`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def reserve(self, fax: FaxId, order_id: str) -> bool:
        now = self._clock.now()
        return update_if(
            self._table,
            keys.of_fax(fax),
            put={"resent_by": order_id, "resend_reserved_at": timestamp(now)},
            where=[
                equal("final_status", Status.FAILED),
                absent("resent_at"),
                either(
                    absent("resent_by"),
                    equal("resent_by", order_id),
                    not_after("resend_reserved_at", timestamp(now - _RESERVED_FOR)),
                ),
            ],
        )

    def begin(self, fax: FaxId, order_id: str) -> bool:
        now = self._clock.now()
        expiry = now + _OVER_WITHIN + timedelta(days=self._table.retention_days)
        return update_if(
            self._table,
            keys.of_fax(fax),
            put={
                "resent_at": timestamp(now),
                "resent_by": order_id,
                "expires_at": int(expiry.timestamp()),
            },
            # The one is over by this; the other is of a resend before, which was dropped after all.
            remove=["resend_reserved_at", "resend_lost_at"],
            where=[
                equal("final_status", Status.FAILED),
                # What a former version has accepted is not reserved.
                either(absent("resent_by"), equal("resent_by", order_id)),
            ],
        )

    def put_back(self, fax: FaxId, order_id: str) -> None:
        update_if(
            self._table,
            keys.of_fax(fax),
            put={"resend_reserved_at": timestamp(self._clock.now())},
            remove=["resent_at"],
            where=[equal("resent_by", order_id), absent("resent_as")],
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
            remove=["resent_at", "resent_by", "resend_reserved_at"],
            where=[equal("resent_by", order_id)],
        )
