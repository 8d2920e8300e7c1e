"""The traffic of one customer: faxes come and go, and each final one is told once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import httpx

from local.show.simulators.callbacks import Callback, CallbackSender, Retries
from local.show.simulators.fates import Fate, draw_fate
from local.show.simulators.faults import Arrival, Faults, Veracity
from local.show.simulators.greenfax.emails import SENDER, status_email
from local.show.simulators.greenfax.faxes import UNKNOWN_WORD, GreenFaxJob, GreenFaxJobs, word_of
from local.show.simulators.greenfax.feeds import FeedRequest
from local.show.simulators.greenfax.notify import inbound_fields, notify_url, outbound_fields
from local.show.simulators.greenfax.options import GreenFaxCustomer, GreenFaxOptions
from local.show.simulators.jobs import CallbackAttempt, Job, JobDirection, JobProvider, JobStatus, opposite
from local.show.simulators.outcomes import Cause
from local.show.simulators.ports import NO_SHELF, Schedule, Shelf, SimulatorClock

# A notification that is missed is gone (doc).
_RETRIES = Retries(attempts=1)


@dataclass(frozen=True, slots=True)
class GreenFaxShelves:
    """What of a customer's traffic outlives it."""

    faxes: Shelf[GreenFaxJob] = NO_SHELF
    callbacks: Shelf[CallbackAttempt] = NO_SHELF
    feed_requests: Shelf[FeedRequest] = NO_SHELF


NO_GREENFAX_SHELVES: Final = GreenFaxShelves()


def _final(direction: JobDirection, cause: Cause | None) -> JobStatus:
    if direction is JobDirection.INBOUND:
        return JobStatus.RECEIVED
    return JobStatus.FAILED if cause else JobStatus.SENT


