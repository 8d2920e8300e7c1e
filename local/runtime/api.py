"""The HTTP API: requests as API Gateway hands them to a function (payload format 2.0), and answers back."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.runtime.aws import ACCOUNT
from local.runtime.clock import VirtualClock
from local.runtime.function_plans import HttpRoute
from local.runtime.functions import Function
from local.runtime.throttle import Throttle
from local.runtime.tokens import TokenCheck, TokenRefused

_MOST_BODY_BYTES = 10 * 1024 * 1024  # API Gateway's quota
_MOST_EVENT_BYTES = 6_291_556  # what Lambda takes and gives in one call
# What API Gateway hands over as text; every other body comes in base64.
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")

# Whom the API would have found by the signature, which is not asked for here.
_SOMEBODY = {
    "accessKey": "AKIALOCAL",
    "accountId": ACCOUNT,
    "callerId": "AIDALOCAL",
    "cognitoIdentity": None,
    "principalOrgId": None,
    "userArn": f"arn:aws:iam::{ACCOUNT}:user/local",
    "userId": "AIDALOCAL",
}


class _Request(Request):
    max_content_length = _MOST_BODY_BYTES


class HttpApi:
    """A WSGI application with the template's routes and its throttle.

    `follow` makes a link to AWS one to this machine's. `tokens` are looked at for routes that have scopes.
    """

    def __init__(
        self,
        routes: Sequence[tuple[HttpRoute, Function]],
        clock: VirtualClock,
        throttle: Throttle,
        follow: Callable[[str], str] = lambda link: link,
        tokens: TokenCheck | None = None,
    ) -> None:
        self._clock = clock
        self._throttle = throttle
        self._follow = follow
        self._tokens = tokens
        self._routes = tuple(routes)
        self._map = _map_of(tuple((route.method, route.path) for route, _ in self._routes))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return self._answer(_Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if not self._throttle.admits():
            return _message(429, "Too Many Requests")
        try:
            which, parts = self._map.bind_to_environ(request.environ).match()
            route, function = self._routes[which]
            if request.method != route.method:  # werkzeug gives every GET route a HEAD
                raise NotFound
            caller = self._caller(request, route)
            event = self._event(request, route, parts, request.get_data())
            if caller:
                event["requestContext"]["authorizer"] = caller
        except TokenRefused as refused:
            return _message(refused.status.value, refused.status.phrase)
        except RequestEntityTooLarge:
            return _message(413, "Request Entity Too Large")
        except HTTPException:
            return _message(404, "Not Found")
        invocation = function.invoke(event)
        if invocation.error is not None:
            return _message(500, "Internal Server Error")
        response = _response(invocation.result)
        if location := response.headers.get("location"):
            response.headers["location"] = self._follow(location)
        if response.is_json and (
            response.status_code == HTTPStatus.CREATED or route.path.endswith("/content")
        ):
            _follow_link(response, self._follow)
        return response

    def _caller(self, request: Request, route: HttpRoute) -> dict[str, Any] | None:
        """Whom the gateway names to the function; None where it asks nobody. Raises `TokenRefused`."""
        if self._tokens is not None and route.scopes:
            login = self._tokens.login(request.headers.get("authorization", ""), route.scopes)
            return {"jwt": {"claims": dict(login.claims), "scopes": list(login.scopes)}}
        return None if route.is_open else {"iam": _SOMEBODY}

    def _event(
        self, request: Request, route: HttpRoute, parts: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        """Raises `RequestEntityTooLarge` for what Lambda would not take."""
        now = self._clock.now()
        headers = {name.lower(): value for name, value in request.headers.items()}
        encoded_path, _, query = str(request.environ.get("RAW_URI", request.full_path)).partition("?")
        # An HTTP API decodes the path, once, and never the query string.
        path = unquote(encoded_path)
        key = f"{route.method} {route.path}"
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": key,
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "anonymous",
                "apiId": "local",
                "domainName": request.host,
                "domainPrefix": "local",
                "http": {
                    "method": request.method,
                    "path": path,
                    "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                    "sourceIp": request.remote_addr or "",
                    "userAgent": headers.get("user-agent", ""),
                },
                "requestId": str(uuid4()),
                "routeKey": key,
                "stage": "$default",
                "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "timeEpoch": int(now.timestamp() * 1000),
            },
            "isBase64Encoded": False,
        }
        if parts:
            event["pathParameters"] = dict(parts)
        if query:
            event["queryStringParameters"] = _parameters(query)
        if body:
            is_text = headers.get("content-type", "").startswith(_TEXT)
            event["isBase64Encoded"] = not is_text
            event["body"] = body.decode("utf-8", "replace") if is_text else b64encode(body).decode("ascii")
        if len(json.dumps(event)) > _MOST_EVENT_BYTES:
            raise RequestEntityTooLarge
        return event


# werkzeug compiles code for each route, and every bundle of a process has the same ones.
@lru_cache(maxsize=8)
def _map_of(routes: tuple[tuple[str, str], ...]) -> Map:
    """Leads to a route by its place."""
    return Map(
        [
            Rule(path.replace("{", "<").replace("}", ">"), methods=[method], endpoint=place)
            for place, (method, path) in enumerate(routes)
        ],
        merge_slashes=False,
    )


def _follow_link(response: Response, follow: Callable[[str], str]) -> None:
    """Where an upload goes, or a document is, stands in the answer itself."""
    document = response.get_json()
    if isinstance(document, dict) and isinstance(document.get("url"), str):
        response.set_data(json.dumps({**document, "url": follow(document["url"])}))


def _parameters(query: str) -> dict[str, str]:
    """A name given more than once has its values joined with commas."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _response(result: Any) -> Response:
    if not isinstance(result, dict) or "statusCode" not in result:
        # An answer without a status is the body of a 200.
        return Response(json.dumps(result), 200, content_type="application/json")
    body = result.get("body") or ""
    content = b64decode(body) if result.get("isBase64Encoded") else str(body).encode()
    response = Response(content, int(result["statusCode"]))
    for name, value in (result.get("headers") or {}).items():
        response.headers[name] = str(value)
    for cookie in result.get("cookies") or []:
        response.headers.add("set-cookie", cookie)
    return response


def _message(status: int, text: str) -> Response:
    return Response(json.dumps({"message": text}), status, content_type="application/json")
