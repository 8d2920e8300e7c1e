"""How a received Softlinx fax came in: a machine that tries again says the same TSI each time (seen)."""

from faxledger.domain.cases import Transmission
from faxledger.domain.fax import Direction, Provider, Status
from faxledger.domain.report import Fax


def transmission_of(fax: Fax) -> Transmission | None:
    """None for any other fax, and for one of whose sender or number nothing was said.

    TSI and number are those of the source that settled the fax: what others say later changes no case.
    """
    if (fax.id.provider, fax.id.direction) != (Provider.SOFTLINX, Direction.INBOUND):
        return None
    at = fax.completed_at or fax.settled_at
    given = next((sighting.given for sighting in fax.sightings if sighting.source is fax.settled_by), {})
    fields = {name.casefold(): value.strip() for name, value in given.items()}
    tsi, destination = fields.get("tsi"), fields.get("destfaxnumber")
    if at is None or not tsi or not destination:
        return None
    return Transmission(fax.id, tsi, destination, at, is_whole=fax.first_status is Status.RECEIVED)
