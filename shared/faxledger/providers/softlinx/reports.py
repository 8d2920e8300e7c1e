"""A Softlinx fax's fields as a report: the callback and the query API use the same names (seen)."""

from collections.abc import Mapping

from faxledger.domain.fax import Direction, Source, Status
from faxledger.domain.report import Duty, Facts, Failure, Report, ended_before_a_page
from faxledger.errors import MalformedInput
from faxledger.providers.failures import failure_class_of
from faxledger.providers.softlinx.account import SoftlinxAccount
from faxledger.providers.softlinx.status import status_of
from faxledger.providers.values import moment, seconds, unread, whole_number


def report_of(
    account: SoftlinxAccount,
    direction: Direction,
    source: Source,
    fields: Mapping[str, str],
    given: Mapping[str, str],
) -> Report:
    """The report in a fax's fields, named in lower case; `given` is kept as its sighting.

    Raises `MalformedInput` when the identifier or the status is missing or malformed.
    """
    word = fields.get("faxstatus", "")
    if not fields.get("faxid"):
        raise MalformedInput("FaxId", "is missing")
    if not word:
        raise MalformedInput("FaxStatus", "is missing")
    fax = account.fax(direction, fields["faxid"])
    status = status_of(direction, word)
    facts = Facts(
        to_number=_first(fields, "faxnumber", "destfaxnumber"),
        from_number=_first(fields, "callernumber"),
        user=_first(fields, "faxuserid"),
        reference=_first(fields, "projectcode"),
        pages=whole_number(_first(fields, "pagessent", "pagesreceived")),
        pages_total=whole_number(fields.get("pagestotal")),
        duration_seconds=seconds(fields.get("duration")),
    )
    ended = _first(fields, "completetime", "receivedtime")
    completed_at = moment(ended, account.time_zone)
    return Report(
        fax=fax,
        source=source,
        word=word,
        status=status,
        given=given,
        completed_at=completed_at,
        failure=_failure(status, fields),
        facts=facts,
        owes=_owed(account, direction, status, facts) if status is not None else frozenset(),
        unread=unread(
            completed_at=(ended, completed_at),
            pages=(_first(fields, "pagessent", "pagesreceived"), facts.pages),
            pages_total=(fields.get("pagestotal"), facts.pages_total),
            duration_seconds=(fields.get("duration"), facts.duration_seconds),
        ),
    )


def _owed(account: SoftlinxAccount, direction: Direction, status: Status, facts: Facts) -> frozenset[Duty]:
    is_to_be_stored = direction is Direction.INBOUND and not ended_before_a_page(status, facts)
    store = {Duty.STORE} if is_to_be_stored else set()
    return frozenset(store | ({Duty.MARK} if account.marks_faxes else set()))


def _failure(status: Status | None, fields: Mapping[str, str]) -> Failure | None:
    if status not in (Status.FAILED, Status.RECEIVED_PARTIAL):
        return None
    code, text = _first(fields, "errorcode"), _first(fields, "errortext")
    return Failure(failure_class_of(text or "", code), code, text)


def _first(fields: Mapping[str, str], *names: str) -> str | None:
    return next((value for name in names if (value := fields.get(name))), None)
