"""`GET /faxes`, `GET /faxes/{id}` and its content: what became of each fax, and how we know; `GET /feeds`."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from faxledger.bootstrap import api, once
from faxledger.errors import FaxledgerError
from faxledger.web.responses import problem, problem_of

queries = once(api.query_faxes)
feeds = once(api.query_feeds)
routes = APIGatewayHttpResolver()


@routes.get("/faxes")
def list_faxes() -> dict[str, Any]:
    return queries().page(routes.current_event.query_string_parameters or {})


@routes.get("/faxes/<fax_id>")
def find_fax(fax_id: str) -> dict[str, Any] | Response[str]:
    document = queries().find(fax_id)
    return document or _response(
        problem(HTTPStatus.NOT_FOUND, "The ledger knows no fax of this id.", field="id")
    )


@routes.get("/faxes/<fax_id>/content")
def find_content(fax_id: str) -> Response[str]:
    link = queries().content_link(fax_id)
    if link is None:
        return _response(
            problem(HTTPStatus.NOT_FOUND, "There is no document of this id, or none yet.", field="id")
        )
    return Response(
        HTTPStatus.TEMPORARY_REDIRECT.value, body="", headers={"location": link, "cache-control": "no-store"}
    )


@routes.get("/feeds")
def list_feeds() -> dict[str, Any]:
    return feeds().all()


@routes.exception_handler(FaxledgerError)  # type: ignore[untyped-decorator]  # Powertools gives it no type
def explain(error: FaxledgerError) -> Response[str]:
    return _response(problem_of(error))


@routes.not_found
def refuse(_: Exception) -> Response[str]:
    return _response(problem(HTTPStatus.NOT_FOUND, "There is nothing here."))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return routes.resolve(event, context)


def _response(answer: dict[str, Any]) -> Response[str]:
    return Response(answer["statusCode"], body=answer["body"], headers=answer["headers"])
