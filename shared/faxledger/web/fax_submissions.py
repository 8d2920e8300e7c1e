"""`POST /faxes` and what belongs to it: requests in, what was made of them out."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from faxledger.domain.fax import FaxId
from faxledger.domain.timestamps import timestamp
from faxledger.errors import FaxledgerError, MalformedInput
from faxledger.usecases.ports.sending import UploadLinks
from faxledger.usecases.ports.world import Log
from faxledger.usecases.submit import SubmitFax
from faxledger.web.fax_requests import ReadTargets, read_fax, read_resend, read_upload
from faxledger.web.request import Request
from faxledger.web.responses import Response, problem, problem_of


class FaxSubmissions:
    """2xx only when what was asked is durable; no 5xx for what a request says."""

    def __init__(self, submit: SubmitFax, uploads: UploadLinks, read_targets: ReadTargets, log: Log) -> None:
        self._submit = submit
        self._read_targets = read_targets
        self._uploads = uploads
        self._log = log
        self._routes = {
            "POST /faxes": self._send,
            "POST /faxes/uploads": self._upload,
            "POST /faxes/{id}/resend": self._resend,
        }

    def answer(self, event: Mapping[str, Any]) -> Response:
        request = Request.from_event(event)
        answer = self._routes.get(request.route)
        if answer is None:
            return problem(HTTPStatus.NOT_FOUND, "There is nothing here.")
        try:
            return answer(request, event.get("pathParameters") or {})
        except FaxledgerError as error:
            answered = problem_of(error)
            if answered["statusCode"] >= 500:
                self._log.error("not accepted", extra={"error": type(error).__name__, "reason": str(error)})
            return answered

    def _send(self, request: Request, _: Mapping[str, str]) -> Response:
        return _accepted(self._submit.send(read_fax(request.body(), _key_of(request), self._read_targets)))

    def _resend(self, request: Request, path: Mapping[str, str]) -> Response:
        try:
            fax = FaxId.parse(path.get("id") or "")
        except MalformedInput as error:
            # Whichever of its parts is wrong, to the caller it is the id.
            raise MalformedInput("id", error.problem) from None
        return _accepted(self._submit.resend(read_resend(fax, request.body(), _key_of(request))))

    def _upload(self, request: Request, _: Mapping[str, str]) -> Response:
        link = self._uploads.link(**read_upload(request.body()))
        document = {
            "upload": link.id,
            "url": link.url,
            "headers": dict(link.headers),
            "expires_at": timestamp(link.expires_at),
        }
        # Whoever has the link can put the document there.
        return _json(HTTPStatus.CREATED, document, {"cache-control": "no-store"})


def _key_of(request: Request) -> str | None:
    return request.headers.get("idempotency-key")


def _accepted(submissions: Iterable[str]) -> Response:
    return _json(HTTPStatus.ACCEPTED, {"submissions": [{"id": one} for one in submissions]})


def _json(
    status: HTTPStatus, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    return {
        "statusCode": status.value,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": json.dumps(document),
    }
