"""`GET /reports/closed`: which days are closed, and each record byte for byte (docs/openapi.yaml)."""

import re
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Final

from faxledger.domain.closed_days import ClosedDay, DayVersion, link_of
from faxledger.errors import DocumentMissing, MalformedInput
from faxledger.usecases.ports.closing import ClosedDays, DayRecords
from faxledger.web.parameters import parameters_of
from faxledger.web.request import Request
from faxledger.web.responses import Response, json_answer, problem
from faxledger.web.routing import Answer
from faxledger.web.statements import Document, time_text

_VERSION: Final = re.compile(r"[1-9][0-9]{0,5}")


class ClosedDayQueries:
    def __init__(self, closed: ClosedDays, records: DayRecords) -> None:
        self._closed = closed
        self._records = records

    @property
    def routes(self) -> Mapping[str, Answer]:
        return {"GET /reports/closed": self._list, "GET /reports/closed/{day}": self._record}

    def _list(self, request: Request) -> Response:
        parameters_of(request, set())
        # First the head: what is closed in between is in the list, and behind it.
        head = self._closed.head()
        days = self._closed.all()
        last = head.last
        document = {
            "records": head.records,
            "last": None if last is None else {"key": last.key, "sha256": last.sha256},
            "days": [_closed_day(days[day]) for day in sorted(days, reverse=True)],
        }
        return json_answer(document, headers={"cache-control": "no-store"})

    def _record(self, request: Request) -> Response:
        """Raises `MalformedInput`, `LedgerUnavailable`, `DocumentsUnavailable`."""
        day = _day(request.path.get("day", ""))
        wanted = parameters_of(request, {"version"}).get("version")
        if wanted is not None and not _VERSION.fullmatch(wanted):
            raise MalformedInput("version", "is no version: give a whole number from 1")
        closed = self._closed.all().get(day)
        if closed is None:
            return problem(HTTPStatus.NOT_FOUND, "This day is not closed.", field="day")
        version = closed.version if wanted is None else DayVersion(day, int(wanted))
        try:
            content = self._records.read(version.key)
        except DocumentMissing:
            if version > closed.version:
                return problem(HTTPStatus.NOT_FOUND, "There is no such version of this day.", field="version")
            return problem(
                HTTPStatus.NOT_FOUND, "The record is gone from its bucket: see docs/operations.md."
            )
        return {
            "statusCode": HTTPStatus.OK.value,
            "headers": {
                "content-type": "application/json",
                "cache-control": "no-store",
                "etag": f'"{link_of(version.key, content).sha256}"',
            },
            # What is no UTF-8 was not written by us, and its hash will show it.
            "body": content.decode(errors="replace"),
        }


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise MalformedInput("day", "is no day: give it as 2026-01-31")
    return day


def _closed_day(closed: ClosedDay) -> Document:
    return {
        "day": closed.version.day.isoformat(),
        "version": closed.version.version,
        "is_complete": closed.is_complete,
        "closed_at": time_text(closed.closed_at),
        "key": closed.link.key,
        "sha256": closed.link.sha256,
    }
