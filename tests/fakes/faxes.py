"""Faxes and reports to test with; what is not said is ordinary."""

from collections.abc import Mapping
from datetime import datetime

from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import Duty, Facts, Failure, Report, Unreadable

# Whoever may speak in a report.
REPORTERS = tuple(source for source in Source if source is not Source.HANDOVER)
MARK = frozenset({Duty.MARK})
STORE = frozenset({Duty.STORE})
STORE_AND_MARK = STORE | MARK
BUSY = Failure(FailureClass.BUSY, "17", "line busy")


def outbound(job_id: int | str = 33) -> FaxId:
    return FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", str(job_id))


def inbound(job_id: int | str = 33) -> FaxId:
    return FaxId(Provider.SOFTLINX, Direction.INBOUND, "acme", str(job_id))


def greenfax(job_id: int | str = 8591334) -> FaxId:
    return FaxId(Provider.GREENFAX, Direction.OUTBOUND, "12345", str(job_id))


def report(
    fax: FaxId,
    status: Status | None = Status.SENT,
    *,
    source: Source = Source.CALLBACK,
    word: str | None = None,
    completed_at: datetime | None = None,
    failure: Failure | None = None,
    facts: Facts | None = None,
    given: Mapping[str, str] | None = None,
    owes: frozenset[Duty] = frozenset(),
) -> Report:
    word = word or (status.value if status else "spooled")
    return Report(
        fax=fax,
        source=source,
        word=word,
        status=status,
        given={"FaxId": fax.job_id, "FaxStatus": word} if given is None else given,
        completed_at=completed_at,
        failure=failure or (BUSY if status is Status.FAILED else None),
        facts=facts or Facts(),
        owes=owes,
    )


def unreadable(raw: bytes = b"FaxId=&FaxStatus=sent", origin: str = "softlinx-callback") -> Unreadable:
    return Unreadable(origin=origin, problem="FaxId is missing", raw=raw)
