"""What the console's page may ask: the API's own calls and no others, signed as whoever has started it."""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from cli.api import Api, NoAnswerInTime
from cli.guard import problem_in
from local.runtime.errors import CannotRun

# Those of docs/openapi.yaml that a signature guards.
CALLS: Final = (
    "POST /faxes",
    "GET /faxes",
    "POST /faxes/search",
    "POST /faxes/uploads",
    "POST /faxes/{id}/resend",
    "GET /faxes/{id}",
    "POST /faxes/{id}/amendments",
    "GET /faxes/{id}/content",
    "GET /faxes/{id}/receipt",
    "GET /feeds",
    "GET /deliveries",
    "POST /deliveries/redrive",
    "GET /unreadable",
    "GET /unreadable/{id}",
    "GET /providers",
    "GET /reports",
    "GET /reports/{day}",
    "GET /reports/closed",
    "GET /reports/closed/{day}",
    "GET /routes",
    "GET /routes/default",
    "PUT /routes/default",
    "DELETE /routes/default",
    "GET /routes/{provider}/{name}",
    "PUT /routes/{provider}/{name}",
    "DELETE /routes/{provider}/{name}",
)
# Lambda takes and gives so much in one call.
MOST_BODY_BYTES: Final = 6_291_556
# API Gateway takes 10,240 of request line and headers together.
_MOST_QUERY_BYTES: Final = 8_000
_TO_THE_API: Final = ("accept", "content-type", "idempotency-key")
_TO_THE_PAGE: Final = ("content-type", "retry-after", "etag")
_PROBLEM: Final = "application/problem+json"


class ConsoleCalls:
    """Asks `api` for the page. Whatever goes wrong is answered as the API words its errors."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def answer(self, request: Request, path: str) -> Response:
        """`path` is the API's own, decoded."""
        try:
            return self._forward(request, path)
        except HTTPException as error:
            status = HTTPStatus(error.code or HTTPStatus.NOT_FOUND)
            return problem(status, _REFUSED.get(status, "There is nothing here."))
        except NoAnswerInTime as error:
            return problem(HTTPStatus.GATEWAY_TIMEOUT, str(error))
        except (CannotRun, BotoCoreError, ClientError) as error:
            # Where credentials were missing or have expired, new ones are looked for at the next call.
            self._api.forget_credentials()
            return problem(HTTPStatus.BAD_GATEWAY, problem_in(error))

    def _forward(self, request: Request, path: str) -> Response:
        """Raises `HTTPException`, and what asking the API raises."""
        call, parts = _calls().bind("").match(path, request.method)
        method, _, template = str(call).partition(" ")
        # werkzeug gives every GET a HEAD, and the API has none.
        if request.method != method:
            raise MethodNotAllowed
        # Whoever resolves a path would take these for another one.
        if {".", ".."} & set(parts.values()):
            raise NotFound
        if len(request.query_string) > _MOST_QUERY_BYTES:
            return problem(HTTPStatus.REQUEST_URI_TOO_LONG, "The query is too long.")
        if "transfer-encoding" in request.headers:
            return problem(HTTPStatus.LENGTH_REQUIRED, "A body says how long it is before it comes.")
        request.max_content_length = MOST_BODY_BYTES
        target = _target(template, parts, request.query_string.decode("latin-1"))
        headers = {name: request.headers[name] for name in _TO_THE_API if name in request.headers}
        with self._api.stream(method, target, request.get_data(), headers=headers) as answer:
            return self._answer_of(answer)

    def _answer_of(self, answer: httpx.Response) -> Response:
        if answer.status_code in _NOT_YOU and not _is_of_a_function(answer):
            return self._not_you()
        if answer.is_redirect:
            return problem(
                HTTPStatus.BAD_GATEWAY, "The API points elsewhere, and the console does not go there."
            )
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > MOST_BODY_BYTES:
                return problem(HTTPStatus.BAD_GATEWAY, "The answer is longer than any of Faxledger's API.")
        headers = {name: answer.headers[name] for name in _TO_THE_PAGE if name in answer.headers}
        return Response(bytes(body), answer.status_code, headers)

    def _not_you(self) -> Response:
        """The gateway refuses everybody in the same words: AWS is asked whether it knows the credentials."""
        self._api.check_credentials()
        return problem(
            HTTPStatus.FORBIDDEN,
            "AWS knows you and does not let you do this: docs/operations.md names the policy that it needs.",
        )


def problem(status: HTTPStatus, detail: str) -> Response:
    """An error as the API words its own (RFC 9457)."""
    document = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return Response(json.dumps(document), status, content_type=_PROBLEM)


_NOT_YOU: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_REFUSED: Final = {
    HTTPStatus.METHOD_NOT_ALLOWED: "The API has no such call.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The API takes {MOST_BODY_BYTES} bytes at most.",
}


@cache
def _calls() -> Map:
    rules = []
    for call in CALLS:
        method, _, path = call.partition(" ")
        rules.append(Rule(path.replace("{", "<").replace("}", ">"), methods=[method], endpoint=call))
    return Map(rules, merge_slashes=False)


def _target(template: str, parts: Mapping[str, str], query: str) -> str:
    """What is asked for, written anew: as it is signed it arrives, whatever a page has made of it."""
    named = {name: quote(part, safe="") for name, part in parts.items()}
    path = template.format_map(named)
    given = urlencode(parse_qsl(query, keep_blank_values=True), quote_via=quote, safe="")
    return f"{path}?{given}" if given else path


def _is_of_a_function(answer: httpx.Response) -> bool:
    content_type: str = answer.headers.get("content-type", "")
    return content_type.startswith(_PROBLEM)
