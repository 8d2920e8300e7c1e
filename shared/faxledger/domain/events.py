"""What the rest of the world is told when the ledger's knowledge of a fax changes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from faxledger.domain.fax import FailureClass, FaxId, Source, Status
from faxledger.domain.report import Fax


class EventType(StrEnum):
    """The `detail-type` of an event on the bus."""

    FAX_SENT = "Fax Sent"
    FAX_FAILED = "Fax Failed"
    FAX_RECEIVED = "Fax Received"
    FAX_STATUS_CONFLICT = "Fax Status Conflict"


_TYPE_OF_STATUS = {
    Status.SENT: EventType.FAX_SENT,
    Status.FAILED: EventType.FAX_FAILED,
    Status.RECEIVED: EventType.FAX_RECEIVED,
    Status.RECEIVED_PARTIAL: EventType.FAX_RECEIVED,
}


@dataclass(frozen=True, slots=True)
class FaxEvent:
    """One announcement; it carries ids and statuses, never who faxed whom or what.

    For a conflict `status` and `source` are the first claim, `other_status` and `other_source` the second.
    `case` names the received fax that made whole what this one and others began, where that is known.
    """

    type: EventType
    fax: FaxId
    status: Status
    source: Source
    settled_at: datetime
    completed_at: datetime | None = None
    failure_class: FailureClass | None = None
    other_status: Status | None = None
    other_source: Source | None = None
    case: FaxId | None = None

    @property
    def id(self) -> str:
        """The same for every announcement of the same fact, so that receivers can drop repeats."""
        return sha256(f"{self.fax}|{self.type}".encode()).hexdigest()[:32]


def events_between(old: Fax | None, new: Fax) -> tuple[FaxEvent, ...]:
    """What became true between two states of a fax."""
    if new.first_status is None or new.settled_by is None or new.settled_at is None:
        return ()
    events = []
    if old is None or not old.is_settled:
        events.append(
            FaxEvent(
                type=_TYPE_OF_STATUS[new.first_status],
                fax=new.id,
                status=new.first_status,
                source=new.settled_by,
                settled_at=new.settled_at,
                completed_at=new.completed_at,
                failure_class=new.failure.failure_class if new.failure else None,
            )
        )
    if new.conflict is not None and (old is None or old.conflict is None):
        events.append(
            FaxEvent(
                type=EventType.FAX_STATUS_CONFLICT,
                fax=new.id,
                status=new.first_status,
                source=new.settled_by,
                settled_at=new.settled_at,
                completed_at=new.completed_at,
                other_status=new.conflict.status,
                other_source=new.conflict.source,
            )
        )
    return tuple(events)
