"""Link the faxes of one transmission that took several calls.

No link is ever written: each reception is entered once, and a case follows from those that are there. So
repeats, and any order, make the same cases.
"""

from collections.abc import Callable
from itertools import takewhile

from faxledger.domain.cases import WITHIN, Case, Reception
from faxledger.domain.report import Fax
from faxledger.usecases.ports.ledger import Receptions


class Cases:
    """`reception_of` reads a fax, and gives None for one that can be in no case."""

    def __init__(self, receptions: Receptions, reception_of: Callable[[Fax], Reception | None]) -> None:
        self._receptions = receptions
        self._reception_of = reception_of

    def enter(self, fax: Fax) -> Case | None:
        """The fax's case with what is known by now, from now on with this fax; raises `LedgerUnavailable`.

        Of any two faxes of a case the one entered later sees both.
        """
        reception = self._reception_of(fax)
        if reception is None:
            return None
        self._receptions.enter(reception)
        return self._case_of(reception)

    def find(self, fax: Fax) -> Case | None:
        """The fax's case; None for one that is alone. Raises `LedgerUnavailable`."""
        reception = self._reception_of(fax)
        return None if reception is None else self._case_of(reception)

    def _case_of(self, reception: Reception) -> Case | None:
        whole = reception if reception.is_whole else self._next_whole(reception)
        if whole is None:
            return None
        # What broke off before an earlier whole fax belongs to that one.
        parts = takewhile(lambda part: not part.is_whole, self._receptions.before(whole, WITHIN))
        broken_off = [part.fax for part in parts]
        faxes = (*reversed(broken_off), whole.fax)
        return Case(faxes) if broken_off and reception.fax in faxes else None

    def _next_whole(self, reception: Reception) -> Reception | None:
        later = self._receptions.after(reception, WITHIN)
        return next((other for other in later if other.is_whole), None)
