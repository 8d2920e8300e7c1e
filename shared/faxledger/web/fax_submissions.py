"""`POST /faxes` and what belongs to it: requests in, what was made of them out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus

from faxledger.domain.timestamps import timestamp
from faxledger.usecases.ports.sending import UploadLinks
from faxledger.usecases.submit import SubmitFax
from faxledger.web.fax_requests import ReadTargets, read_fax, read_resend, read_upload
from faxledger.web.parameters import fax_id_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer


class FaxSubmissions:
    """2xx only when what was asked is durable."""

    def __init__(self, submit: SubmitFax, uploads: UploadLinks, read_targets: ReadTargets) -> None:
        self._submit = submit
        self._read_targets = read_targets
        self._uploads = uploads

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {
            "POST /faxes": self._send,
            "POST /faxes/uploads": self._upload,
            "POST /faxes/{id}/resend": self._resend,
        }

    def _send(self, request: Request) -> Response:
        asked = read_fax(request.body(), _key_of(request), self._read_targets, is_base64=request.is_base64)
        return _accepted(self._submit.send(replace(asked, requested_by=request.caller or None)))

    def _resend(self, request: Request) -> Response:
        asked = read_resend(fax_id_of(request), request.body(), _key_of(request))
        return _accepted(self._submit.resend(replace(asked, requested_by=request.caller or None)))

    def _upload(self, request: Request) -> Response:
        link = self._uploads.link(**read_upload(request.body(), _key_of(request)))
        document = {
            "upload": link.id,
            "url": link.url,
            "headers": dict(link.headers),
            "expires_at": timestamp(link.expires_at),
        }
        # Whoever has the link can put the document there.
        return json_answer(document, HTTPStatus.CREATED, headers={"cache-control": "no-store"})


def _key_of(request: Request) -> str | None:
    return request.headers.get("idempotency-key")


def _accepted(submissions: Iterable[str]) -> Response:
    return json_answer({"submissions": [{"id": one} for one in submissions]}, HTTPStatus.ACCEPTED)
