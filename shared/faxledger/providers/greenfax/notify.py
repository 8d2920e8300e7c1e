"""GreenFax's HTTP Notify: a GET with the job's outcome in its query string, unsigned and never repeated."""

from collections.abc import Callable, Collection, Mapping
from urllib.parse import unquote

from faxledger.domain.fax import Direction, Source, Status
from faxledger.domain.report import Duty, Facts, Failure, Report
from faxledger.errors import MalformedInput
from faxledger.providers.failures import failure_class_of
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.status import status_of_completed
from faxledger.providers.values import amount, moment, seconds, unread, whole_number

_OUTBOUND_ID = "greenfaxreferenceid"
_INBOUND_ID = "greenfax_job_id"
# What a notification is about and what it says; the rest is the text of senders and far machines.
_DECIDING = frozenset({_OUTBOUND_ID, _INBOUND_ID, "result"})

# Makes fields of an urlencoded text, strict with those that are named.
ReadFields = Callable[[str, Collection[str]], Mapping[str, str]]


def read_outbound_notify(account: GreenFaxAccount, query: str, read_fields: ReadFields) -> Report:
    """The report in the query string of an outbound notification. Raises `MalformedInput`.

    It comes when a job has completed, so that every word is final; one that says of a failure is its own
    reason (doc).
    """
    given = _fields(query, _OUTBOUND_ID, read_fields)
    fields = _folded(given)
    fax = account.fax(Direction.OUTBOUND, fields.get(_OUTBOUND_ID, ""), _OUTBOUND_ID)
    word = fields.get("result", "")
    if not word:
        raise MalformedInput("result", "is missing")
    status = status_of_completed(word)
    completed_at = moment(fields.get("timestamp"), account.time_zone)
    facts = Facts(
        to_number=fields.get("destination") or None,
        reference=fields.get("userjobcode") or None,
        pages=whole_number(fields.get("pages")),
        duration_seconds=seconds(fields.get("duration")),
        cost_usd=amount(fields.get("cost")),
    )
    return Report(
        fax=fax,
        source=Source.NOTIFY,
        word=word,
        status=status,
        given=given,
        completed_at=completed_at,
        failure=Failure(failure_class_of(word), text=word) if status is Status.FAILED else None,
        facts=facts,
        unread=unread(
            completed_at=(fields.get("timestamp"), completed_at),
            pages=(fields.get("pages"), facts.pages),
            duration_seconds=(fields.get("duration"), facts.duration_seconds),
            cost_usd=(fields.get("cost"), facts.cost_usd),
        ),
    )


def read_inbound_notify(account: GreenFaxAccount, query: str, read_fields: ReadFields) -> Report:
    """The report in the query string of an inbound notification. Raises `MalformedInput`.

    It carries no status word: GreenFax sends it when a fax has come in (doc).
    """
    given = _fields(query, _INBOUND_ID, read_fields)
    fields = _folded(given)
    completed_at = moment(fields.get("fax_timestamp"), account.time_zone)
    pages = whole_number(fields.get("pages"))
    return Report(
        fax=account.fax(Direction.INBOUND, fields.get(_INBOUND_ID, ""), _INBOUND_ID),
        source=Source.NOTIFY,
        word="received",
        status=Status.RECEIVED,
        given=given,
        completed_at=completed_at,
        facts=Facts(
            to_number=fields.get("inbound_fax_number") or None,
            from_number=fields.get("sender") or None,
            pages=pages,
        ),
        owes=frozenset({Duty.STORE}),
        unread=unread(
            completed_at=(fields.get("fax_timestamp"), completed_at), pages=(fields.get("pages"), pages)
        ),
    )


def _fields(query: str, id_name: str, read_fields: ReadFields) -> Mapping[str, str]:
    """The fields of a query string that may have been encoded once more as a whole (seen).

    The two forms differ in structure: in the plain one a `&` or `=` stands between names and values, in the
    other both are `%26` and `%3D`. Only the latter is decoded once more, so that a value with a `%` or a `+`
    of its own survives the former.
    """
    plain = read_fields(query, _DECIDING)
    if "&" in query or id_name in _folded(plain):
        return plain
    # A gateway that takes the whole for one name without a value may add the `=` itself.
    return read_fields(unquote(query.removesuffix("="), errors="replace"), _DECIDING)


def _folded(given: Mapping[str, str]) -> dict[str, str]:
    return {name.casefold(): value.strip() for name, value in given.items()}
