"""A fax as an item of the table and back.

Writers stamp `version`; readers accept the present version and the one before.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from faxledger.domain.fax import Direction, FailureClass, FaxId, Source, Status
from faxledger.domain.report import (
    Conflict,
    DocumentType,
    Duty,
    DutyState,
    Facts,
    Failure,
    Fax,
    Report,
    Sighting,
    StoredDocument,
)
from faxledger.domain.timestamps import moment_of, timestamp
from faxledger.ledger import keys
from faxledger.ledger.attributes import Attribute, Value, decoder, from_attributes

VERSION = 1

# Since when an item is here again that came from a backup.
RESTORED: Final = "restored_at"

_FACT_LENGTH = 1_000

_SIGHTING = "sighting_"
_UNSETTLING = "unsettling_"
_DUTY = "duty_"


def sighting_name(source: Source, number: int = 1) -> str:
    """Where the first sighting of a source lies, or a further one."""
    return f"{_SIGHTING}{source}" if number == 1 else f"{_SIGHTING}{source}_{number}"


def unsettling_name(source: Source) -> str:
    return f"{_UNSETTLING}{source}"


def duty_name(duty: Duty) -> str:
    return f"{_DUTY}{duty}"


def tries_name(duty: Duty) -> str:
    return f"{duty}_failed_tries"


def problem_name(duty: Duty) -> str:
    return f"{duty}_problem"


def as_kept(text: str | None) -> str | None:
    """As much of a fact as the ledger keeps; an empty one is none."""
    return text[:_FACT_LENGTH] if text else None


def encode_sighting(report: Report, now: datetime) -> dict[str, Value | None]:
    return {
        "source": report.source,
        "word": report.word[:_FACT_LENGTH],
        "status": report.status,
        "at": timestamp(now),
        "cost_usd": _exact(report.facts.cost_usd),
        "given": report.kept,
        "unread": ",".join(sorted(report.unread)) or None,
    }


def encode_facts(facts: Facts) -> dict[str, Value | None]:
    return {
        "to_number": as_kept(facts.to_number),
        "from_number": as_kept(facts.from_number),
        "user": as_kept(facts.user),
        "reference": as_kept(facts.reference),
        "pages": facts.pages,
        "pages_total": facts.pages_total,
        "duration_seconds": facts.duration_seconds,
        "cost_usd": _exact(facts.cost_usd),
    }


def encode_index_keys(facts: Facts, direction: Direction, shard: int) -> dict[str, Value | None]:
    """Where those facts by which faxes are found make an item stand: its reference and its other side."""
    reference = as_kept(facts.reference)
    number = as_kept(facts.to_number if direction is Direction.OUTBOUND else facts.from_number)
    return {
        keys.BY_REFERENCE.partition: reference and keys.reference_partition(reference, shard),
        keys.BY_NUMBER.partition: number and keys.number_partition(number),
    }


def encode_failure(failure: Failure) -> dict[str, Value | None]:
    return {
        "failure_class": failure.failure_class,
        "error_code": as_kept(failure.code),
        "error_text": as_kept(failure.text),
    }


def encode_document(document: StoredDocument) -> dict[str, Value | None]:
    return {
        "document_key": document.key,
        "document_type": document.type,
        "document_size": document.size,
        "document_sha256": document.sha256,
    }


def encode_hashes(hashes: tuple[str, ...]) -> str | None:
    return ",".join(hashes) or None


def decode_hashes(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


@decoder
def decode(item: Mapping[str, Attribute]) -> Fax:
    """The fax of an item. Raises `ItemUnreadable`."""
    values = from_attributes(item)
    status = values.get("final_status")
    conflict = values.get("conflict")
    return Fax(
        id=keys.fax_of(dict(item)),
        first_status=Status(status) if status else None,
        amended_status=Status(values["amended_status"]) if "amended_status" in values else None,
        amended_at=_moment(values.get("amended_at")),
        submitted_at=_moment(values.get("submitted_at")),
        settled_at=_moment(values.get("settled_at")),
        settled_by=Source(values["settled_by"]) if "settled_by" in values else None,
        completed_at=_moment(values.get("completed_at")),
        failure=_decode_failure(values),
        facts=_decode_facts(values),
        sightings=_decode_sightings(values, _SIGHTING),
        unsettling=_decode_sightings(values, _UNSETTLING),
        conflict=_decode_conflict(conflict) if conflict else None,
        duties={duty: DutyState(values[name]) for duty in Duty if (name := duty_name(duty)) in values},
        failed_tries={duty: values[name] for duty in Duty if (name := tries_name(duty)) in values},
        last_problems={duty: values[name] for duty in Duty if (name := problem_name(duty)) in values},
        document=_decode_document(values),
        stored_at=_moment(values.get("stored_at")),
        costs_differ=values.get("costs_differ", False),
        is_incomplete=values.get("is_incomplete", False),
        is_timeless=values.get("is_timeless", False),
        is_history=values.get("is_history", False),
        submission=values.get("submission"),
        sent_sha256=decode_hashes(values.get("sent_sha256")),
        resends=_fax_id(values.get("resends")),
        resent_at=_moment(values.get("resent_at")),
        resent_as=_fax_id(values.get("resent_as")),
        resend_lost_at=_moment(values.get("resend_lost_at")),
        overdue_found_at=_moment(values.get("overdue_found_at")),
    )


def is_restored(item: Mapping[str, Attribute]) -> bool:
    """Whether the item came back from a backup; where it has just done so, all of it was told before."""
    return RESTORED in item


def _decode_document(values: Mapping[str, Any]) -> StoredDocument | None:
    if "document_key" not in values:
        return None
    return StoredDocument(
        values["document_key"],
        DocumentType(values["document_type"]),
        values["document_size"],
        values["document_sha256"],
    )


def _decode_facts(values: Mapping[str, Any]) -> Facts:
    return Facts(
        to_number=values.get("to_number"),
        from_number=values.get("from_number"),
        user=values.get("user"),
        reference=values.get("reference"),
        pages=values.get("pages"),
        pages_total=values.get("pages_total"),
        duration_seconds=values.get("duration_seconds"),
        cost_usd=_decimal(values.get("cost_usd")),
    )


def _decode_failure(values: Mapping[str, Any]) -> Failure | None:
    if "failure_class" not in values:
        return None
    return Failure(FailureClass(values["failure_class"]), values.get("error_code"), values.get("error_text"))


def _decode_sightings(values: Mapping[str, Any], prefix: str) -> tuple[Sighting, ...]:
    said = [(name, _decode_sighting(value)) for name, value in values.items() if name.startswith(prefix)]
    # DynamoDB gives attributes in any order: by their names stand what one source said at one moment.
    said.sort(key=lambda named: (named[1].seen_at, named[1].source, named[0]))
    return tuple(sighting for _, sighting in said)


def _decode_sighting(value: Mapping[str, Any]) -> Sighting:
    return Sighting(
        source=Source(value["source"]),
        word=value["word"],
        seen_at=moment_of(value["at"]),
        given=value["given"],
        status=Status(value["status"]) if "status" in value else None,
        cost_usd=_decimal(value.get("cost_usd")),
        unread=tuple(filter(None, value.get("unread", "").split(","))),
    )


def _decode_conflict(value: Mapping[str, Any]) -> Conflict:
    return Conflict(
        status=Status(value["status"]),
        source=Source(value["source"]),
        seen_at=moment_of(value["at"]),
        given=value["given"],
    )


def _exact(cost: Decimal | None) -> str | None:
    # Text, because a DynamoDB number would turn 0.10 into 0.1.
    return None if cost is None else str(cost)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _fax_id(text: str | None) -> FaxId | None:
    return None if text is None else FaxId.parse(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment_of(text)
