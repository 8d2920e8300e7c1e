"""`GET /reports`: what became of every fax of a span, and whether that is all of it (docs/openapi.yaml)."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

from faxledger.domain.fax import Provider
from faxledger.domain.spans import Span
from faxledger.errors import MalformedInput
from faxledger.usecases.ports.reconciling import PartialReconciliation, PartialReconciliations
from faxledger.usecases.ports.world import Clock
from faxledger.usecases.reconcile import Reconcile
from faxledger.web.parameters import Parameters, bounds_of_day, moment, parameters_of
from faxledger.web.reconciliations import reconciliation_document
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer
from faxledger.web.routing import Answer

# A month, also that in which the clocks are set back.
_LONGEST: Final = timedelta(days=31, hours=1)
# API Gateway waits for 30 s, and the page under way, and writing down how far it came, fit into the rest.
_READ_FOR: Final = timedelta(seconds=20)
_CURSOR: Final = re.compile(r"[0-9a-f]{32}")
# Before that nobody had this; far from the edges of the calendar.
_FIRST_YEAR: Final = 2000


class Reports:
    """`time_zone` says when a day begins; `pushing` is as in `reconciliation_document`."""

    def __init__(
        self,
        reconcile: Reconcile,
        partials: PartialReconciliations,
        pushing: Mapping[Provider, timedelta | None],
        time_zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self._reconcile = reconcile
        self._partials = partials
        self._pushing = pushing
        self._time_zone = time_zone
        self._clock = clock

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /reports": self._of_span, "GET /reports/{day}": self._of_day}

    def _of_span(self, request: Request) -> Response:
        parameters = parameters_of(request, {"from", "to", "cursor"})
        since, until = (_required(parameters, name, self._time_zone) for name in ("from", "to"))
        if until <= since:
            raise MalformedInput("to", "is not after from")
        if until - since > _LONGEST:
            raise MalformedInput("to", "is more than 31 days after from: ask for parts, and add them up")
        return self._answer(self._span("from", since, until), parameters.get("cursor"))

    def _of_day(self, request: Request) -> Response:
        parameters = parameters_of(request, {"cursor"})
        since, until = bounds_of_day(
            {"day": self._named(request.path.get("day", ""))}, "day", self._time_zone
        )
        if since is None or until is None:
            raise MalformedInput("day", "is missing")
        return self._answer(self._span("day", since, until), parameters.get("cursor"))

    def _named(self, day: str) -> str:
        """The date that a word stands for; which day it is only this side knows."""
        today = self._clock.now().astimezone(self._time_zone).date()
        words = {"today": today.isoformat(), "yesterday": (today - timedelta(days=1)).isoformat()}
        return words.get(day, day)

    def _span(self, name: str, since: datetime, until: datetime) -> Span:
        """Raises `MalformedInput`, naming the parameter, for what is no span of anybody's faxes."""
        if since.year < _FIRST_YEAR:
            raise MalformedInput(name, f"is before the year {_FIRST_YEAR}")
        if since > self._clock.now():
            raise MalformedInput(name, "is still to come")
        return Span(since, until)

    def _answer(self, span: Span, cursor: str | None) -> Response:
        """Raises `MalformedInput` for a strange cursor, `LedgerUnavailable`, `DocumentsUnavailable`."""
        stop_at = self._clock.now() + _READ_FOR
        begun = self._reconcile.begin(span) if cursor is None else self._found(cursor, span)
        partial = self._reconcile.go_on(begun, stop_at)
        if partial.is_finished:
            found = reconciliation_document(partial.finished(), self._pushing, self._clock.now())
            return json_answer(found, headers={"cache-control": "no-store"})
        progress = {
            "faxes": partial.faxes,
            "lanes": partial.lanes,
            "lanes_read": partial.lanes - len(partial.left),
        }
        document = {"cursor": self._partials.keep(partial), "progress": progress}
        return json_answer(document, HTTPStatus.ACCEPTED, headers={"cache-control": "no-store"})

    def _found(self, cursor: str, span: Span) -> PartialReconciliation:
        found = self._partials.find(cursor) if _CURSOR.fullmatch(cursor) else None
        if found is None:
            raise MalformedInput("cursor", "is not one of ours, or older than a day: ask again without it")
        if found.span != span:
            raise MalformedInput("cursor", "is of another span: give it with the one it was answered for")
        return found


def _required(parameters: Parameters, name: str, zone: ZoneInfo) -> datetime:
    found = moment(parameters, name, zone)
    if found is None:
        raise MalformedInput(name, "is missing: give both ends of the span, or ask for /reports/{day}")
    return found
