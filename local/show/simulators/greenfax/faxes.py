"""The faxes of one account."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from threading import Lock
from typing import Any

from local.show.simulators.faults import Mishap
from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.outcomes import Cause, FaxOutcome
from local.show.simulators.ports import NO_SHELF, Shelf

_FIRST_ID = 8591334


@dataclass(frozen=True, slots=True)
class GreenFaxJob:
    """One fax as the provider's log has it; times are UTC, `cost` is US dollars.

    `number` is the one dialled, or of an inbound fax the account's own; `sender` is the email address it was
    sent from, or the caller's number.
    """

    direction: JobDirection
    job_id: str
    number: str
    sender: str
    job_code: str
    status: JobStatus
    created_at: datetime
    outcome: FaxOutcome
    mishap: Mishap
    completed_at: datetime | None = None
    filename: str = ""
    download_url: str = ""

    @property
    def cost(self) -> Decimal:
        """Five cents for each minute begun."""
        minutes_begun = -(-self.outcome.duration_seconds // 60)
        return Decimal("0.05") * minutes_begun


# What HTTP Notify and the feed say; anything but `success` is a failure and the word its reason (seen).
SUCCESS = "success"
UNKNOWN_WORD = "xmit err 0x2F"
_FAILURES = {
    Cause.BUSY: "busy",
    Cause.NO_ANSWER: "no answer",
    Cause.NOT_A_FAX: "voice answer",
    Cause.BAD_NUMBER: "invalid number",
    Cause.LINE: "disconnected",
    Cause.DOCUMENT: "conversion error",
    Cause.REJECTED: "rejected",
    Cause.OTHER: "failed",
}


def word_of(status: JobStatus, cause: Cause | None) -> str:
    """The word for a final outbound status."""
    return SUCCESS if status is JobStatus.SENT else _FAILURES[cause or Cause.OTHER]


class GreenFaxJobs:
    """References count up, in each direction from the same number."""

    def __init__(self, shelf: Shelf[GreenFaxJob] = NO_SHELF) -> None:
        self._lock = Lock()
        self._shelf = shelf
        self._jobs = {(job.direction, job.job_id): job for job in shelf.all()}
        self._ids: dict[JobDirection, Iterator[int]] = {
            direction: count(
                1 + max((int(id_) for way, id_ in self._jobs if way is direction), default=_FIRST_ID - 1)
            )
            for direction in JobDirection
        }

    def next_id(self, direction: JobDirection) -> str:
        with self._lock:
            return str(next(self._ids[direction]))

    def add(self, job: GreenFaxJob) -> None:
        with self._lock:
            self._put(job)

    def change(self, direction: JobDirection, job_id: str, **changes: Any) -> GreenFaxJob:
        with self._lock:
            job = replace(self._jobs[direction, job_id], **changes)
            self._put(job)
            return job

    def _put(self, job: GreenFaxJob) -> None:
        self._shelf.put(f"{job.direction}/{job.job_id}", job)
        self._jobs[job.direction, job.job_id] = job

    def all(self) -> tuple[GreenFaxJob, ...]:
        with self._lock:
            return tuple(self._jobs.values())
