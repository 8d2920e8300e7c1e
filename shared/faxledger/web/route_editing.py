"""`/routes`: who is told what became of whose faxes (docs/openapi.yaml)."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from faxledger.domain.deliveries import DEFAULT_ROUTE, Route, RouteKey, Target
from faxledger.domain.fax import Provider
from faxledger.domain.timestamps import timestamp
from faxledger.errors import FaxledgerError, MalformedInput
from faxledger.usecases.ports.notifying import Routes
from faxledger.usecases.ports.world import Log
from faxledger.web.notify_targets import CheckUrl, document_of, targets_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, problem, problem_of

_MOST_BYTES: Final = 64 * 1024
_NOT_THERE: Final = problem(HTTPStatus.NOT_FOUND, "There is no such route.", field="name")


class RouteEditing:
    """`check_url` raises `AddressRefused` for a webhook that would not be called."""

    def __init__(self, routes: Routes, check_url: CheckUrl, *, has_email: bool, log: Log) -> None:
        self._routes = routes
        self._check_url = check_url
        self._has_email = has_email
        self._log = log
        self._answers: Mapping[str, Callable[[Request, RouteKey], Response]] = {
            "GET": self._find,
            "PUT": self._put,
            "DELETE": self._delete,
        }

    def answer(self, event: Mapping[str, Any]) -> Response:
        """No 5xx for what a request says."""
        request = Request.from_event(event)
        method, _, path = request.route.partition(" ")
        try:
            if path == "/routes":
                return self._list(request)
            return self._answers[method](request, _key(path, event.get("pathParameters") or {}))
        except FaxledgerError as error:
            return problem_of(error)

    def _list(self, request: Request) -> Response:
        parameters = dict(parse_qsl(request.query, keep_blank_values=True))
        if unknown := sorted(parameters.keys() - {"cursor"}):
            raise MalformedInput(unknown[0], "is not a parameter of this listing")
        page = self._routes.page(cursor=parameters.get("cursor") or None)
        return _json({"routes": [_document(route) for route in page.routes], "cursor": page.cursor})

    def _find(self, _: Request, key: RouteKey) -> Response:
        route = self._routes.find(key)
        return _NOT_THERE if route is None else _json(_document(route))

    def _put(self, request: Request, key: RouteKey) -> Response:
        route = Route(key, self._targets(request.body()))
        self._routes.put(route)
        self._log.info("route changed", extra={"targets": [target.id for target in route.targets]})
        return _json(_document(route))

    def _delete(self, _: Request, key: RouteKey) -> Response:
        if self._routes.find(key) is None:
            return _NOT_THERE
        self._routes.delete(key)
        return {"statusCode": HTTPStatus.NO_CONTENT.value, "headers": {}, "body": ""}

    def _targets(self, body: bytes) -> tuple[Target, ...]:
        if len(body) > _MOST_BYTES:
            raise MalformedInput("body", f"is longer than {_MOST_BYTES} bytes")
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise MalformedInput("body", "is not JSON") from None
        if not isinstance(document, dict) or document.keys() != {"targets"}:
            raise MalformedInput("body", "is not an object with targets and nothing else")
        return targets_of(document["targets"], self._check_url, has_email=self._has_email)


def _key(path: str, parameters: Mapping[str, str]) -> RouteKey:
    if path == "/routes/default":
        return DEFAULT_ROUTE
    try:
        provider = Provider(parameters.get("provider") or "")
    except ValueError:
        raise MalformedInput("provider", f"is none of {', '.join(Provider)}") from None
    return RouteKey.of(provider, parameters.get("name") or "")


def _document(route: Route) -> dict[str, Any]:
    disabled = {name: timestamp(moment) for name, moment in route.disabled.items()}
    return {
        "provider": route.key.provider,
        "name": route.key.name or None,
        "targets": [
            {**document_of(target), "disabled_at": disabled.get(target.id)} for target in route.targets
        ],
    }


def _json(document: Mapping[str, Any]) -> Response:
    return {
        "statusCode": HTTPStatus.OK.value,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(document),
    }
