"""Let a person say what really became of a fax, beside the status that stands."""

from dataclasses import KW_ONLY, dataclass

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.fax import FaxId, Status
from faxledger.domain.report import FINAL_STATUSES
from faxledger.errors import LedgerUnavailable, MalformedInput, NotPossible
from faxledger.usecases.ports.ledger import Amendments
from faxledger.usecases.ports.world import Clock, Count, Log

# Sightings leave so much room on an item of 400 kB: a character takes four bytes at most.
MOST_AMENDMENTS = 20
LONGEST_REASON = 1_000
# Two persons at once are rare, and the second one finds the first one's amendment.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class AmendFax:
    """Keeps each amendment with who, when and why; the first status is never overwritten."""

    amendments: Amendments
    _: KW_ONLY
    clock: Clock
    count: Count
    log: Log

    def __call__(self, fax_id: FaxId, status: Status, *, because: str, by: str) -> AmendedFax | None:
        """The fax with the amendment, or None if the ledger knows no such fax; saying it again adds nothing.

        Raises `MalformedInput`, `NotPossible`, `LedgerUnavailable`.
        """
        if status not in FINAL_STATUSES[fax_id.direction]:
            ends = " or ".join(sorted(FINAL_STATUSES[fax_id.direction]))
            raise MalformedInput("status", f"is not what {fax_id.direction} faxes end as, which is {ends}")
        for _ in range(_TRIES):
            known = self.amendments.find(fax_id)
            if known is None:
                return None
            amendment = Amendment(status, known.fax.status, by, self.clock.now(), because)
            if known.amendments and known.amendments[-1].repeats(amendment):
                return known
            _refuse_if_not_possible(known)
            if self.amendments.add(known, amendment):
                # Not why: logs are read by more people than the ledger. The line of the request says who.
                self.log.info(
                    "amended", extra={"fax_id": str(fax_id), "status": status, "was": amendment.was}
                )
                self.count("Amended", provider=fax_id.provider)
                return self.amendments.find(fax_id)
        raise LedgerUnavailable("the fax is being amended by others again and again")


def _refuse_if_not_possible(known: AmendedFax) -> None:
    if not known.fax.is_settled:
        raise NotPossible("id", "is of a fax without a final status, beside which nothing can be put yet")
    if len(known.amendments) >= MOST_AMENDMENTS:
        raise NotPossible("id", f"is of a fax that was amended {MOST_AMENDMENTS} times, which is the most")
