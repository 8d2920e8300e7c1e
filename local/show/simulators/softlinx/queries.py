"""Reads what a query of either API asks for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local.show.simulators.softlinx.asked import Asked, read_boolean, read_fax_id, read_moment
from local.show.simulators.softlinx.faxes import Query, SoftlinxFax
from local.show.simulators.softlinx.refusals import BadArgument

_SORT_KEYS: Mapping[str, Callable[[SoftlinxFax], Any]] = {
    "faxid": lambda fax: fax.fax_id,
    "createtime": lambda fax: (fax.created_at, fax.fax_id),
    "completetime": lambda fax: (
        fax.completed_at or datetime.max.replace(tzinfo=fax.created_at.tzinfo),
        fax.fax_id,
    ),
    "receivedtime": lambda fax: (fax.created_at, fax.fax_id),
}


def read_query(asked: Asked, most_rows: int) -> Query:
    """Raises `BadArgument`. The dates are held against a fax's creation, which nothing public says."""
    conditions = _conditions_of(asked)
    column = asked.text("SortColumn").lower() or "faxid"
    order = asked.text("SortOrder").lower() or "asc"
    limit = asked.text("ResultLimit") or str(most_rows)
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


def _conditions_of(asked: Asked) -> list[Callable[[SoftlinxFax], bool]]:
    conditions: list[Callable[[SoftlinxFax], bool]] = []
    if text := asked.text("FaxId"):
        fax_id = read_fax_id(text)
        conditions.append(lambda fax: fax.fax_id == fax_id)
    if user := asked.text("FaxUserId"):
        conditions.append(lambda fax: fax.user == user)
    if word := asked.text("FaxStatus"):
        conditions.append(lambda fax: fax.word.lower() == word.lower())
    if asked.text("Mark"):
        mark = read_boolean(asked, "Mark")
        conditions.append(lambda fax: fax.is_marked is mark)
    if after := read_moment(asked, "DatetimeAfter"):
        conditions.append(lambda fax: fax.created_at >= after)
    if before := read_moment(asked, "DatetimeBefore"):
        conditions.append(lambda fax: fax.created_at < before)
    return conditions
