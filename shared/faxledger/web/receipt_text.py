"""A receipt in words, for a page, a sheet of paper or a terminal: titles, and labels with what they say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

TITLE: Final = "Fax receipt"
_RESULTS: Final = {
    "transmitted": "Transmitted",
    "transmitted_in_part": "Transmitted in part",
    "not_transmitted": "Not transmitted",
    "received": "Received",
    "received_in_part": "Received in part",
}
_KINDS: Final = {
    "final": "Stated",
    "not_final": "Stated before the end",
    "conflicting": "Stated, in contradiction,",
}

Receipt = Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class ReceiptRow:
    """`text` has lines; where it `is_exact`, each character counts, as in a hash."""

    label: str
    text: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class ReceiptSection:
    title: str
    rows: tuple[ReceiptRow, ...]


def result_of(receipt: Receipt) -> str:
    return _RESULTS[receipt["result"]]


def sections_of(receipt: Receipt) -> tuple[ReceiptSection, ...]:
    """All that the receipt says but its result and what that means; what is not known has no row."""
    return (
        ReceiptSection("The fax", tuple(_fax(receipt))),
        ReceiptSection("The documents", tuple(_documents(receipt))),
        *(_statement(one) for one in receipt["evidence"]),
        *(_amendment(one) for one in receipt["amendments"]),
        ReceiptSection("This receipt", tuple(_receipt(receipt))),
    )


def _fax(receipt: Receipt) -> Iterator[ReceiptRow]:
    zone, submission = receipt["time_zone"], receipt["submission"]
    known = {
        "To": receipt["to_number"],
        "From": receipt["from_number"],
        "Reference": receipt["reference"],
        "Handed over": _time(receipt["submitted_at"], zone),
        "Completed": _time(receipt["completed_at"], zone) or "no source has said when",
        "Pages": _pages(receipt),
        "Duration": _seconds(receipt["duration_seconds"]),
        "Why it failed": _failure(receipt["failure"]),
        "First known": f"by {receipt['settled_by']}\n{_time(receipt['settled_at'], zone)}",
        "First status": receipt["first_status"] if receipt["first_status"] != receipt["status"] else None,
        "Sent once more": _time(receipt["resent_at"], zone),
        "Requested by": submission and submission["requested_by"],
    }
    yield ReceiptRow("Fax", receipt["id"], is_exact=True)
    for label, text in known.items():
        if text:
            yield ReceiptRow(label, text)
    if len(receipt["attempts"]) > 1:
        yield ReceiptRow("Attempts", "\n".join(receipt["attempts"]), is_exact=True)


def _pages(receipt: Receipt) -> str | None:
    pages, total = receipt["pages"], receipt["pages_total"]
    if pages is None:
        return None
    return str(pages) if total is None else f"{pages} of {total}"


def _seconds(seconds: int | None) -> str | None:
    return None if seconds is None else f"{seconds} seconds"


def _failure(failure: Receipt | None) -> str | None:
    if failure is None:
        return None
    kind = failure["class"].replace("_", " ")
    words = ", ".join(one for one in (failure["code"], failure["text"]) if one)
    return f"{kind}: {words}" if words else kind


def _documents(receipt: Receipt) -> Iterator[ReceiptRow]:
    submission, content = receipt["submission"], receipt["content"]
    for number, sha256 in enumerate(receipt["sent_sha256"], start=1):
        label = "SHA-256, sent" if len(receipt["sent_sha256"]) == 1 else f"SHA-256, sent ({number})"
        yield ReceiptRow(label, sha256, is_exact=True)
    if content:
        yield ReceiptRow("Stored", f"{content['type']}, {content['size']} bytes")
        yield ReceiptRow("SHA-256, received", content["sha256"], is_exact=True)
    if not receipt["sent_sha256"] and not content:
        yield ReceiptRow("SHA-256", "no document of it is known here")
    if submission and submission["joined_by"] == "guess":
        yield ReceiptRow("How it is known", "a guess, by number and time: the provider gave no code back")


def _statement(evidence: Receipt) -> ReceiptSection:
    statement = evidence["statement"]
    title = f"{_KINDS[evidence['kind']]} by {statement['source']}, {_utc(statement['seen_at'])}"
    return ReceiptSection(title, tuple(_stated(statement, evidence["sha256"])))


def _stated(statement: Receipt, sha256: str) -> Iterator[ReceiptRow]:
    if "word" in statement:
        yield ReceiptRow("Word", statement["word"], is_exact=True)
    if statement["status"]:
        yield ReceiptRow("Which means", statement["status"])
    if statement["given"]:
        given = statement["given"].items()
        yield ReceiptRow("As given", "\n".join(f"{name}: {text}" for name, text in given), is_exact=True)
    yield ReceiptRow("SHA-256", sha256, is_exact=True)


def _amendment(amendment: Receipt) -> ReceiptSection:
    rows = (
        ReceiptRow("Says", f"{amendment['status']} (was {amendment['was']})"),
        ReceiptRow("Because", amendment["because"]),
    )
    return ReceiptSection(f"Amended by {amendment['by']}, {_utc(amendment['at'])}", rows)


def _receipt(receipt: Receipt) -> Iterator[ReceiptRow]:
    yield ReceiptRow("Issued", _time(receipt["issued_at"], receipt["time_zone"]) or "")
    signature = receipt["signature"]
    if signature is None:
        yield ReceiptRow("Signature", "none")
    else:
        yield ReceiptRow("Signature", f"{signature['algorithm']} by {signature['key_id']}")
        yield ReceiptRow("", signature["value"], is_exact=True)
    yield ReceiptRow("To be checked", "with its JSON form: faxledger verify")


def _time(moment: Receipt | None, zone: str) -> str | None:
    if moment is None:
        return None
    utc, local = _utc(moment["utc"]), datetime.fromisoformat(moment["local"])
    return utc if zone == "UTC" else f"{local:%Y-%m-%d %H:%M:%S} {moment['local'][19:]} ({zone})\n{utc}"


def _utc(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
