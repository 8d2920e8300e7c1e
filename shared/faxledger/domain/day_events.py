"""What the rest of the world is told of a closed day: counts, and nothing of any one fax."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from faxledger.domain.closed_days import ChangeCause, DayRecord, DayVersion, Figure, link_of
from faxledger.domain.events import EventType
from faxledger.domain.fax import Status
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.errors import MalformedInput

# Of what `day_detail_of` makes and docs/events describes. A reader accepts this and the one before.
VERSION: Final = 1
_STATUSES: Final = "total.statuses."
_OWED: Final = ("undelivered", "deliveries_given_up")


@dataclass(frozen=True, slots=True)
class DayFigures:
    """How many of a day's faxes are what: `received` also in part, `open` without a final status."""

    sent: int
    failed: int
    received: int
    open: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class DayClosed:
    """The announcement of one version of a day.

    `reasons` are the codes of why it is not complete; `undelivered` counts deliveries that nobody has taken
    yet, or that were given up. `before` are the figures of the version before, None of the first version;
    `causes` say what has happened since.
    """

    day: DayVersion
    time_zone: str
    closed_at: datetime
    figures: DayFigures
    reasons: tuple[str, ...]
    undelivered: int
    sha256: str
    before: DayFigures | None = None
    causes: frozenset[ChangeCause] = field(default=frozenset())

    @property
    def id(self) -> str:
        """The same for every announcement of a version, so that receivers can drop repeats."""
        return sha256(f"{self.day.key}|{EventType.DAY_CLOSED}".encode()).hexdigest()[:32]


def announcement_of(record: DayRecord) -> DayClosed:
    report = record.report
    total = report.get("total", {})
    owed = total.get("owed", {})
    now = {f"{_STATUSES}{name}": count for name, count in total.get("statuses", {}).items()}
    now["is_complete"] = record.is_complete
    was = {change.path: change.was for change in record.changes}
    return DayClosed(
        day=record.version,
        time_zone=record.time_zone,
        closed_at=record.closed_at,
        figures=_figures(now),
        reasons=tuple(sorted({str(reason["code"]) for reason in report.get("reasons", ())})),
        undelivered=sum(owed.get(name, 0) for name in _OWED),
        sha256=link_of(record.version.key, record.encoded()).sha256,
        before=_figures({**now, **was}) if record.version.version > 1 else None,
        causes=record.causes,
    )


def _figures(by_path: Mapping[str, Figure]) -> DayFigures:
    def count(*statuses: Status) -> int:
        return sum(int(by_path.get(f"{_STATUSES}{status}") or 0) for status in statuses)

    return DayFigures(
        sent=count(Status.SENT),
        failed=count(Status.FAILED),
        received=count(Status.RECEIVED, Status.RECEIVED_PARTIAL),
        open=count(Status.SUBMITTED),
        is_complete=by_path.get("is_complete") is True,
    )


def day_detail_of(event: DayClosed) -> Mapping[str, Any]:
    """The event's `detail` on the bus and its `data` in a notification (docs/events)."""
    return {
        "version": VERSION,
        "event_id": event.id,
        "day": event.day.day.isoformat(),
        "day_version": event.day.version,
        "time_zone": event.time_zone,
        "closed_at": timestamp(event.closed_at),
        **_document(event.figures),
        "reasons": list(event.reasons),
        "undelivered": event.undelivered,
        "key": event.day.key,
        "sha256": event.sha256,
        "causes": sorted(event.causes),
        **({} if event.before is None else {"before": _document(event.before)}),
    }


def _document(figures: DayFigures) -> Mapping[str, int]:
    return {
        "sent": figures.sent,
        "failed": figures.failed,
        "received": figures.received,
        "open": figures.open,
        "is_complete": figures.is_complete,
    }


def day_closed_of(detail: Mapping[str, Any]) -> DayClosed:
    """The announcement that has this detail; raises `MalformedInput` for what is none of ours."""
    try:
        before = detail.get("before")
        event = DayClosed(
            day=DayVersion(date.fromisoformat(detail["day"]), int(detail["day_version"])),
            time_zone=str(detail["time_zone"]),
            closed_at=moment_of(detail["closed_at"]),
            figures=_figures_in(detail),
            reasons=tuple(map(str, detail["reasons"])),
            undelivered=int(detail["undelivered"]),
            sha256=str(detail["sha256"]),
            before=None if before is None else _figures_in(before),
            causes=frozenset(map(ChangeCause, detail["causes"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise MalformedInput("detail", "is not that of a closed day") from None
    if detail.get("event_id") != event.id:
        raise MalformedInput("event_id", "is not that of the event")
    return event


def _figures_in(document: Mapping[str, Any]) -> DayFigures:
    return DayFigures(
        sent=int(document["sent"]),
        failed=int(document["failed"]),
        received=int(document["received"]),
        open=int(document["open"]),
        is_complete=document["is_complete"] is True,
    )
