"""GreenFax as it is behind its feed and its notifications: the truth about its faxes."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import httpx

from faxledger.domain.fax import Direction
from tests.simulation.aws import Wire
from tests.simulation.faults import Event, Fault
from tests.simulation.said import Said
from tests.simulation.scheduler import BEGINNING, Process, Scheduler

_ASKED = (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.SLOW, Fault.LOST)
_ZONE = ZoneInfo("America/New_York")


@dataclass(slots=True)
class GreenFaxJob:
    """`word` is its result, empty while it is under way; `code` is its sender's own, if it has one."""

    direction: Direction
    job_id: str
    to: str
    code: str = ""
    word: str = ""
    completed: float = 0.0


class GreenFax:
    """`get` hands a notification's query to the bundle, which GreenFax does once, whatever it answers.

    `asked_at` is when each request for a feed came in, and for which; `taken` is what it said and
    was told is taken. `answer` takes what it tells of a
    fax by email. Whether it `brings_codes` back is open (see the provider's documentation).
    """

    def __init__(self, wire: Wire, *, brings_codes: bool, clock_ahead: float, failing: float) -> None:
        self.wire = wire
        self.jobs: dict[tuple[Direction, str], GreenFaxJob] = {}
        self.get: Callable[[str, bool], int | None]
        self.answer: Callable[[GreenFaxJob, Mapping[str, str]], None] = lambda *_: None
        self.asked_at: list[tuple[float, str]] = []
        self.taken: list[Said] = []
        # How many calls are still to come or under way, by the fax.
        self.to_come: Counter[str] = Counter()
        self._brings_codes = brings_codes
        # Each row that was shown and can be read.
        self.shown: list[tuple[GreenFaxJob, Mapping[str, str]]] = []
        self._ahead = clock_ahead
        self._failing = failing
        # The same as Softlinx gives, and in both directions.
        self._next = {Direction.OUTBOUND: 1001, Direction.INBOUND: 1001}

    @property
    def scheduler(self) -> Scheduler:
        return self.wire.scheduler

    def transmit(self, direction: Direction, to: str, code: str = "", job_id: str = "") -> GreenFaxJob:
        """A fax that is under way from now on; with a job id that was given before, if one is named."""
        number = job_id or str(self._next[direction])
        job = GreenFaxJob(direction, number, to, code if self._brings_codes else "")
        self._next[direction] += 1
        self.jobs[direction, job.job_id] = job
        is_sudden = self.wire.faults.at(Event.ENDS_AT_ONCE) is not None
        seconds = 0.0 if is_sudden else self.scheduler.random.uniform(5, 900)
        self.scheduler.after(seconds, lambda: self._end(job))
        return job

    def _end(self, job: GreenFaxJob) -> None:
        goes_well = job.direction is Direction.INBOUND or self.scheduler.random.random() >= self._failing
        job.word = "success" if goes_well else "busy"
        job.completed = self.scheduler.now
        self._tell(job, goes_well=goes_well)

    def _tell(self, job: GreenFaxJob, *, goes_well: bool) -> None:
        is_inbound = job.direction is Direction.INBOUND
        fields = self._inbound_fields(job) if is_inbound else self._outbound_fields(job)
        self.answer(job, fields)
        event = self.wire.faults.at(
            Event.CALLBACK_LOST, Event.CALLBACK_TWICE, Event.CALLBACK_LATE, Event.CALLBACK_WRONG
        )
        if event is Event.CALLBACK_LOST:
            return
        if event is Event.CALLBACK_WRONG and not is_inbound:
            fields["result"] = "busy" if goes_well else "success"
        key = f"FAX#greenfax#{job.direction}#12345#{job.job_id}"
        query = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
        late = self.scheduler.random.choice([0.001, 1.0])
        if event is Event.CALLBACK_LATE:
            late = self.scheduler.random.uniform(60, 100_000)
        for _ in range(2 if event is Event.CALLBACK_TWICE else 1):
            self._notify(key, query, seconds=late * self.scheduler.random.uniform(0.5, 1.0))

    def _notify(self, key: str, query: str, *, seconds: float = 0.0) -> None:
        """Once: GreenFax does not look at the answer."""

        def call() -> None:
            status = self.get(query, key.startswith("FAX#greenfax#inbound"))
            self.to_come[key] -= 1
            if status is not None and 200 <= status < 300:
                self.taken.append(Said(key, lambda: self._notify(key, query)))

        self.to_come[key] += 1
        self.scheduler.begin(Process("GreenFax"), call, seconds=seconds)

    def _outbound_fields(self, job: GreenFaxJob) -> dict[str, str]:
        local = self.local(job.completed)
        return {
            "result": job.word,
            "timestamp": _stamped(local),
            "destination": job.to,
            "pages": "2",
            "duration": "61",
            "userjobcode": job.code,
            "greenfaxreferenceid": job.job_id,
            "cost": "0.10",
            "about": _about(job),
        }

    def _inbound_fields(self, job: GreenFaxJob) -> dict[str, str]:
        local = self.local(job.completed)
        return {
            "greenfax_job_id": job.job_id,
            "inbound_fax_number": job.to,
            "fax_timestamp": _stamped(local),
            "pages": "2",
            "sender": "12025550177",
            "filename": f"{job.job_id}.pdf",
            "about": _about(job),
            "download_url": f"https://www.greenfax.com/documents/{job.job_id}.pdf",
        }

    def local(self, seconds: float) -> datetime:
        """A moment of the simulation by the provider's own clock and zone."""
        return (BEGINNING + timedelta(seconds=seconds + self._ahead)).astimezone(_ZONE)

    # --- the feed and the documents ----------------------------------------------------------------------

    def http_client(self) -> httpx.Client:
        """In the place of the feed's own."""
        return httpx.Client(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        return self.wire.call(
            lambda: self._feed(request),
            _ASKED,
            refused=lambda: httpx.ConnectError("no connection"),
            lost=lambda: httpx.ReadTimeout("no answer"),
        )

    def _feed(self, request: httpx.Request) -> httpx.Response:
        # The moment in which it leaves, which whoever asks may find too late.
        request.extensions["trace"]("http11.send_request_headers.started", {})
        given = parse_qs(request.url.query.decode())
        first, last = given["startdate"][0], given["enddate"][0]
        direction = Direction.INBOUND if "inbound" in request.url.path else Direction.OUTBOUND
        self.asked_at.append((self.scheduler.now, direction))
        rows = [
            self._feed_row(job)
            for job in self.jobs.values()
            if job.direction is direction
            and job.word
            and first <= self.local(job.completed).date().isoformat() <= last
            and not self.wire.faults.at(Event.ROW_VANISHES)
        ]
        content = f"<?xml version='1.0'?><faxes>{''.join(rows)}</faxes>".encode()
        if self.wire.faults.at(Event.ANSWER_CUT):
            content = content[: self.scheduler.random.randrange(len(content))]
        return httpx.Response(200, stream=httpx.ByteStream(content), headers={"Content-Type": "text/xml"})

    def _feed_row(self, job: GreenFaxJob) -> str:
        if self.wire.faults.at(Event.ROW_POISONED):
            word = f"{job.word[:3]}\x0b{job.word[3:]}"
            return f"<fax job_id={quoteattr(job.job_id)} status={quoteattr(word)} pages='&nope;'/>"
        local = self.local(job.completed)
        given = {
            "job_id": job.job_id,
            "status": job.word,
            "pages": "2",
            "duration": "61",
            "cost": "0.10",
            "sender": "faxes@clinic.example",
            "fax_number": job.to,
            "fax_timestamp": f"{local:%m/%d/%Y %I:%M:%S %p}",
            "about": _about(job),
        }
        if job.direction is Direction.INBOUND:
            given.pop("status")
            given["timestamp"] = given.pop("fax_timestamp")
            given["document_download_url"] = f"https://www.greenfax.com/documents/{job.job_id}.pdf"
        self.shown.append((job, given))
        return f"<fax {' '.join(f'{name}={quoteattr(value)}' for name, value in given.items())}/>"


def _about(job: GreenFaxJob) -> str:
    """Which fax something is said of, whatever is made of its number."""
    return f"greenfax {job.direction} {job.job_id}"


def _stamped(local: datetime) -> str:
    """With the zone's letters and its offset, which is another one in summer."""
    offset = local.utcoffset() or timedelta()
    return f"{local:%m/%d/%Y %I:%M:%S %p %Z} (GMT{offset // timedelta(hours=1):+d})"
