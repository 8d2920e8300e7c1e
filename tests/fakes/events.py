"""Events and tellings to test with; what is not said is ordinary."""

from datetime import datetime

from faxledger.domain.deliveries import DEFAULT_ROUTE, Channel, Delivery, DeliveryKey, RouteKey, Target
from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import FaxId, Source, Status
from faxledger.usecases.notify import body_of
from tests.fakes.clock import NOON
from tests.fakes.faxes import outbound

HOOK = Target(Channel.WEBHOOK, "https://hooks.example.org/fax?key=s3cr3t")
OTHER_HOOK = Target(Channel.WEBHOOK, "https://other.example.org/")
MAIL = Target(Channel.EMAIL, "desk@example.org", frozenset({EventType.FAX_FAILED}))


def sent_event(fax: FaxId | None = None) -> FaxEvent:
    return FaxEvent(
        EventType.FAX_SENT, fax or outbound(), Status.SENT, NOON, source=Source.CALLBACK, settled_at=NOON
    )


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
