"""Which received faxes are one transmission that the sender's machine tried again until it was whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from faxledger.domain.fax import FaxId

# A fax that broke off belongs to the next whole one of the same sender, if that follows so soon.
WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, repr=False)
class Transmission:
    """A fax as it came in, from the machine that calls itself `tsi`; it was whole or broke off."""

    fax: FaxId
    tsi: str
    destination: str
    at: datetime
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The faxes of one transmission, in the order they came in: those that broke off, then the whole one.

    `id` is that of the whole one.
    """

    faxes: tuple[FaxId, ...]

    @property
    def id(self) -> FaxId:
        return self.faxes[-1]
