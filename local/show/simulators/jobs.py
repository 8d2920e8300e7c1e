"""The truth about every fax a simulator carried, for whoever has to account for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from local.show.simulators.faults import Mishap


class JobProvider(StrEnum):
    SOFTLINX = "softlinx"
    GREENFAX = "greenfax"


class JobDirection(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class JobStatus(StrEnum):
    SUBMITTED = "submitted"
    SENT = "sent"
    FAILED = "failed"
    RECEIVED = "received"
    RECEIVED_PARTIAL = "received_partial"


_OTHER_FINAL = {
    JobStatus.SENT: JobStatus.FAILED,
    JobStatus.FAILED: JobStatus.SENT,
    JobStatus.RECEIVED: JobStatus.RECEIVED_PARTIAL,
    JobStatus.RECEIVED_PARTIAL: JobStatus.RECEIVED,
}


def opposite(status: JobStatus) -> JobStatus:
    """The other final status a fax of the same direction could have; raises KeyError for `SUBMITTED`."""
    return _OTHER_FINAL[status]


@dataclass(frozen=True, slots=True)
class CallbackAttempt:
    """One try at calling the listener. `said` is the status word; `answer` is None when nobody answered."""

    job_id: str
    direction: JobDirection
    at: datetime
    number: int
    said: str
    answer: int | None
    is_overtaken: bool = False

    @property
    def is_acknowledged(self) -> bool:
        return self.answer is not None and 200 <= self.answer < 300


@dataclass(frozen=True, slots=True)
class Job:
    """One fax as its provider's own log has it; times are UTC.

    `status` is the truth; a callback may have said something else (`mishap`, `callbacks`). `is_marked` is
    None at GreenFax, which knows no mark. A Softlinx fax that was resent under its own identifier has one job
    for each attempt: `33`, `33~2`. One that `is_deleted` is offered to nobody any more, and if it was deleted
    while it was under way, it never becomes final.
    """

    provider: JobProvider
    direction: JobDirection
    account: str
    job_id: str
    status: JobStatus
    created_at: datetime
    completed_at: datetime | None
    is_marked: bool | None
    mishap: Mishap
    callbacks: tuple[CallbackAttempt, ...]
    is_deleted: bool = False

    @property
    def public_id(self) -> str:
        """As in `softlinx.outbound.acme.33`."""
        return f"{self.provider}.{self.direction}.{self.account.lower()}.{self.job_id}"

    @property
    def was_told(self) -> bool:
        """Whether the listener acknowledged any callback about this fax."""
        return any(attempt.is_acknowledged for attempt in self.callbacks)
