"""What persons say became of a fax, beside what providers said; apart from reports, which callbacks load."""

from dataclasses import dataclass
from datetime import datetime

from faxledger.domain.fax import Status
from faxledger.domain.report import Fax


@dataclass(frozen=True, slots=True, repr=False)
class Amendment:
    """`was` is the status that listings followed until then, `by` whoever the identity of the call names.

    `because` is free text that may tell of a person's health: it stays in the ledger.
    """

    status: Status
    was: Status
    by: str
    at: datetime
    because: str

    def repeats(self, other: "Amendment") -> bool:
        """Whether the same person says the very same thing."""
        return (self.status, self.by, self.because) == (other.status, other.by, other.because)


@dataclass(frozen=True, slots=True)
class AmendedFax:
    """A fax, and its amendments in the order they were made.

    While it is not finished, `look_at` is when it is looked at again and what it owes is asked for anew.
    """

    fax: Fax
    amendments: tuple[Amendment, ...] = ()
    look_at: datetime | None = None

    @property
    def is_conflict_resolved(self) -> bool:
        """Whether a person has spoken since the second statement was made."""
        conflict = self.fax.conflict
        return conflict is not None and any(one.at >= conflict.seen_at for one in self.amendments)
