"""What a fax is: who carries it, which way it went, what it is called and what can become of it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from faxledger.errors import MalformedInput


class Provider(StrEnum):
    SOFTLINX = "softlinx"
    GREENFAX = "greenfax"


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Status(StrEnum):
    """`SUBMITTED` is where a fax starts; every other status is final."""

    SUBMITTED = "submitted"
    SENT = "sent"
    FAILED = "failed"
    RECEIVED = "received"
    RECEIVED_PARTIAL = "received_partial"


class Source(StrEnum):
    """Who told us. A provider's push and its pull are different witnesses of the same fax.

    `HANDOVER` never speaks in a report: a fax that its provider was to be given was refused, or came back.
    """

    CALLBACK = "callback"
    NOTIFY = "notify"
    POLL = "poll"
    FEED = "feed"
    EMAIL = "email"
    HANDOVER = "handover"


# By which a provider speaks unasked: whether it still does is worth knowing.
PUSHES = frozenset({Source.CALLBACK, Source.NOTIFY, Source.EMAIL})


class FailureClass(StrEnum):
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NOT_A_FAX = "not_a_fax"
    BAD_NUMBER = "bad_number"
    LINE = "line"
    DOCUMENT = "document"
    REJECTED = "rejected"
    OTHER = "other"


# `#` separates the parts of a table key and `.` those of a public id, so neither may stand in a job id.
# The first attempt is the job id itself, so that no fax has two names.
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}(~([2-9]|[1-9][0-9]{1,3}))?")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True, order=True)
class FaxId:
    """One fax job, as `softlinx.outbound.acme.33`.

    A provider's job id is unique only within a direction of one account (Softlinx, doc), so all four parts
    are needed. `account` is the Softlinx realm, in lower case, or the GreenFax account id; it comes from our
    configuration and never from a callback. A resend that keeps its identifier is attempt `33~2`.
    """

    provider: Provider
    direction: Direction
    account: str
    job_id: str

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise MalformedInput(
                "account", "is not a realm or an account id: 1 to 32 of a-z, 0-9, period, _ and -"
            )
        if not _JOB_ID.fullmatch(self.job_id):
            raise MalformedInput(
                "id",
                "does not end in a job's id: 1 to 64 letters, digits, _ and -, and ~2 for a second attempt",
            )

    def __str__(self) -> str:
        return f"{self.provider}.{self.direction}.{self.account}.{self.job_id}"

    @classmethod
    def parse(cls, text: str) -> "FaxId":
        """The fax a public id names; raises `MalformedInput` when it names none."""
        provider, _, rest = text.partition(".")
        direction, _, rest = rest.partition(".")
        account, _, job_id = rest.rpartition(".")
        try:
            return cls(Provider(provider), Direction(direction), account, job_id)
        except ValueError:
            raise MalformedInput(
                "id", "is not of the form provider.direction.account.job, as in softlinx.outbound.acme.33"
            ) from None
