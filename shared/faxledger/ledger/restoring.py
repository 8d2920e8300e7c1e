"""What comes back into the ledger from a backup of its table, and as what.

The backup is older than what has happened. So nothing that it says is still to be done may be told, sent or
asked for once more: what may have happened since counts as if it had, and a person looks at it instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from faxledger.domain.report import DutyState
from faxledger.domain.submission import OrderState
from faxledger.domain.timestamps import timestamp
from faxledger.errors import ItemUnreadable
from faxledger.ledger import callback_tests, deliveries, items, keys, submissions
from faxledger.ledger.attributes import Attribute, Value, from_attributes, to_attribute, to_attributes
from faxledger.usecases.ports.notifying import DueDelivery

Item = Mapping[str, Attribute]

# What nobody has heard of is looked at again then, as after it was announced.
_LOOK_AGAIN_AFTER: Final = timedelta(days=7)
_MAY_BE_SENT: Final = (OrderState.ACCEPTED, OrderState.SENDING, OrderState.GIVEN_UP)
_DELIVERED_SINCE: Final = "the table was restored: it may have been delivered after the backup"


@dataclass(frozen=True, slots=True)
class Restored:
    """An item to be put where there is none; one that `replaces` also where there is one.

    Only how far sources were read replaces: to read on from an earlier place loses nothing. `letter` is what
    a person puts back to have a delivery tried again.
    """

    item: Item
    replaces: bool = False
    letter: DueDelivery | None = None


@dataclass(frozen=True, slots=True)
class Restoration:
    """Says of each item of a backup what it comes back as.

    `lost_at` is when the ledger was lost: what was due before has been announced. `now` is a time after that.
    """

    lost_at: datetime
    now: datetime

    def __call__(self, item: Item) -> Restored | None:
        """None for what has expired since, and for a test of callbacks."""
        if "expires_at" in item and int(item["expires_at"]["N"]) <= self.now.timestamp():
            return None
        if keys.kind_of(item) == callback_tests.KIND:
            return None
        try:
            return self._restored(item)
        except ItemUnreadable:
            # It comes back as it is: whoever finds it leaves it out, and says so.
            return Restored(item)

    def _restored(self, item: Item) -> Restored:
        match keys.kind_of(item):
            case "CURSOR":
                return Restored(item, replaces=True)
            case "CLAIM":
                changed = self._claimed_now(item)
            case "ORDER":
                changed = self._asked_before(item)
            case "DELIVERY" if item["duty_deliver"]["S"] == DutyState.PENDING:
                return self._delivered_or_not(item)
            case "SUBMISSION":
                changed = self._announced_submission(item)
            case "FAX":
                changed = self._announced_fax(item) | {items.RESTORED: to_attribute(timestamp(self.now))}
            case _:
                changed = {}
        return Restored(_changed(item, changed))

    def _claimed_now(self, claim: Item) -> dict[str, Any]:
        """As if it had been claimed now: when the provider was asked last, the backup does not know."""
        held = from_attributes(claim)
        lasts = datetime.fromisoformat(held["next_at"]) - datetime.fromisoformat(held["claimed_at"])
        return to_attributes({"claimed_at": timestamp(self.now), "next_at": timestamp(self.now + lasts)})

    def _asked_before(self, order: Item) -> dict[str, Any]:
        """What was not answered may have been sent since: it is looked for, and not sent again."""
        if OrderState(order["state"]["S"]) not in _MAY_BE_SENT:
            return {}
        now = timestamp(self.now)
        sending_at = order.get("sending_at", to_attribute(now))
        return {
            **to_attributes({"state": OrderState.SENDING, "sending_until": now}),
            "sending_at": sending_at,
        }

    def _delivered_or_not(self, item: Item) -> Restored:
        """What was not delivered may have been since: it waits for a person, who has it tried again."""
        delivery = deliveries.decode(item)
        given_up = deliveries.given_up(delivery.key, _DELIVERED_SINCE, self.now)
        letter = DueDelivery(delivery.key, after_round=delivery.round)
        return Restored(_changed(item, _attributes(given_up)), letter=letter)

    def _announced_submission(self, item: Item) -> dict[str, Any]:
        if not self._was_due(item):
            return {}
        submission = submissions.decode(item)
        announced = replace(
            submission,
            announced_at=submission.announced_at or self.lost_at,
            look_at=self.now + _LOOK_AGAIN_AFTER,
        )
        return _attributes(submissions.encode(announced))

    def _announced_fax(self, item: Item) -> dict[str, Any]:
        if "final_status" in item or "overdue_found_at" in item or not self._was_due(item):
            return {}
        position = keys.position(self.now + _LOOK_AGAIN_AFTER, str(keys.fax_of(dict(item))))
        return to_attributes({"overdue_found_at": timestamp(self.lost_at), keys.DUE.sort: position})

    def _was_due(self, item: Item) -> bool:
        """Whether somebody should have been told before the ledger was lost that nothing was heard of it."""
        return keys.DUE.sort in item and keys.moment_of(item[keys.DUE.sort]["S"]) < self.lost_at


def _changed(item: Item, changed: Mapping[str, Any]) -> Item:
    return {name: value for name, value in {**item, **changed}.items() if value is not None}


def _attributes(values: Mapping[str, Value | None]) -> dict[str, Any]:
    """Of each value its attribute; None where it is not to be there."""
    return {name: None if value is None else to_attribute(value) for name, value in values.items()}
