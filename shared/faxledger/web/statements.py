"""What is said of a fax's status, and by whom, as a JSON document (docs/openapi.yaml)."""

from datetime import datetime
from typing import Any

from faxledger.domain.amendments import AmendedFax, Amendment
from faxledger.domain.report import Conflict, Fax

Document = dict[str, Any]


def statements_of(known: AmendedFax) -> Document:
    """The status that was first and stays, any that conflicts with it, and what persons said since."""
    fax = known.fax
    return {
        "first_status": fax.first_status,
        "amended_status": fax.amended_status,
        "amendments": [_amendment(one) for one in known.amendments],
        "conflict": fax.conflict
        and {
            "statements": [_first_statement(fax), second_statement(fax.conflict)],
            "is_resolved": known.is_conflict_resolved,
        },
    }


def _first_statement(fax: Fax) -> Document:
    said = next((sighting for sighting in fax.sightings if sighting.source is fax.settled_by), None)
    return {
        "status": fax.first_status,
        "source": fax.settled_by,
        "seen_at": time_text(fax.settled_at),
        "given": dict(said.given) if said else {},
    }


def second_statement(conflict: Conflict) -> Document:
    return {
        "status": conflict.status,
        "source": conflict.source,
        "seen_at": time_text(conflict.seen_at),
        "given": dict(conflict.given),
    }


def _amendment(amendment: Amendment) -> Document:
    return {
        "status": amendment.status,
        "was": amendment.was,
        "by": amendment.by,
        "at": time_text(amendment.at),
        "because": amendment.because,
    }


def time_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
