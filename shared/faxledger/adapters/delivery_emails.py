"""Emails by SES: what became of a fax or a day, in ids, counts and status words."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from string import Template
from typing import Any, Final

from faxledger.adapters.aws import aws_errors
from faxledger.domain.closed_days import ChangeCause
from faxledger.domain.day_events import DayClosed, DayFigures, day_closed_of
from faxledger.domain.deliveries import Delivery
from faxledger.domain.events import EventType, FaxEvent, event_of
from faxledger.domain.reconciliation import ReasonCode
from faxledger.domain.submission_ids import JoinedBy
from faxledger.errors import DeliveryFailed

_NEWS: Final = {
    EventType.FAX_SENT: "Fax sent",
    EventType.FAX_FAILED: "Fax failed",
    EventType.FAX_RECEIVED: "Fax received",
    EventType.FAX_STATUS_CONFLICT: "Sources disagree about a fax",
    EventType.FAX_OVERDUE: "Fax overdue",
    EventType.FAX_AMENDED: "Fax amended",
}
_BECAUSE: Final = {
    ReasonCode.NOT_OVER: "the day was not over",
    ReasonCode.BEYOND_RETENTION: "its faxes have begun to expire",
    ReasonCode.QUERY_NOT_READ: "a query was not read to its end after the day",
    ReasonCode.FEED_NOT_READ: "a feed was not read after the day",
    ReasonCode.OPEN: "faxes have no final status",
    ReasonCode.OPEN_BEFORE: "faxes of the day before have no final status",
    ReasonCode.SET_ASIDE: "something that nobody could read was set aside",
    ReasonCode.ITEM_UNREADABLE: "an item of the ledger can't be read",
}
_SINCE: Final = {
    ChangeCause.SETTLED: "a fax was settled",
    ChangeCause.AMENDED: "a fax was amended",
    ChangeCause.CONFLICT: "sources disagree about a fax",
    ChangeCause.PUSHED: "a push came late",
    ChangeCause.COSTS_DIFFER: "sources disagree about a cost",
    ChangeCause.JOINED: "a fax was joined with its submission",
    ChangeCause.READ: "what had not been read was read",
}

_GUESSED: Final = " (a guess, by its destination and time)"

_TEXT: Final = Template("""\
$news.

$facts

$where tells the rest.

Faxledger sends this because $asked_by asks for it.
It may come twice: then the event is the same.
""")
_HTML: Final = Template("""\
<!doctype html>
<html lang="en"><body style="font-family: sans-serif; color: #222">
<h1 style="font-size: 1.2em">$news</h1>
<table style="border-spacing: 0.8em 0.2em">
$facts
</table>
<p><code>$where</code> tells the rest.</p>
<p style="color: #666; font-size: 0.85em">
Faxledger sends this because $asked_by asks for it.
It may come twice: then the event is the same.</p>
</body></html>
""")


class EmailDeliveries:
    """Implements `DeliveryChannel`; an empty `sender` means that no email can be sent here."""

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def deliver(self, delivery: Delivery) -> None:
        """Raises `DeliveryFailed`."""
        if not self._sender:
            raise DeliveryFailed("there is no sender: the parameter NotifySender is empty")
        with aws_errors("SES", DeliveryFailed):
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [delivery.target.address]},
                Content={"Simple": _content_of(delivery)},
            )


def _content_of(delivery: Delivery) -> dict[str, Any]:
    detail = json.loads(delivery.body)["data"]
    if delivery.event is EventType.DAY_CLOSED:
        return content_of_day(day_closed_of(detail))
    return content_of(event_of(delivery.event, detail))


def content_of(event: FaxEvent) -> dict[str, Any]:
    """Subject and both forms of the body, as SES takes them."""
    news = _NEWS[event.type]
    where, asked_by = f"GET /faxes/{event.fax}", "a route, or whoever sent the fax,"
    return _Email(f"{news}: {event.fax}", news, _facts(event), where, asked_by).content


def content_of_day(event: DayClosed) -> dict[str, Any]:
    """As `content_of`, of a closed day."""
    day = event.day.day.isoformat()
    subject = f"{day}{'' if event.before is None else ' stated anew'}: {_in_a_line(event.figures)}"
    reasons = f": {_in_words(event.reasons, _BECAUSE)}" if event.reasons else ""
    news = f"{_in_a_line(event.figures)}{reasons}"
    where, asked_by = f"faxledger report {day}", "the default route"
    return _Email(subject, news, _facts_of_day(event), where, asked_by).content


@dataclass(frozen=True, slots=True)
class _Email:
    """`where` is what tells the rest, `asked_by` why it is sent."""

    subject: str
    news: str
    facts: Mapping[str, str]
    where: str
    asked_by: str

    @property
    def content(self) -> dict[str, Any]:
        width = max(11, *(len(name) + 1 for name in self.facts))
        lines = "\n".join(f"{name + ':':<{width}} {value}" for name, value in self.facts.items())
        rows = "\n".join(
            f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in self.facts.items()
        )
        said = {"news": self.news, "where": self.where, "asked_by": self.asked_by}
        escaped = {name: escape(text) for name, text in said.items()}
        return {
            "Subject": _part(self.subject),
            "Body": {
                "Text": _part(_TEXT.substitute(said, facts=lines)),
                "Html": _part(_HTML.substitute(escaped, facts=rows)),
            },
        }


def _facts(event: FaxEvent) -> dict[str, str]:
    facts = {
        "Fax": str(event.fax),
        "Sent as": f"{event.submission}{_GUESSED}" if event.joined_by is JoinedBy.GUESS else event.submission,
        "Status": f"{event.status} ({event.failure_class})" if event.failure_class else event.status,
        "Said by": event.source,
        "But": f"{event.other_status}, says {event.other_source}" if event.other_status else None,
        "Amended to": event.amended_status,
        "Submitted": _moment(event.submitted_at),
        "Completed": _moment(event.completed_at),
        "Event": event.id,
    }
    return {name: value for name, value in facts.items() if value}


def _facts_of_day(event: DayClosed) -> dict[str, str]:
    facts = {
        "Day": f"{event.day.day.isoformat()} ({event.time_zone})",
        "Open": str(event.figures.open),
        "Undelivered": str(event.undelivered),
        "Version": str(event.day.version),
        "Before": None if event.before is None else _before(event.before, event.figures),
        "Since then": _in_words(sorted(event.causes), _SINCE),
        "Closed": _moment(event.closed_at),
        "Record": event.day.key,
        "SHA-256": event.sha256,
        "Event": event.id,
    }
    return {name: value for name, value in facts.items() if value}


def _before(was: DayFigures, now: DayFigures) -> str:
    if was == now:
        return "the same counts; other figures of the report have changed"
    return f"{_in_a_line(was)}, {was.open} open"


def _in_a_line(figures: DayFigures) -> str:
    complete = "complete" if figures.is_complete else "not complete"
    return f"{figures.sent} sent, {figures.failed} failed, {figures.received} received; {complete}"


def _in_words(codes: Iterable[str], words: Mapping[Any, str]) -> str:
    # A version that comes later may know more of them.
    return ", ".join(words.get(code, code) for code in codes)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
