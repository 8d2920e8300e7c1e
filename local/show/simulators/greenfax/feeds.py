"""The two XML feeds: one request in 20 minutes, windows of at most 90 days (doc)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from types import MappingProxyType
from urllib.parse import parse_qsl

from local.show.simulators.faults import Faults, RequestDice
from local.show.simulators.greenfax.date_ranges import BadDateRange, DateRange, read_date_range
from local.show.simulators.greenfax.faxes import GreenFaxJobs
from local.show.simulators.greenfax.feed_documents import FeedWriter
from local.show.simulators.greenfax.options import GreenFaxCustomer, GreenFaxOptions
from local.show.simulators.jobs import JobDirection
from local.show.simulators.ports import NO_SHELF, Shelf, SimulatorClock
from local.show.simulators.web import WebRequest, WebResponse

_DIRECTIONS = MappingProxyType(
    {"/api/xml/outbound.php": JobDirection.OUTBOUND, "/api/xml/inbound.php": JobDirection.INBOUND}
)
_ALLOWANCE = timedelta(minutes=20)
_TOO_EARLY = 429


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """One request and its status, as it would be without `errors_at_200`; 429 is for one too early."""

    at: datetime
    direction: JobDirection
    status: int


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Feeds:
    """Whatever its answer, a request uses up the 20 minutes; one inside them is refused and adds none."""

    def __init__(
        self,
        clock: SimulatorClock,
        faxes: GreenFaxJobs,
        *,
        customer: GreenFaxCustomer,
        options: GreenFaxOptions,
        faults: Callable[[], Faults],
        dice: RequestDice,
        shelf: Shelf[FeedRequest] = NO_SHELF,
    ) -> None:
        self._clock = clock
        self._faxes = faxes
        self._customer = customer
        self._options = options
        self._faults = faults
        self._dice = dice
        self._writer = FeedWriter(options)
        self._lock = Lock()
        self._allowed_from: dict[JobDirection, datetime] = {}
        self._refused_logins = 0
        self._shelf = shelf
        self._requests = list(shelf.all())
        for request in self._requests:
            if request.status != _TOO_EARLY:
                self._use_up(request.direction, request.at)

    def answer(self, request: WebRequest) -> WebResponse:
        direction = _DIRECTIONS.get(request.path)
        if direction is None:
            return WebResponse(404, b"not found\n")
        if request.method != "GET":
            return WebResponse(405, b"method not allowed\n")
        if self._dice.strike(self._faults().slow):
            time.sleep(self._faults().slow_seconds)
        at = self._clock.now()
        try:
            date_range = self._admit(direction, at, dict(parse_qsl(request.query)))
        except _Refused as refused:
            self._note(FeedRequest(at, direction, refused.status))
            status = 200 if self._options.errors_at_200 else refused.status
            return _xml(status, self._writer.error(refused.text))
        self._note(FeedRequest(at, direction, 200))
        jobs = [
            job
            for job in self._faxes.all()
            if job.direction is direction and date_range.holds(job.completed_at)
        ]
        document = self._writer.document(direction, jobs)
        cuts = self._faults().feed_cuts
        # Without cuts the dice fall as they did before there were any.
        is_cut = cuts > 0 and self._dice.strike(cuts)
        return _xml(200, document[: len(document) // 2] if is_cut else document)

    def requests(self) -> tuple[FeedRequest, ...]:
        with self._lock:
            return tuple(self._requests)

    def _admit(self, direction: JobDirection, at: datetime, given: Mapping[str, str]) -> DateRange:
        with self._lock:
            if at < self._allowed_from.get(direction, at):
                raise _Refused(_TOO_EARLY, "Please limit your requests to one every 20 minutes.")
            self._use_up(direction, at)
        if self._dice.strike(self._faults().feed_errors):
            raise _Refused(500, "Internal error.")
        try:
            date_range, login = read_date_range(direction, given, self._options.zone)
        except BadDateRange as bad:
            raise _Refused(400, str(bad)) from bad
        if login != (self._customer.account_id, self._customer.password) or self._refuses_this_login():
            raise _Refused(401, "Invalid account or password.")
        return date_range

    def _use_up(self, direction: JobDirection, at: datetime) -> None:
        for used_up in JobDirection if self._options.shared_allowance else (direction,):
            self._allowed_from[used_up] = at + _ALLOWANCE

    def _refuses_this_login(self) -> bool:
        with self._lock:
            refuses = self._refused_logins < self._faults().refuse_logins
            self._refused_logins += refuses
            return refuses

    def _note(self, request: FeedRequest) -> None:
        with self._lock:
            self._requests.append(request)
            self._shelf.put(str(len(self._requests)), request)


def _xml(status: int, body: bytes) -> WebResponse:
    return WebResponse(status, body, "text/xml; charset=utf-8")
