"""`GET /faxes` and `POST /faxes/search`: which faxes and submissions there were (docs/openapi.yaml)."""

import json
from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Direction, FailureClass, Provider, Source, Status
from faxledger.domain.report import Fax
from faxledger.domain.submission import SubmissionState
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.listing import FaxListing, Listed, Listing
from faxledger.usecases.ports.world import Log
from faxledger.web.fax_queries import fax_summary, submission_summary
from faxledger.web.json_bodies import parameters_in
from faxledger.web.parameters import (
    Parameters,
    bounds_of_day,
    moment,
    one_of,
    page_length,
    parameters_of,
    text_of,
    truth,
)
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer
from faxledger.web.statements import Document

# Lambda's answers end at 6 MB, of the answer as it is sent: as JSON, in a text, in JSON.
MOST_BYTES: Final = 5 * 1024 * 1024
_PARAMETERS: Final = frozenset(
    {
        "status",
        "day",
        "from",
        "to",
        "reference",
        "provider",
        "direction",
        "user",
        "settled_by",
        "failure_class",
        "unfinished",
        "given_up",
        "incomplete",
        "in_conflict",
        "cursor",
        "limit",
    }
)
# Numbers of people travel in bodies and never in URLs, which many a log keeps.
_SEARCH_PARTS: Final = _PARAMETERS | {"number"}
_MOST_BODY_BYTES: Final = 16_384


class FaxListings:
    """Pages of a listing; `accounts` are ours at the providers, `time_zone` says when a day begins."""

    def __init__(
        self, listing: FaxListing, accounts: Mapping[Provider, str], time_zone: ZoneInfo, log: Log
    ) -> None:
        self._listing = listing
        self._accounts = accounts
        self._time_zone = time_zone
        self._log = log

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {
            "GET /faxes": lambda request: self._page(parameters_of(request, _PARAMETERS)),
            "POST /faxes/search": lambda request: self._page(
                parameters_in(request, _SEARCH_PARTS, most_bytes=_MOST_BODY_BYTES)
            ),
        }

    def _page(self, parameters: Parameters) -> Response:
        """Raises `MalformedInput`, naming the parameter, and `LedgerUnavailable`."""
        found = self._listing.page(
            _listing_of(parameters, self._time_zone),
            limit=page_length(parameters),
            cursor=parameters.get("cursor"),
        )
        shown: list[Document] = []
        cursor, left = found.cursor, MOST_BYTES
        for one in found.listed:
            document = self._summary(one)
            # In a text, as the answer's body is.
            left -= len(json.dumps(json.dumps(document)))
            if left < 0 and shown:
                break
            shown.append(document)
            cursor = one.cursor
        if len(shown) == len(found.listed):
            cursor = found.cursor
        return json_answer({"faxes": shown, "cursor": cursor})

    def _summary(self, one: Listed) -> Document:
        if isinstance(one.entry, Fax):
            return fax_summary(one.entry, one.look_at)
        return submission_summary(one.entry, self._accounts)


def _listing_of(parameters: Parameters, zone: ZoneInfo) -> Listing:
    since, until = bounds_of_day(parameters, "day", zone)
    for name in ("from", "to"):
        if name in parameters and "day" in parameters:
            raise MalformedInput(name, "is given beside day: give one or the other")
    since, until = moment(parameters, "from", zone) or since, moment(parameters, "to", zone) or until
    if since is not None and until is not None and until <= since:
        raise MalformedInput("to", "is not after from")
    status, state = _status_or_state(parameters)
    return Listing(
        status=status,
        state=state,
        since=since,
        until=until,
        reference=text_of(parameters, "reference"),
        provider=one_of(Provider, parameters, "provider"),
        direction=one_of(Direction, parameters, "direction"),
        user=text_of(parameters, "user"),
        settled_by=one_of(Source, parameters, "settled_by"),
        failure_class=one_of(FailureClass, parameters, "failure_class"),
        number=text_of(parameters, "number"),
        is_unfinished=truth(parameters, "unfinished"),
        is_given_up=truth(parameters, "given_up"),
        is_incomplete=truth(parameters, "incomplete"),
        is_in_conflict=truth(parameters, "in_conflict"),
    )


def _status_or_state(parameters: Parameters) -> tuple[Status | None, SubmissionState | None]:
    """`status` takes a fax's status, or a state that only a submission has."""
    text = parameters.get("status")
    if text is None:
        return None, None
    if text in set(Status):
        return Status(text), None
    if text in set(SubmissionState):
        return None, SubmissionState(text)
    raise MalformedInput("status", f"is none of {', '.join([*Status, *SubmissionState])}")
