"""One fax in a line of 80 columns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cli.terminal import coloured, printable

HEADING: Final = f"{'UTC':<12}  {'status':<17}  {'number':<11}  id"
COLOURS: Final = {
    "sent": "green",
    "received": "green",
    "received_partial": "yellow",
    "failed": "red",
    "refused": "red",
    "unknown": "red",
    "given_up": "red",
}


def fax_line(fax: Mapping[str, Any]) -> str:
    """Of a fax, or of a submission that no fax has come of yet, as `GET /faxes` lists it."""
    is_submission = fax["kind"] == "submission"
    word = fax["state"] if is_submission else fax["status"]
    failed_as = f" {fax['failure']['class']}" if fax["failure"] and word == "failed" else ""
    cut = " incomplete" if fax.get("incomplete") else ""
    status = f"{word}{failed_as}{cut}"
    number = fax["to_number"] if fax["direction"] == "outbound" else fax["from_number"]
    name = fax["submission"] if is_submission else fax["id"]
    # A colour counts as no column.
    shown = coloured(status, COLOURS.get(word)) + " " * max(0, 17 - len(status))
    return printable(f"{short_time(moment_of(fax)):<12}  {shown}  {number or '-':<11}  {name}")


def moment_of(fax: Mapping[str, Any]) -> str | None:
    """The time by which listings are ordered, as far as it is told."""
    if fax["kind"] == "submission":
        return str(fax["accepted_at"])
    moment: str | None = fax["completed_at"] or fax["settled_at"] or fax["submitted_at"]
    return moment


def short_time(text: str | None) -> str:
    """As in `26 Nov 10:03`, UTC."""
    return "-" if text is None else f"{datetime.fromisoformat(text):%d %b %H:%M}"


def full_time(text: str | None) -> str:
    """As in `2026-11-26 10:03:12Z`."""
    return "-" if text is None else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%SZ}"
