"""Events and deliveries to test with; what is not said is ordinary."""

from datetime import date, datetime

from faxledger.domain.closed_days import ChangeCause, DayVersion
from faxledger.domain.day_events import DayClosed, DayFigures, day_detail_of
from faxledger.domain.deliveries import DEFAULT_ROUTE, Channel, Delivery, DeliveryKey, RouteKey, Target
from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import FaxId, Source, Status
from faxledger.usecases.notify import body_of, webhook_body
from tests.fakes.clock import NOON
from tests.fakes.faxes import outbound

HOOK = Target(Channel.WEBHOOK, "https://hooks.example.org/fax?key=s3cr3t")
OTHER_HOOK = Target(Channel.WEBHOOK, "https://other.example.org/")
MAIL = Target(Channel.EMAIL, "desk@example.org", frozenset({EventType.FAX_FAILED}))


def sent_event(fax: FaxId | None = None) -> FaxEvent:
    return FaxEvent(
        EventType.FAX_SENT, fax or outbound(), Status.SENT, NOON, source=Source.CALLBACK, settled_at=NOON
    )


DAY = DayVersion(date(2026, 11, 26))
FIGURES = DayFigures(sent=214, failed=3, received=41, open=0, is_complete=True)
CLOSED = DayClosed(DAY, "America/New_York", NOON, FIGURES, reasons=(), undelivered=0, sha256="0a" * 32)
RESTATED = DayClosed(
    DAY.next,
    "America/New_York",
    NOON,
    FIGURES,
    reasons=(),
    undelivered=0,
    sha256="0b" * 32,
    before=DayFigures(sent=213, failed=4, received=41, open=1, is_complete=False),
    causes=frozenset({ChangeCause.SETTLED, ChangeCause.AMENDED}),
)


def job_of(key: DeliveryKey) -> str:
    """The job of the fax that a delivery is about."""
    assert isinstance(key.subject, FaxId)
    return key.subject.job_id


def day_delivery_of(
    event: DayClosed = CLOSED, target: Target = HOOK, *, next_at: datetime = NOON
) -> Delivery:
    body = webhook_body(EventType.DAY_CLOSED, event.closed_at, day_detail_of(event))
    key, to = DeliveryKey(event.day, event.id, target.id), Target(target.channel, target.address)
    return Delivery(key, to, EventType.DAY_CLOSED, body, next_at, next_at, DEFAULT_ROUTE)


def delivery_of(
    event: FaxEvent | None = None,
    target: Target = HOOK,
    *,
    next_at: datetime = NOON,
    planned_at: datetime | None = None,
    route: RouteKey | None = DEFAULT_ROUTE,
) -> Delivery:
    event = event or sent_event()
    key = DeliveryKey(event.fax, event.id, target.id)
    to = Target(target.channel, target.address)
    return Delivery(key, to, event.type, body_of(event), next_at, planned_at or next_at, route)
