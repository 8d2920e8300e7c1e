"""`POST /faxes/{id}/amendments`: a person's word in, the statements about the fax out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from faxledger.domain.fax import Status
from faxledger.errors import MalformedInput
from faxledger.usecases.amend import LONGEST_REASON, AmendFax
from faxledger.web.json_bodies import json_object
from faxledger.web.parameters import choice, fax_id_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer, problem
from faxledger.web.routing import Answer
from faxledger.web.statements import statements_of

# The longest reason fits in, however it is escaped.
_MOST_BYTES: Final = 16_384


class FaxAmendments:
    """2xx only when the amendment is durable."""

    def __init__(self, amend: AmendFax) -> None:
        self._amend = amend

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"POST /faxes/{id}/amendments": self._answer}

    def _answer(self, request: Request) -> Response:
        if not request.caller:
            # The route is closed to whom IAM does not know; this holds should somebody open it.
            return problem(HTTPStatus.FORBIDDEN, "An amendment needs to be somebody's.")
        fax_id = fax_id_of(request)
        status, because = _read(request)
        known = self._amend(fax_id, status, because=because, by=request.caller)
        if known is None:
            return problem(HTTPStatus.NOT_FOUND, "The ledger knows no fax of this id.", field="id")
        document = {"id": str(fax_id), "status": known.fax.status, **statements_of(known)}
        return json_answer(document, HTTPStatus.CREATED)


def _read(request: Request) -> tuple[Status, str]:
    given = json_object(request, {"status", "because"}, most_bytes=_MOST_BYTES)
    status = choice(Status, "status", str(given.get("status", "")))
    return status, _reason(given.get("because"))


def _reason(given: object) -> str:
    if not isinstance(given, str) or not (reason := given.strip()):
        raise MalformedInput("because", "is missing: say in a text why")
    if len(reason) > LONGEST_REASON:
        raise MalformedInput("because", f"is longer than {LONGEST_REASON} characters")
    try:
        reason.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair is valid JSON and no valid text.
        raise MalformedInput("because", "holds half a surrogate pair, which is no text") from None
    return reason
