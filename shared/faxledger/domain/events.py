"""What the rest of the world is told when the ledger's knowledge of a fax changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from faxledger.domain.fax import FailureClass, FaxId, Source, Status
from faxledger.domain.report import Fax
from faxledger.domain.submission_ids import JoinedBy, is_submission_id
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.errors import MalformedInput

# Of what `detail_of` makes and docs/events describes. A reader accepts this and the one before.
VERSION = 1


class EventType(StrEnum):
    """The `detail-type` of an event on the bus."""

    FAX_SENT = "Fax Sent"
    FAX_FAILED = "Fax Failed"
    FAX_RECEIVED = "Fax Received"
    FAX_STATUS_CONFLICT = "Fax Status Conflict"
    FAX_OVERDUE = "Fax Overdue"
    FAX_AMENDED = "Fax Amended"
    DAY_CLOSED = "Day Closed"

    @property
    def dotted(self) -> str:
        """As in `fax.status_conflict`: how webhooks call their types (Standard Webhooks)."""
        return self.lower().replace(" ", ".", 1).replace(" ", "_")


FAX_EVENTS: Final = frozenset(EventType) - {EventType.DAY_CLOSED}


_TYPE_OF_STATUS = {
    Status.SENT: EventType.FAX_SENT,
    Status.FAILED: EventType.FAX_FAILED,
    Status.RECEIVED: EventType.FAX_RECEIVED,
    Status.RECEIVED_PARTIAL: EventType.FAX_RECEIVED,
}


@dataclass(frozen=True, slots=True)
class FaxEvent:
    """One announcement; it carries ids and statuses, never who faxed whom or what.

    `at` is when it became true. `status` is the first final one, or `SUBMITTED` of a fax that is overdue;
    `source` and `settled_at` are of that status. For a conflict `other_status` and `other_source` are the
    second statement, for an amendment `amended_status` is what a person says. `case` names the received fax
    that made whole what this one and others began, where that is known. `submission` is told to nobody but
    those whom its sender has named, with how its fax was found where the provider did not name it. When it
    was announced, an event that `is_for_nobody` was of a fax of whom nobody here was to be notified.
    """

    type: EventType
    fax: FaxId
    status: Status
    at: datetime
    source: Source | None = None
    settled_at: datetime | None = None
    submitted_at: datetime | None = None
    completed_at: datetime | None = None
    failure_class: FailureClass | None = None
    other_status: Status | None = None
    other_source: Source | None = None
    amended_status: Status | None = None
    case: FaxId | None = None
    submission: str | None = None
    joined_by: JoinedBy | None = None
    is_for_nobody: bool = False

    @property
    def id(self) -> str:
        """The same for every announcement of the same fact, so that receivers can drop repeats."""
        # A fax may be amended again; whatever else there is to tell of it becomes true once.
        which = f"|{self.amended_status}|{timestamp(self.at)}" if self.amended_status else ""
        return sha256(f"{self.fax}|{self.type}{which}".encode()).hexdigest()[:32]


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
                at=new.settled_at,
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
                at=new.conflict.seen_at,
                source=new.settled_by,
                settled_at=new.settled_at,
                completed_at=new.completed_at,
                other_status=new.conflict.status,
                other_source=new.conflict.source,
            )
        )
    if new.amended_status is not None and new.amended_at is not None and _is_amended_since(old, new):
        events.append(
            FaxEvent(
                type=EventType.FAX_AMENDED,
                fax=new.id,
                status=new.first_status,
                at=new.amended_at,
                source=new.settled_by,
                settled_at=new.settled_at,
                completed_at=new.completed_at,
                amended_status=new.amended_status,
            )
        )
    return tuple(events)


def events_missed_by_sender(old: Fax | None, new: Fax) -> tuple[FaxEvent, ...]:
    """Everything there is to tell of a fax that was settled before it was joined with its submission."""
    if old is None or not old.is_settled or new.submission in (None, old.submission):
        return ()
    return events_between(None, new)


def _is_amended_since(old: Fax | None, new: Fax) -> bool:
    return old is None or old.amended_at != new.amended_at


def detail_of(event: FaxEvent) -> dict[str, str | int]:
    """The event's `detail` on the bus and its `data` in a notification (docs/events)."""
    detail: dict[str, str | int | None] = {
        "version": VERSION,
        "event_id": event.id,
        "fax_id": str(event.fax),
        "provider": event.fax.provider,
        "direction": event.fax.direction,
        "status": event.status,
        "at": timestamp(event.at),
        "source": event.source,
        "settled_at": _text(event.settled_at),
        "submitted_at": _text(event.submitted_at),
        "completed_at": _text(event.completed_at),
        "failure_class": event.failure_class,
        "other_status": event.other_status,
        "other_source": event.other_source,
        "amended_status": event.amended_status,
        "case_id": str(event.case) if event.case else None,
        "submission_id": event.submission,
        "joined_by": event.joined_by,
        # The rule of the notify queue leaves it out.
        "notify": "nobody" if event.is_for_nobody else None,
    }
    return {name: value for name, value in detail.items() if value is not None}


def event_of(type_: str, detail: Mapping[str, Any]) -> FaxEvent:
    """The event that has this detail; raises `MalformedInput` for what is none of ours."""
    try:
        event = FaxEvent(
            type=EventType(type_),
            fax=FaxId.parse(detail["fax_id"]),
            status=Status(detail["status"]),
            # What was announced before `at` was has the time of its settling.
            at=moment_of(detail.get("at") or detail["settled_at"]),
            source=Source(detail["source"]) if "source" in detail else None,
            settled_at=_moment(detail.get("settled_at")),
            submitted_at=_moment(detail.get("submitted_at")),
            completed_at=_moment(detail.get("completed_at")),
            failure_class=FailureClass(detail["failure_class"]) if "failure_class" in detail else None,
            other_status=Status(detail["other_status"]) if "other_status" in detail else None,
            other_source=Source(detail["other_source"]) if "other_source" in detail else None,
            amended_status=Status(detail["amended_status"]) if "amended_status" in detail else None,
            case=FaxId.parse(detail["case_id"]) if "case_id" in detail else None,
            submission=_submission(detail["submission_id"]) if "submission_id" in detail else None,
            joined_by=JoinedBy(detail["joined_by"]) if "joined_by" in detail else None,
            is_for_nobody=detail.get("notify") == "nobody",
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MalformedInput("detail", "is not an event of a fax") from None
    if detail.get("event_id") != event.id:
        raise MalformedInput("event_id", "is not that of the event")
    return event


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _submission(text: str) -> str:
    if not is_submission_id(text):
        raise ValueError("submission_id")
    return text


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment_of(text)
