"""Who was not told yet, or not at all, as JSON (docs/openapi.yaml)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from faxledger.domain.closed_days import DayVersion
from faxledger.domain.deliveries import DEFAULT_ROUTE, Delivery, DeliverySubject, RouteKey
from faxledger.domain.fax import Provider
from faxledger.domain.report import DutyState
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.notifying import DeliveryFilter, DeliveryListing
from faxledger.web.parameters import Parameters, moment, one_of, page_length, parameters_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, time_text

_TARGET_ID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_DEFAULT: Final = "default"
FILTER: Final = frozenset({"state", "target", "route", "since", "until"})


class OpenState(StrEnum):
    """In which a delivery is listed: those that were taken stand with their faxes."""

    PENDING = "pending"
    GIVEN_UP = "given_up"


class DeliveryQueries:
    """`time_zone` is that of a moment which names none."""

    def __init__(self, listing: DeliveryListing, time_zone: ZoneInfo) -> None:
        self._listing = listing
        self._time_zone = time_zone

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /deliveries": self._list}

    def _list(self, request: Request) -> Response:
        parameters = parameters_of(request, FILTER | {"cursor", "limit"})
        page = self._listing.page(
            filter_of(parameters, self._time_zone),
            limit=page_length(parameters),
            cursor=parameters.get("cursor"),
        )
        listed = [{**_about(one.key.subject), **delivery_document(one)} for one in page.deliveries]
        return json_answer({"deliveries": listed, "cursor": page.cursor})


def filter_of(parameters: Parameters, zone: ZoneInfo) -> DeliveryFilter:
    """Raises `MalformedInput`, naming the parameter."""
    since, until = moment(parameters, "since", zone), moment(parameters, "until", zone)
    if since is not None and until is not None and until <= since:
        raise MalformedInput("until", "is not after since")
    return DeliveryFilter(_state(parameters), _target_id(parameters), _route(parameters), since, until)


def _state(parameters: Parameters) -> DutyState:
    if parameters.get("state") == DutyState.DONE:
        raise MalformedInput(
            "state",
            f"is none of {', '.join(OpenState)}: GET /faxes/{{id}} lists what was delivered, with its fax",
        )
    return DutyState(one_of(OpenState, parameters, "state") or OpenState.GIVEN_UP)


def _target_id(parameters: Parameters) -> str | None:
    text = parameters.get("target")
    if text is not None and not _TARGET_ID.fullmatch(text):
        raise MalformedInput("target", "is not the id of a target, 16 digits from 0 to f: see GET /routes")
    return text


def _route(parameters: Parameters) -> RouteKey | None:
    text = parameters.get("route")
    if text is None:
        return None
    if text == _DEFAULT:
        return DEFAULT_ROUTE
    provider, _, name = text.partition("/")
    try:
        if provider in set(Provider):
            return RouteKey.of(Provider(provider), name)
    except MalformedInput:
        pass
    raise MalformedInput("route", f"is neither {_DEFAULT} nor of the form {'|'.join(Provider)}/NAME")


def _route_text(key: RouteKey | None) -> str | None:
    if key is None:
        return None
    return _DEFAULT if key.is_default else f"{key.provider}/{key.name}"


def _about(subject: DeliverySubject) -> Document:
    """Either a fax, or a version of a closed day."""
    day = subject if isinstance(subject, DayVersion) else None
    return {
        "fax": None if day else str(subject),
        "day": day and day.day.isoformat(),
        "day_version": day and day.version,
    }


def delivery_document(delivery: Delivery) -> Document:
    """Without the address: it may be a secret, and whoever may read routes finds it there."""
    is_pending = delivery.state is DutyState.PENDING
    return {
        "event": delivery.event.dotted,
        "event_id": delivery.key.event_id,
        "target": delivery.key.target_id,
        "route": _route_text(delivery.route),
        "channel": delivery.target.channel,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "planned_at": time_text(delivery.planned_at),
        "next_at": time_text(delivery.next_at) if is_pending else None,
        "delivered_at": time_text(delivery.delivered_at),
        "problem": delivery.problem,
    }
