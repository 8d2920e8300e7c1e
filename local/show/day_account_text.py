"""The day's account as text."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from faxledger.domain.fax import Source, Status
from local.show.day_account import DayAccount

_PULLS = (Source.POLL, Source.FEED)
# What was never taken is no job, and settles none.
_SETTLING = tuple(source for source in Source if source is not Source.HANDOVER)
_MOST_NAMED = 20
_COLUMNS = 80
_GLUE = "\N{NO-BREAK SPACE}"
_INDENT = 15 * " "


def day_account_text(account: DayAccount) -> str:
    return "\n".join(_lines(account))


def _lines(account: DayAccount) -> Iterator[str]:
    yield ""
    yield "The day's account"
    yield from _folded(f"  faxes        {_counts({one: account.statuses[one] for one in Status})}")
    yield from _folded(f"  settled by   {_counts({one: account.settled_by[one] for one in _SETTLING})}")
    rescued = {f"by {source}": account.rescued[source] for source in _PULLS}
    yield f"  rescued      {_counts(rescued)}   (no push ever said what became of them)"
    yield f"  duplicates   {account.duplicates}"
    yield f"  conflicts    {account.conflicts}"
    yield f"  marked       {_done(account.marked, account.owed_marks, account.given_up_marks)}"
    stored = f"stored {account.stored} of {account.received} received"
    made_up = f", made up {account.made_up}" if account.made_up else ""
    yield f"  documents    {stored}, missing {len(account.missing_documents)}{made_up}"
    yield from _named(account.missing_documents)
    deliveries = _done(account.delivered, account.pending_deliveries, account.given_up_deliveries)
    yield f"  delivered    {deliveries}"
    if account.pending_deliveries + account.given_up_deliveries and not account.delivered:
        yield f"{_INDENT}nobody has taken any: does the receiver run?"
    words = "status word" if account.unknown_words == 1 else "status words"
    yield f"  unknown      {account.unknown_words} {words}   (settled nothing)"
    yield f"  set aside    {account.set_aside}   (unreadable, kept for a person)"
    if account.too_early_requests is not None or account.most_queries_at_once is not None:
        yield f"  limits       {', '.join(_limits(account))}"
    if account.mishaps:
        yield from _folded(f"  callbacks    {_mishaps(account.mishaps)}")
    if account.lost is None:
        yield "  lost         unknown   (only a simulator's own log could tell)"
    else:
        yield f"  lost         {len(account.lost)} of {account.finished} finished"
        yield from _named(account.lost)
    yield ""


def _folded(line: str) -> Sequence[str]:
    """Broken behind a comma or a dot alone, so that a count keeps its word."""
    glued = re.sub("(?<![,·]) ", _GLUE, line)
    return [one.replace(_GLUE, " ") for one in textwrap.wrap(glued, _COLUMNS, subsequent_indent=_INDENT)]


def _named(faxes: Sequence[str]) -> Iterator[str]:
    for fax in faxes[:_MOST_NAMED]:
        yield f"{_INDENT}{fax}"
    if len(faxes) > _MOST_NAMED:
        yield f"{_INDENT}and {len(faxes) - _MOST_NAMED} more"


def _done(done: int, pending: int, given_up: int) -> str:
    """So many of all, and what of the others."""
    others = {"not yet": pending, "given up": given_up}
    left = ", ".join(f"{count} {name}" for name, count in others.items() if count)
    return f"{done} of {done + pending + given_up}" + (f": {left}" if left else "")


def _counts(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())


def _limits(account: DayAccount) -> Iterator[str]:
    if account.too_early_requests is not None:
        yield f"{account.too_early_requests} feed requests came too early"
    if account.most_queries_at_once is not None:
        yield f"at most {account.most_queries_at_once} query at once"


def _mishaps(mishaps: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in mishaps.most_common())
