"""Reads what a QuerySendFax or QueryReceiveFax asks for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local.simulators.softlinx.faxes import Query, SoftlinxFax
from local.simulators.softlinx.refusals import BadArgument
from local.simulators.softlinx.soap import Call
from local.simulators.softlinx.times import read_date

_SORT_KEYS: Mapping[str, Callable[[SoftlinxFax], Any]] = {
    "faxid": lambda fax: fax.fax_id,
    "createtime": lambda fax: (fax.created_at, fax.fax_id),
    "completetime": lambda fax: (
        fax.completed_at or datetime.max.replace(tzinfo=fax.created_at.tzinfo),
        fax.fax_id,
    ),
    "receivedtime": lambda fax: (fax.created_at, fax.fax_id),
}
_BOOLEANS = {"true": True, "false": False}


def read_query(call: Call, most_rows: int) -> Query:
    """Raises `BadArgument`. The dates are held against a fax's creation, which nothing public says."""
    conditions = _conditions_of(call)
    column = call.text("SortColumn").lower() or "faxid"
    order = call.text("SortOrder").lower() or "asc"
    limit = call.text("ResultLimit") or str(most_rows)
    if column not in _SORT_KEYS:
        raise BadArgument("Invalid SortColumn")
    if order not in ("asc", "desc"):
        raise BadArgument("Invalid SortOrder")
    if not limit.isdecimal() or int(limit) < 1:
        raise BadArgument("Invalid ResultLimit")
    return Query(
        matches=lambda fax: all(condition(fax) for condition in conditions),
        sort_key=_SORT_KEYS[column],
        is_descending=order == "desc",
        limit=min(int(limit), most_rows),
    )


def read_fax_id(call: Call) -> int:
    """Raises `BadArgument`."""
    text = call.text("FaxId")
    if not text.isdecimal():
        raise BadArgument("Invalid FaxId")
    return int(text)


def read_mark(call: Call) -> bool:
    """Raises `BadArgument`; booleans are the words `true` and `false` (doc)."""
    try:
        return _BOOLEANS[call.text("Mark")]
    except KeyError:
        raise BadArgument("Invalid Mark") from None


def _conditions_of(call: Call) -> list[Callable[[SoftlinxFax], bool]]:
    conditions: list[Callable[[SoftlinxFax], bool]] = []
    if call.text("FaxId"):
        fax_id = read_fax_id(call)
        conditions.append(lambda fax: fax.fax_id == fax_id)
    if user := call.text("FaxUserId"):
        conditions.append(lambda fax: fax.user == user)
    if word := call.text("FaxStatus"):
        conditions.append(lambda fax: fax.word.lower() == word.lower())
    if call.text("Mark"):
        mark = read_mark(call)
        conditions.append(lambda fax: fax.is_marked is mark)
    if after := _read_date(call, "DatetimeAfter"):
        conditions.append(lambda fax: fax.created_at >= after)
    if before := _read_date(call, "DatetimeBefore"):
        conditions.append(lambda fax: fax.created_at < before)
    return conditions


def _read_date(call: Call, name: str) -> datetime | None:
    text = call.text(name)
    try:
        return read_date(text) if text else None
    except ValueError:
        raise BadArgument(f"Invalid {name}") from None
