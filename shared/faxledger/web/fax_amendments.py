"""`POST /faxes/{id}/amendments`: a person's word in, what is stated of the fax out."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from faxledger.domain.fax import FaxId, Status
from faxledger.errors import FaxledgerError, MalformedInput
from faxledger.usecases.amend import LONGEST_REASON, AmendFax
from faxledger.usecases.ports.world import Log
from faxledger.web.request import Request
from faxledger.web.responses import Response, problem, problem_of
from faxledger.web.statements import statements_of

# The longest reason fits in, however it is escaped.
_MOST_BODY_BYTES = 16_384


class FaxAmendments:
    """2xx only when the amendment is durable; no 5xx for what a request says."""

    def __init__(self, amend: AmendFax, log: Log) -> None:
        self._amend = amend
        self._log = log

    def answer(self, event: Mapping[str, Any]) -> Response:
        who = _caller(event)
        if who is None:
            # The route is closed to whom IAM does not know; this holds should somebody open it.
            return problem(HTTPStatus.FORBIDDEN, "An amendment needs to be somebody's.")
        try:
            fax_id = _fax_id((event.get("pathParameters") or {}).get("id") or "")
            status, because = _read(Request.from_event(event).body())
            known = self._amend(fax_id, status, because=because, by=who)
        except FaxledgerError as error:
            answered = problem_of(error)
            if answered["statusCode"] >= 500:
                self._log.error("not amended", extra={"error": type(error).__name__, "reason": str(error)})
            return answered
        if known is None:
            return problem(HTTPStatus.NOT_FOUND, "The ledger knows no fax of this id.", field="id")
        return {
            "statusCode": HTTPStatus.CREATED.value,
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"id": str(fax_id), "status": known.fax.status, **statements_of(known)}),
        }


def _caller(event: Mapping[str, Any]) -> str | None:
    """Whom the API has found the caller to be; nothing that the request itself says."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    return (authorizer.get("iam") or {}).get("userArn") or None


def _fax_id(text: str) -> FaxId:
    try:
        return FaxId.parse(text)
    except MalformedInput as error:
        # Whichever of its parts is wrong, to the caller it is the id.
        raise MalformedInput("id", error.problem) from None


def _read(body: bytes) -> tuple[Status, str]:
    if len(body) > _MOST_BODY_BYTES:
        raise MalformedInput("body", f"is longer than {_MOST_BODY_BYTES} bytes")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise MalformedInput("body", "is not a JSON object")
    if unknown := sorted(given.keys() - {"status", "because"}):
        raise MalformedInput(
            unknown[0] if unknown[0].isidentifier() else "body", "is not part of an amendment"
        )
    return _status(given.get("status")), _reason(given.get("because"))


def _status(given: object) -> Status:
    try:
        return Status(str(given))
    except ValueError:
        raise MalformedInput("status", f"is none of {', '.join(Status)}") from None


def _reason(given: object) -> str:
    if not isinstance(given, str) or not (reason := given.strip()):
        raise MalformedInput("because", "is missing: an amendment needs a reason")
    if len(reason) > LONGEST_REASON:
        raise MalformedInput("because", f"is longer than {LONGEST_REASON} characters")
    try:
        reason.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair is valid JSON and no valid text.
        raise MalformedInput("because", "is not valid text") from None
    return reason
