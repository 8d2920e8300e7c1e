"""From a request to what answers its route, and from an error to its answer: one way for the whole API."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from faxledger.errors import FaxledgerError, ItemRefused
from faxledger.usecases.ports.world import Log
from faxledger.web.parameters import refuse_repeated
from faxledger.web.request import Request
from faxledger.web.responses import Response, problem, problem_of

Answer = Callable[[Request], Response]


class Router:
    """One function's routes as the template writes them, each with what answers it.

    The gateway has matched the route: which one it was stands in the event, whatever path led there. What
    answers may raise `FaxledgerError`; a request is never answered 5xx for what it says.
    """

    def __init__(self, routes: Mapping[str, Answer], log: Log) -> None:
        self._routes = routes
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> Response:
        request = Request.from_event(event)
        answer = self._routes.get(request.route)
        if answer is None:
            return problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
        try:
            refuse_repeated(request)
            answered = answer(request)
        except FaxledgerError as error:
            answered = problem_of(error)
            if answered["statusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR or isinstance(error, ItemRefused):
                self._log.error(
                    "request not answered",
                    extra={"route": request.route, "error": type(error).__name__, "reason": str(error)},
                )
        self._note(request, answered["statusCode"])
        return answered

    def _note(self, request: Request, status: int) -> None:
        """Who has asked for what: CloudTrail does not record calls of an HTTP API."""
        # An id that led to nothing is only what somebody wrote, and may be a number or a name.
        is_of_one = "/faxes/{id}" in request.route and status < HTTPStatus.BAD_REQUEST
        found = request.path.get("id") if is_of_one else None
        self._log.info(
            "request answered",
            extra={"route": request.route, "status": status, "caller": request.caller, "fax_id": found},
        )
