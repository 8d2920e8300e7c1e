"""Reads what a query of either API asks for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local.show.simulators.softlinx.faxes import Query, SoftlinxFax
from local.show.simulators.softlinx.named_values import NamedValues, read_boolean, read_fax_id, read_moment
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


def read_query(values: NamedValues, most_rows: int) -> Query:
    """Raises `BadArgument`. The dates are held against a fax's creation, which nothing public says."""
    conditions = _conditions_of(values)
    column = values.text("SortColumn").lower() or "faxid"
    order = values.text("SortOrder").lower() or "asc"
    limit = values.text("ResultLimit") or str(most_rows)
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


def _conditions_of(values: NamedValues) -> list[Callable[[SoftlinxFax], bool]]:
    conditions: list[Callable[[SoftlinxFax], bool]] = []
    if text := values.text("FaxId"):
        fax_id = read_fax_id(text)
        conditions.append(lambda fax: fax.fax_id == fax_id)
    if user := values.text("FaxUserId"):
        conditions.append(lambda fax: fax.user == user)
    if word := values.text("FaxStatus"):
        conditions.append(lambda fax: fax.word.lower() == word.lower())
    if values.text("Mark"):
        mark = read_boolean(values, "Mark")
        conditions.append(lambda fax: fax.is_marked is mark)
    if after := read_moment(values, "DatetimeAfter"):
        conditions.append(lambda fax: fax.created_at >= after)
    if before := read_moment(values, "DatetimeBefore"):
        conditions.append(lambda fax: fax.created_at < before)
    return conditions
