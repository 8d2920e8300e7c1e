"""`/routes`: who is told what became of whose faxes (docs/openapi.yaml)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from faxledger.domain.deliveries import DEFAULT_ROUTE, Route, RouteKey
from faxledger.domain.events import FAX_EVENTS
from faxledger.domain.fax import Provider
from faxledger.domain.timestamps import timestamp
from faxledger.usecases.ports.notifying import Routes
from faxledger.usecases.ports.world import Clock, Log
from faxledger.web.json_bodies import json_object
from faxledger.web.notify_targets import ALL_EVENTS, CheckUrl, document_of, targets_of
from faxledger.web.parameters import choice, parameters_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer, problem
from faxledger.web.routing import Answer
from faxledger.web.statements import time_text

_MOST_BYTES: Final = 64 * 1024
_NOT_THERE: Final = problem(HTTPStatus.NOT_FOUND, "There is no such route.", field="name")


class RouteEditing:
    """`check_url` raises `AddressRefused` for a webhook that would not be called."""

    def __init__(
        self, routes: Routes, check_url: CheckUrl, *, has_email: bool, clock: Clock, log: Log
    ) -> None:
        self._routes = routes
        self._check_url = check_url
        self._has_email = has_email
        self._clock = clock
        self._log = log

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {
            "GET /routes": self._list,
            "GET /routes/default": lambda _: self._find(DEFAULT_ROUTE),
            "PUT /routes/default": lambda request: self._put(request, DEFAULT_ROUTE),
            "DELETE /routes/default": lambda _: self._delete(DEFAULT_ROUTE),
            "GET /routes/{provider}/{name}": lambda request: self._find(_key(request)),
            "PUT /routes/{provider}/{name}": lambda request: self._put(request, _key(request)),
            "DELETE /routes/{provider}/{name}": lambda request: self._delete(_key(request)),
        }

    def _list(self, request: Request) -> Response:
        page = self._routes.page(cursor=parameters_of(request, {"cursor"}).get("cursor") or None)
        return json_answer({"routes": [_document(route) for route in page.routes], "cursor": page.cursor})

    def _find(self, key: RouteKey) -> Response:
        route = self._routes.find(key)
        return _NOT_THERE if route is None else json_answer(_document(route))

    def _put(self, request: Request, key: RouteKey) -> Response:
        given = json_object(request, {"targets"}, most_bytes=_MOST_BYTES)
        targets = targets_of(
            given.get("targets"),
            self._check_url,
            has_email=self._has_email,
            events=ALL_EVENTS if key.is_default else FAX_EVENTS,
        )
        route = Route(key, targets, changed_at=self._clock.now(), changed_by=request.caller or None)
        self._routes.put(route)
        self._log.info("route changed", extra={"targets": [target.id for target in targets]})
        return json_answer(_document(route))

    def _delete(self, key: RouteKey) -> Response:
        if self._routes.find(key) is None:
            return _NOT_THERE
        self._routes.delete(key)
        return {"statusCode": HTTPStatus.NO_CONTENT.value, "headers": {}, "body": ""}


def _key(request: Request) -> RouteKey:
    provider = choice(Provider, "provider", request.path.get("provider", ""))
    return RouteKey.of(provider, request.path.get("name", ""))


def _document(route: Route) -> dict[str, Any]:
    disabled = {name: timestamp(moment) for name, moment in route.disabled.items()}
    return {
        "provider": route.key.provider,
        "name": route.key.name or None,
        "targets": [
            {**document_of(target), "disabled_at": disabled.get(target.id)} for target in route.targets
        ],
        "changed_at": time_text(route.changed_at),
        "changed_by": route.changed_by,
    }
