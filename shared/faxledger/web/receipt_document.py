"""A fax's receipt as a JSON document (docs/openapi.yaml): what is hashed, signed and shown is this.

It says that a fax was transmitted. Whether a person has received or read it, no provider knows.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from faxledger.domain.amendments import AmendedFax
from faxledger.domain.attempts import attempts_known
from faxledger.domain.canonical_json import sha256_of
from faxledger.domain.fax import Source, Status
from faxledger.domain.report import Fax
from faxledger.domain.submission import Submission
from faxledger.domain.timestamps import timestamp
from faxledger.web.fax_queries import content_document, failure_document, sent_sha256, sighting_document
from faxledger.web.statements import Document, second_statement, statements_of, time_text

VERSION: Final = 1


class ReceiptResult(StrEnum):
    """What became of the call, by the status that listings follow."""

    TRANSMITTED = "transmitted"
    TRANSMITTED_IN_PART = "transmitted_in_part"
    NOT_TRANSMITTED = "not_transmitted"
    RECEIVED = "received"
    RECEIVED_IN_PART = "received_in_part"


_RESULTS: Final = {
    Status.SENT: ReceiptResult.TRANSMITTED,
    Status.FAILED: ReceiptResult.NOT_TRANSMITTED,
    Status.RECEIVED: ReceiptResult.RECEIVED,
    Status.RECEIVED_PARTIAL: ReceiptResult.RECEIVED_IN_PART,
}
# Behind who says so: the provider, or a person.
_MEANINGS: Final = {
    ReceiptResult.TRANSMITTED: (
        "the fax was transmitted to the number. This does not say that a person has received or read it."
    ),
    ReceiptResult.TRANSMITTED_IN_PART: (
        "the fax was transmitted to the number, but not all of its pages. "
        "This does not say that a person has received or read them."
    ),
    ReceiptResult.NOT_TRANSMITTED: "the fax was not transmitted.",
    ReceiptResult.RECEIVED: "the fax was received.",
    ReceiptResult.RECEIVED_IN_PART: "a part of the fax was received: the call broke off.",
}


class EvidenceKind(StrEnum):
    """What a statement is to the fax: of its end, of nothing final, or against the first one."""

    FINAL = "final"
    NOT_FINAL = "not_final"
    CONFLICTING = "conflicting"


def receipt_of(
    known: AmendedFax, submission: Submission | None, *, zone: ZoneInfo, now: datetime
) -> Document:
    """The receipt of a settled fax, unsigned; times are told in UTC and in the zone."""
    fax, facts = known.fax, known.fax.facts
    result = _result_of(fax)

    def when(moment: datetime | None) -> Document | None:
        if moment is None:
            return None
        return {"utc": timestamp(moment), "local": moment.astimezone(zone).isoformat(timespec="seconds")}

    return {
        "kind": "receipt",
        "version": VERSION,
        "id": str(fax.id),
        "issued_at": when(now),
        "time_zone": zone.key,
        "provider": fax.id.provider,
        "direction": fax.id.direction,
        "result": result,
        "meaning": _meaning(known, result),
        "status": fax.status,
        "first_status": fax.first_status,
        "to_number": facts.to_number,
        "from_number": facts.from_number,
        "submitted_at": when(fax.submitted_at),
        "completed_at": when(fax.completed_at),
        "settled_at": when(fax.settled_at),
        "settled_by": fax.settled_by,
        "pages": facts.pages,
        "pages_total": facts.pages_total,
        "incomplete": fax.is_incomplete,
        "duration_seconds": facts.duration_seconds,
        "reference": facts.reference,
        "failure": failure_document(fax.failure),
        "attempts": [str(attempt) for attempt in attempts_known(fax)],
        "resent_at": when(fax.resent_at),
        "submission": submission and _submission(submission),
        "sent_sha256": list(sent_sha256(fax, submission)),
        "content": fax.document and content_document(fax.document, fax.stored_at),
        "evidence": [
            {"kind": kind, "sha256": sha256_of(statement), "statement": statement}
            for kind, statement in _evidence(fax)
        ],
        "is_conflict_resolved": known.is_conflict_resolved if fax.conflict else None,
        "amendments": statements_of(known)["amendments"],
        "signature": None,
    }


def _result_of(fax: Fax) -> ReceiptResult:
    # A person who says that it was sent has looked into that.
    is_in_part = fax.is_incomplete and fax.status is Status.SENT and fax.amended_status is None
    return ReceiptResult.TRANSMITTED_IN_PART if is_in_part else _RESULTS[fax.status]


def _meaning(known: AmendedFax, result: ReceiptResult) -> str:
    fax = known.fax
    if fax.amended_status is not None:
        who = "A person has put on record that"
    elif fax.settled_by is Source.HANDOVER:
        who = "On the way to the provider it was found that"
    else:
        who = "The provider states that"
    is_disputed = fax.conflict is not None and not known.is_conflict_resolved
    dispute = " Another statement contradicts this one: see the evidence." if is_disputed else ""
    return f"{who} {_MEANINGS[result]}{dispute}"


def _evidence(fax: Fax) -> Iterator[tuple[EvidenceKind, Document]]:
    """Each statement as `GET /faxes/{id}` shows it, so that whoever has kept that finds the same hash."""
    for sighting in fax.sightings:
        yield EvidenceKind.FINAL, sighting_document(sighting)
    for sighting in fax.unsettling:
        yield EvidenceKind.NOT_FINAL, sighting_document(sighting)
    if fax.conflict is not None:
        yield EvidenceKind.CONFLICTING, second_statement(fax.conflict)


def _submission(submission: Submission) -> Document:
    return {
        "id": submission.id,
        "accepted_at": time_text(submission.accepted_at),
        "requested_by": submission.requested_by,
        "joined_by": submission.joined_by,
    }
