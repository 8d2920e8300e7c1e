"""Emails by SES: what became of a fax, in ids and status words."""

import json
from datetime import datetime
from html import escape
from string import Template
from typing import Any, Final

from faxledger.adapters.aws import aws_errors
from faxledger.domain.deliveries import Delivery
from faxledger.domain.events import EventType, FaxEvent, event_of
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

_GUESSED: Final = " (a guess, by its destination and time)"

_TEXT: Final = Template("""\
$news.

$facts

GET /faxes/$fax tells the rest.

Faxledger sends this because a route, or whoever sent the fax, asks for it.
It may come twice: then the event is the same.
""")
_HTML: Final = Template("""\
<!doctype html>
<html lang="en"><body style="font-family: sans-serif; color: #222">
<h1 style="font-size: 1.2em">$news</h1>
<table style="border-spacing: 0.8em 0.2em">
$facts
</table>
<p><code>GET /faxes/$fax</code> tells the rest.</p>
<p style="color: #666; font-size: 0.85em">
Faxledger sends this because a route, or whoever sent the fax, asks for it.
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
        event = event_of(delivery.event, json.loads(delivery.body)["data"])
        with aws_errors("SES", DeliveryFailed):
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [delivery.target.address]},
                Content={"Simple": content_of(event)},
            )


def content_of(event: FaxEvent) -> dict[str, Any]:
    """Subject and both forms of the body, as SES takes them."""
    news, facts, fax = _NEWS[event.type], _facts(event), str(event.fax)
    lines = "\n".join(f"{name + ':':<11} {value}" for name, value in facts.items())
    rows = "\n".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts.items()
    )
    return {
        "Subject": _part(f"{news}: {fax}"),
        "Body": {
            "Text": _part(_TEXT.substitute(news=news, facts=lines, fax=fax)),
            "Html": _part(_HTML.substitute(news=escape(news), facts=rows, fax=escape(fax))),
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


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
