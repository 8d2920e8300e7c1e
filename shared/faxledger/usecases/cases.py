"""Link the faxes of one transmission that took several calls.

No link is ever written: each transmission is entered once, and a case follows from those that are there. So
repeats, and any order, make the same cases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from faxledger.domain.cases import WITHIN, Case, Transmission
from faxledger.domain.report import Fax
from faxledger.usecases.ports.ledger import Transmissions


@dataclass(frozen=True, slots=True)
class Cases:
    """`transmission_of` reads a fax, and gives None for one that can be in no case."""

    transmissions: Transmissions
    transmission_of: Callable[[Fax], Transmission | None]

    def enter(self, fax: Fax) -> Case | None:
        """The fax's case with what is known by now, from now on with this fax; raises `LedgerUnavailable`.

        Of any two faxes of a case the one entered later sees both.
        """
        transmission = self.transmission_of(fax)
        if transmission is None:
            return None
        self.transmissions.enter(transmission)
        return self._case_of(transmission)

    def find(self, fax: Fax) -> Case | None:
        """The fax's case; None for one that is alone. Raises `LedgerUnavailable`."""
        transmission = self.transmission_of(fax)
        return None if transmission is None else self._case_of(transmission)

    def _case_of(self, transmission: Transmission) -> Case | None:
        whole = transmission if transmission.is_whole else self._next_whole(transmission)
        if whole is None:
            return None
        # What broke off before an earlier whole fax belongs to that one.
        parts = takewhile(lambda part: not part.is_whole, self.transmissions.before(whole, WITHIN))
        broken_off = [part.fax for part in parts]
        faxes = (*reversed(broken_off), whole.fax)
        return Case(faxes) if broken_off and transmission.fax in faxes else None

    def _next_whole(self, transmission: Transmission) -> Transmission | None:
        later = self.transmissions.after(transmission, WITHIN)
        return next((other for other in later if other.is_whole), None)
