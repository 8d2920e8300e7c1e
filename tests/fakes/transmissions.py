"""Transmissions in memory."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from faxledger.domain.cases import Transmission
from faxledger.domain.fax import FaxId
from faxledger.errors import LedgerUnavailable


class InMemoryTransmissions:
    """Implements `Transmissions`."""

    def __init__(self) -> None:
        self.entered: dict[FaxId, Transmission] = {}
        self.is_down = False

    def enter(self, transmission: Transmission) -> None:
        if self.is_down:
            raise LedgerUnavailable("the transmissions in memory are down")
        self.entered[transmission.fax] = transmission

    def before(self, transmission: Transmission, within: timedelta) -> Iterator[Transmission]:
        earlier = [other for other in self._alike(transmission) if _place(other) < _place(transmission)]
        return (other for other in reversed(earlier) if other.at >= transmission.at - within)

    def after(self, transmission: Transmission, within: timedelta) -> Iterator[Transmission]:
        later = [other for other in self._alike(transmission) if _place(other) > _place(transmission)]
        return (other for other in later if other.at <= transmission.at + within)

    def _alike(self, transmission: Transmission) -> list[Transmission]:
        found = [other for other in self.entered.values() if _line(other) == _line(transmission)]
        return sorted(found, key=_place)


def _line(transmission: Transmission) -> tuple[str, str, str]:
    return transmission.fax.account, transmission.tsi.casefold(), transmission.destination.casefold()


def _place(transmission: Transmission) -> tuple[datetime, int]:
    return transmission.at, int(transmission.fax.job_id)
