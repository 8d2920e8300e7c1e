"""Who was not told yet, or not at all, as JSON (docs/openapi.yaml)."""

from collections.abc import Mapping
from enum import StrEnum

from faxledger.domain.deliveries import Delivery
from faxledger.domain.report import DutyState
from faxledger.usecases.ports.notifying import DeliveryListing
from faxledger.web.parameters import one_of, page_length, parameters_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, time_text


class OpenState(StrEnum):
    """In which a delivery is listed: those that were taken stand with their faxes."""

    PENDING = "pending"
    GIVEN_UP = "given_up"


class DeliveryQueries:
    def __init__(self, listing: DeliveryListing) -> None:
        self._listing = listing

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /deliveries": self._list}

    def _list(self, request: Request) -> Response:
        parameters = parameters_of(request, {"state", "cursor", "limit"})
        state = one_of(OpenState, parameters, "state") or OpenState.GIVEN_UP
        page = self._listing.page(
            DutyState(state), limit=page_length(parameters), cursor=parameters.get("cursor")
        )
        listed = [{"fax": str(one.key.fax), **delivery_document(one)} for one in page.deliveries]
        return json_answer({"deliveries": listed, "cursor": page.cursor})


def delivery_document(delivery: Delivery) -> Document:
    """Without the address: it may be a secret, and whoever may read routes finds it there."""
    is_pending = delivery.state is DutyState.PENDING
    return {
        "event": delivery.event.dotted,
        "event_id": delivery.key.event_id,
        "target": delivery.key.target_id,
        "channel": delivery.target.channel,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": time_text(delivery.next_at) if is_pending else None,
        "delivered_at": time_text(delivery.delivered_at),
        "problem": delivery.problem,
    }
