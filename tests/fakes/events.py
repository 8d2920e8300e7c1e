"""Events and tellings to test with; what is not said is ordinary."""

from datetime import datetime

from faxledger.domain.events import EventType, FaxEvent
from faxledger.domain.fax import FaxId, Source, Status
from faxledger.domain.tellings import DEFAULT_ROUTE, Channel, RouteKey, Target, Telling, TellingKey
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


def telling_of(
    event: FaxEvent | None = None,
    target: Target = HOOK,
    *,
    next_at: datetime = NOON,
    route: RouteKey | None = DEFAULT_ROUTE,
) -> Telling:
    event = event or sent_event()
    key = TellingKey(event.fax, event.id, target.id)
    return Telling(key, Target(target.channel, target.address), event.type, body_of(event), next_at, route)
