"""Which days a feed request asks for, in either form of its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from local.show.simulators.jobs import JobDirection

_MOST_DAYS = 90  # the first and the last day both count


class BadDateRange(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class DateRange:
    """From the one moment to the other, both included; aware."""

    start: datetime
    end: datetime

    def holds(self, when: datetime | None) -> bool:
        return when is not None and self.start <= when <= self.end


@dataclass(frozen=True, slots=True)
class _Form:
    """What one form of the feed calls its parameters."""

    account: str
    password: str
    start: str
    end: str
    takes_times: bool


_OLDER_FORM = _Form(
    account="greenfax_account_id",
    password="greenfax_account_login_password",  # noqa: S106 - a parameter's name (doc)
    start="date_range_start",
    end="date_range_end",
    takes_times=True,
)


def _form(account: str) -> _Form:
    return _Form(account, "password", "startdate", "enddate", takes_times=False)


# The capital ID is the provider's own (doc).
_FORMS = MappingProxyType(
    {JobDirection.OUTBOUND: _form("accountid"), JobDirection.INBOUND: _form("accountID")}
)


def read_date_range(
    direction: JobDirection, given: Mapping[str, str], zone: str
) -> tuple[DateRange, tuple[str, str]]:
    """the date range and the account and password it is asked with; raises `BadDateRange`."""
    form = _OLDER_FORM if _OLDER_FORM.account in given else _FORMS[direction]
    try:
        start = _read(given[form.start], form, time.min)
        end = _read(given[form.end], form, time.max)
    except (KeyError, ValueError):
        raise BadDateRange("The date range is missing or malformed.") from None
    if start > end:
        raise BadDateRange("The date range ends before it starts.")
    if (end.date() - start.date()).days + 1 > _MOST_DAYS:
        raise BadDateRange("The date range may not exceed 90 days.")
    here = ZoneInfo(zone)
    date_range = DateRange(start.replace(tzinfo=here), end.replace(tzinfo=here))
    return date_range, (given.get(form.account, ""), given.get(form.password, ""))


def _read(text: str, form: _Form, time_of_a_bare_date: time) -> datetime:
    """A local time; raises ValueError."""
    if form.takes_times and " " in text:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone is added by the caller
    day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - likewise
    return datetime.combine(day, time_of_a_bare_date)
