"""Tell whoever asks for it, by the default route, that a day is closed, or stated anew."""

from dataclasses import KW_ONLY, dataclass

from faxledger.domain.day_events import DayClosed, day_detail_of
from faxledger.domain.deliveries import DEFAULT_ROUTE, Delivery, DeliveryKey
from faxledger.domain.events import EventType
from faxledger.usecases.notify import webhook_body
from faxledger.usecases.ports.notifying import Deliveries, DeliveryQueue, DueDelivery, Routes
from faxledger.usecases.ports.world import Clock


@dataclass(frozen=True, slots=True)
class PlanDayDeliveries:
    """Writes down who is to be told of a version of a closed day, and sends for each delivery."""

    deliveries: Deliveries
    queue: DeliveryQueue
    _: KW_ONLY
    routes: Routes
    clock: Clock

    def __call__(self, event: DayClosed) -> None:
        """Whoever is known to be told of the version is not planned again. Raises `LedgerUnavailable`."""
        route = self.routes.find(DEFAULT_ROUTE)
        body = webhook_body(EventType.DAY_CLOSED, event.closed_at, day_detail_of(event))
        for target in route.active if route else ():
            if not target.wants(EventType.DAY_CLOSED):
                continue
            key, now = DeliveryKey(event.day, event.id, target.id), self.clock.now()
            delivery = Delivery(key, target, EventType.DAY_CLOSED, body, now, now, DEFAULT_ROUTE)
            if self.deliveries.plan(delivery):
                # What the queue does not take is found in the table.
                self.queue.send([DueDelivery(key)])