class Traffic:
    """The two URLs may be set at any time; while one is None nobody is notified there."""

    def __init__(
        self,
        clock: SimulatorClock,
        schedule: Schedule,
        *,
        customer: GreenFaxCustomer,
        options: GreenFaxOptions,
        faults: Callable[[], Faults],
        seed: int,
        shelves: GreenFaxShelves = NO_GREENFAX_SHELVES,
    ) -> None:
        self.notify_url: str | None = None
        self.inbound_notify_url: str | None = None
        self.mail_to: Callable[[bytes, str], None] | None = None
        self.faxes = GreenFaxJobs(shelves.faxes)
        # Where a received fax's document is, by its file name; the simulator's address is known late.
        self.place_of: Callable[[str], str] = str
        self._clock = clock
        self._schedule = schedule
        self._customer = customer
        self._encode_twice = options.encode_twice
        self._zone = ZoneInfo(options.zone)
        self._faults = faults
        self._seed = seed
        self._sender = CallbackSender(clock, schedule, _RETRIES, shelves.callbacks)
        for job in self.faxes.all():
            # What was under way when the simulator before this one stopped.
            if job.status is JobStatus.SUBMITTED:
                self._set_out(job)

    def close(self) -> None:
        self._sender.close()

    def send(self, number: str, *, job_code: str, sender: str) -> str:
        job_id = self.faxes.next_id(JobDirection.OUTBOUND)
        fate = self._draw(number, JobDirection.OUTBOUND, job_id)
        if fate.mishap.veracity is Veracity.UNKNOWN_WORD:
            fate = replace(fate, cause=Cause.OTHER)  # any word but `success` tells a failure (seen)
        outcome = fate.outcome()
        now = self._clock.now()
        job = GreenFaxJob(
            direction=JobDirection.OUTBOUND,
            job_id=job_id,
            number=number,
            sender=sender,
            job_code=job_code,
            status=JobStatus.SUBMITTED,
            created_at=now,
            outcome=outcome,
            mishap=fate.mishap,
        )
        self.faxes.add(job)
        self._set_out(job)
        return job_id

    def receive(self, caller: str, *, number: str) -> str:
        job_id = self.faxes.next_id(JobDirection.INBOUND)
        fate = self._draw(caller, JobDirection.INBOUND, job_id)
        # Neither the inbound notification nor the inbound feed has a status to be wrong about (doc).
        fate = replace(fate, cause=None, mishap=replace(fate.mishap, veracity=Veracity.TRUTH))
        now = self._clock.now()
        filename = f"fax-{job_id}.pdf"
        job = GreenFaxJob(
            direction=JobDirection.INBOUND,
            job_id=job_id,
            number=number,
            sender=caller,
            job_code="",
            status=JobStatus.RECEIVED,
            created_at=now,
            completed_at=now,
            outcome=fate.outcome(),
            mishap=fate.mishap,
            filename=filename,
            download_url=self.place_of(filename),
        )
        self.faxes.add(job)
        self._notify(job)
        return job_id

    def remember(self, direction: JobDirection, number: str, completed_at: datetime) -> str:
        """A fax of the past, of which nobody is told any more."""
        job_id = self.faxes.next_id(direction)
        fate = self._draw(number, direction, job_id)
        is_outbound = direction is JobDirection.OUTBOUND
        outcome = fate.outcome() if is_outbound else replace(fate, cause=None).outcome()
        filename = "" if is_outbound else f"fax-{job_id}.pdf"
        self.faxes.add(
            GreenFaxJob(
                direction=direction,
                job_id=job_id,
                number=number,
                sender=number,
                job_code="",
                status=_final(direction, outcome.cause),
                created_at=completed_at - outcome.takes,
                completed_at=completed_at,
                outcome=outcome,
                mishap=replace(fate.mishap, arrival=Arrival.DROPPED),
                filename=filename,
                download_url=self.place_of(filename) if filename else "",
            )
        )
        return job_id

    def jobs(self) -> tuple[Job, ...]:
        attempts = self._sender.attempts_by_fax()
        return tuple(
            Job(
                provider=JobProvider.GREENFAX,
                direction=job.direction,
                account=self._customer.account_id,
                job_id=job.job_id,
                status=job.status,
                created_at=job.created_at,
                completed_at=job.completed_at,
                is_marked=None,
                mishap=job.mishap,
                callbacks=attempts.get((job.direction, job.job_id), ()),
            )
            for job in self.faxes.all()
        )

    def callbacks(self) -> tuple[CallbackAttempt, ...]:
        return self._sender.attempts()

    def _draw(self, number: str, direction: JobDirection, job_id: str) -> Fate:
        return draw_fate(number, f"{self._seed}/greenfax/{direction}/{job_id}", self._faults())

    def _set_out(self, job: GreenFaxJob) -> None:
        status = JobStatus.FAILED if job.outcome.cause else JobStatus.SENT
        self._schedule.at(job.created_at + job.outcome.takes, partial(self._complete, job.job_id, status))

    def _complete(self, job_id: str, status: JobStatus) -> None:
        now = self._clock.now()
        job = self.faxes.change(JobDirection.OUTBOUND, job_id, status=status, completed_at=now)
        self._notify(job)
        if self.mail_to is not None:
            self.mail_to(status_email(job, self._zone), SENDER)

    def _notify(self, job: GreenFaxJob) -> None:
        is_outbound = job.direction is JobDirection.OUTBOUND
        url = self.notify_url if is_outbound else self.inbound_notify_url
        if url is not None:
            callbacks = (
                self._outbound_callbacks(job, url) if is_outbound else self._inbound_callbacks(job, url)
            )
            self._sender.send(callbacks, job.mishap)

    def _inbound_callbacks(self, job: GreenFaxJob, url: str) -> Sequence[Callback]:
        return [self._callback(job, "", url, inbound_fields(job, self._zone))]

    def _outbound_callbacks(self, job: GreenFaxJob, url: str) -> Sequence[Callback]:
        def callback(status: JobStatus, word: str | None = None) -> Callback:
            result = word or word_of(status, job.outcome.cause)
            return self._callback(job, result, url, outbound_fields(job, result, status, self._zone))

        match job.mishap.veracity:
            case Veracity.TRUTH:
                return [callback(job.status)]
            case Veracity.CONTRADICTION:
                return [callback(opposite(job.status))]
            case Veracity.RECANTATION:
                return [callback(job.status), callback(opposite(job.status))]
            case Veracity.UNKNOWN_WORD:
                return [callback(job.status, UNKNOWN_WORD)]

    def _callback(self, job: GreenFaxJob, said: str, url: str, fields: dict[str, str]) -> Callback:
        target = notify_url(url, fields, encode_twice=self._encode_twice)
        return Callback(job.job_id, job.direction, said, httpx.Request("GET", target))
