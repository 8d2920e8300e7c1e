"""A row of GreenFax's XML feed as a report.

The feed's element names are open (the guide shows no sample), so they are matched without regard to case and
separators against a table of aliases. What its status words mean is in `status.py`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from faxledger.domain.fax import Direction, Source, Status
from faxledger.domain.report import Duty, Facts, Failure, Report
from faxledger.errors import MalformedInput
from faxledger.providers.failures import failure_class_of
from faxledger.providers.greenfax.account import GreenFaxAccount
from faxledger.providers.greenfax.status import StatusWords
from faxledger.providers.values import amount, moment, seconds, unread, whole_number

_DOCUMENT_URLS = ("downloadurl", "documentdownloadurl", "documenturl", "url")
# The surest name of each meaning first: a row may have an `id` of its own beside the job's.
_ALIASES = {
    "id": ("jobid", "greenfaxjobid", "greenfaxreferenceid", "referenceid", "faxjobid", "faxid", "job", "id"),
    "number": ("faxnumber", "destination", "inboundfaxnumber", "faxno", "number", "recipient"),
    "sender": ("sender", "from", "senderemail", "sendernumber"),
    "status": ("status", "result", "faxstatus", "jobstatus"),
    "pages": ("pages", "pagecount", "numpages", "pagessent"),
    "duration": ("duration", "seconds", "durationseconds"),
    "cost": ("cost", "price", "charge", "amount"),
    "timestamp": ("faxtimestamp", "timestamp", "faxtime", "datetime", "completed", "completedat", "date"),
    "job code": ("userjobcode", "jobcode"),
    "document": (*_DOCUMENT_URLS, "filename", "file"),
}
_MEANING = {
    alias: (meaning, rank) for meaning, aliases in _ALIASES.items() for rank, alias in enumerate(aliases)
}
# `.` and `:` as well, which XML allows in names.
_SEPARATORS = re.compile(r"[\s_.:-]")


def meaning_of(name: str) -> str | None:
    """What an element or attribute of this name can mean as a field of a row."""
    known = _known(name)
    return known[0] if known else None


def document_url(given: Mapping[str, str]) -> str | None:
    """Where the fax's document can be fetched, by the fields of a row or a notification."""
    urls = {_folded(name): text.strip() for name, text in given.items()}
    return next((url for alias in _DOCUMENT_URLS if (url := urls.get(alias))), None)


def row_report(
    account: GreenFaxAccount,
    words: StatusWords,
    direction: Direction,
    given: Mapping[str, str],
    *,
    source: Source = Source.FEED,
) -> Report:
    """The report in a row's fields; raises `MalformedInput` for a row without a job id or a status.

    Inbound rows have no status: a fax is in the feed because it was received (doc). So that nothing else with
    an id is taken for a fax, one needs at least another of a fax's fields.
    """
    fields = _fields(given)
    fax = account.fax(direction, fields.get("id", ""), "job id")
    is_inbound = direction is Direction.INBOUND
    if is_inbound and len(fields) == 1:
        raise MalformedInput("row", "has a job id and nothing else of a fax")
    word = "received" if is_inbound else fields.get("status", "")
    if not word:
        raise MalformedInput("status", "is missing")
    status = Status.RECEIVED if is_inbound else words.status_of(word)
    completed_at = moment(fields.get("timestamp"), account.time_zone)
    facts = Facts(
        to_number=fields.get("number"),
        from_number=fields.get("sender") if is_inbound else None,
        user=None if is_inbound else fields.get("sender"),
        reference=fields.get("job code"),
        pages=whole_number(fields.get("pages")),
        duration_seconds=seconds(fields.get("duration")),
        cost_usd=amount(fields.get("cost")),
    )
    return Report(
        fax=fax,
        source=source,
        word=word,
        status=status,
        given=given,
        completed_at=completed_at,
        failure=Failure(failure_class_of(word), text=word) if status is Status.FAILED else None,
        facts=facts,
        owes=frozenset({Duty.STORE}) if is_inbound else frozenset(),
        unread=unread(
            completed_at=(fields.get("timestamp"), completed_at),
            pages=(fields.get("pages"), facts.pages),
            duration_seconds=(fields.get("duration"), facts.duration_seconds),
            cost_usd=(fields.get("cost"), facts.cost_usd),
        ),
    )


def _fields(given: Mapping[str, str]) -> dict[str, str]:
    """The row's texts by meaning; where two names mean the same, the surer one counts.

    Raises `MalformedInput` where one name, in two spellings, has two texts.
    """
    ranked: dict[str, tuple[int, str]] = {}
    for name, text in given.items():
        known = _known(name)
        if known is None or not text.strip():
            continue
        meaning, rank = known
        found = rank, text.strip()
        best = ranked.setdefault(meaning, found)
        if best[0] == rank and best != found:
            raise MalformedInput("row", "has a field twice with different values")
        ranked[meaning] = min(best, found)
    return {meaning: text for meaning, (_, text) in ranked.items()}


# A feed uses the same few names in a million rows; a hostile one may use a million names.
@lru_cache(maxsize=1_024)
def _known(name: str) -> tuple[str, int] | None:
    return _MEANING.get(_folded(name))


def _folded(name: str) -> str:
    return _SEPARATORS.sub("", name.rpartition("}")[2].casefold())
