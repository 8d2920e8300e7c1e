"""Receptions in memory."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from faxledger.domain.cases import Reception
from faxledger.domain.fax import FaxId
from faxledger.errors import LedgerUnavailable


class InMemoryReceptions:
    """Implements `Receptions`."""

    def __init__(self) -> None:
        self.entered: dict[FaxId, Reception] = {}
        self.is_down = False

    def enter(self, reception: Reception) -> None:
        if self.is_down:
            raise LedgerUnavailable("the receptions in memory are down")
        self.entered[reception.fax] = reception

    def before(self, reception: Reception, within: timedelta) -> Iterator[Reception]:
        earlier = [other for other in self._alike(reception) if _place(other) < _place(reception)]
        return (other for other in reversed(earlier) if other.at >= reception.at - within)

    def after(self, reception: Reception, within: timedelta) -> Iterator[Reception]:
        later = [other for other in self._alike(reception) if _place(other) > _place(reception)]
        return (other for other in later if other.at <= reception.at + within)

    def _alike(self, reception: Reception) -> list[Reception]:
        found = [other for other in self.entered.values() if _line(other) == _line(reception)]
        return sorted(found, key=_place)


def _line(reception: Reception) -> tuple[str, str, str]:
    return reception.fax.account, reception.tsi.casefold(), reception.destination.casefold()


def _place(reception: Reception) -> tuple[datetime, int]:
    return reception.at, int(reception.fax.job_id)
