"""What nobody could read, for a person who may see health data, as JSON (docs/openapi.yaml)."""

import re
from base64 import b64encode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from faxledger.errors import MalformedInput
from faxledger.usecases.ports.set_aside import SetAside, SetAsides
from faxledger.usecases.ports.world import Log
from faxledger.web.parameters import page_length, parameters_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer, problem
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, time_text

_ID: Final = re.compile(r"[0-9a-f]{64}")
# Each may have 64 kB.
_LONGEST_PAGE: Final = 50


class UnreadableQueries:
    """Who has read which is logged: the bytes are as they came."""

    def __init__(self, set_asides: SetAsides, log: Log) -> None:
        self._set_asides = set_asides
        self._log = log

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /unreadable": self._list, "GET /unreadable/{id}": self._find}

    def _list(self, request: Request) -> Response:
        parameters = parameters_of(request, {"cursor", "limit"})
        page = self._set_asides.page(
            limit=page_length(parameters, longest=_LONGEST_PAGE), cursor=parameters.get("cursor")
        )
        return json_answer({"unreadable": [_summary(one) for one in page.found], "cursor": page.cursor})

    def _find(self, request: Request) -> Response:
        id_ = request.path.get("id", "")
        if not _ID.fullmatch(id_):
            raise MalformedInput("id", "is not the id of what could not be read: 64 digits of 0-9 and a-f")
        found = self._set_asides.find(id_)
        if found is None:
            return problem(HTTPStatus.NOT_FOUND, "There is nothing unreadable of this id.", field="id")
        self._log.info("unreadable read", extra={"unreadable_id": id_, "caller": request.caller})
        document = {**_summary(found), "raw": b64encode(found.unreadable.raw).decode()}
        return json_answer(document, headers={"cache-control": "no-store"})


def _summary(found: SetAside) -> Document:
    return {
        "id": found.id,
        "origin": found.unreadable.origin,
        "problem": found.unreadable.problem,
        "first_seen_at": time_text(found.first_seen_at),
        "last_seen_at": time_text(found.last_seen_at),
        "times": found.times,
        "size": len(found.unreadable.raw),
        "is_truncated": found.unreadable.is_truncated,
    }
