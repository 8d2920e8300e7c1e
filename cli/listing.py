"""`faxledger list`: which faxes there were."""

import argparse
import csv
import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from cli.api import Api
from cli.arguments import Commands, add_command, count
from cli.fax_lines import HEADING, fax_line
from cli.terminal import Progress
from cli.which_stack import add_which_api, api_of
from faxledger.domain.fax import Direction, FailureClass, Provider, Source, Status
from faxledger.domain.submission import SubmissionState

_DESCRIPTION: Final = """\
List faxes, and submissions that no fax has come of yet, the newest first by
when they were completed. Each option narrows the list. Times without an
offset are in the stack's time zone.

A number goes to the API in the body of the request, and into no log of ours;
it does stand in your shell's history, so --number - reads it from the input.

examples:
  faxledger list
  faxledger list --day 2026-11-26 --status failed
  faxledger list --reference case-77
  faxledger list --number 12025550100 --from 2026-11-01
  faxledger list --unfinished --all
  faxledger list --from 2026-11-01 --to 2026-12-01 --all --csv > november.csv
  faxledger list --all --json | jq -r 'select(.status == "failed") | .id'

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""
_FLAGS: Final = ("unfinished", "given_up", "incomplete", "in_conflict")
_LONGEST_PAGE: Final = 200
_ONE_PAGE: Final = 50
# What a spreadsheet would take for a formula (OWASP, CSV injection). The text may be a stranger's.
_FORMULA: Final = ("=", "@", "+", "-", "\t", "\r")
_COLUMNS: Final = (
    "id",
    "kind",
    "provider",
    "direction",
    "status",
    "state",
    "submitted_at",
    "completed_at",
    "settled_at",
    "settled_by",
    "to_number",
    "from_number",
    "user",
    "reference",
    "pages",
    "pages_total",
    "duration_seconds",
    "cost_usd",
    "failure_class",
    "failure_code",
    "failure_text",
    "submission",
)


def add_to(commands: Commands) -> None:
    listing = add_command(
        commands, "list", _run, short="list faxes: of a day, a reference, a number…", description=_DESCRIPTION
    )
    _add_filters(listing)
    form = listing.add_argument_group("how much, and as what")
    form.add_argument(
        "--limit", type=count, metavar="N", help=f"how many at most ({_ONE_PAGE})", default=_ONE_PAGE
    )
    form.add_argument("--all", action="store_true", help="all there are")
    either = form.add_mutually_exclusive_group()
    either.add_argument("--csv", action="store_true", help="a table for a spreadsheet, with every column")
    either.add_argument("--json", action="store_true", help="a JSON document in each line, as the API has it")
    add_which_api(listing)


def _add_filters(listing: argparse.ArgumentParser) -> None:
    which = listing.add_argument_group("which")
    words = [*Status, *SubmissionState]
    which.add_argument("--status", metavar="WORD", choices=words, help=", ".join(words))
    which.add_argument("--day", metavar="DATE", help="completed on that day, as in 2026-11-26")
    which.add_argument("--from", metavar="TIME", help="completed then or later, as in 2026-11-26T09:30")
    which.add_argument("--to", metavar="TIME", help="completed before then")
    which.add_argument("--reference", metavar="TEXT", help="your own reference")
    which.add_argument("--number", metavar="N", help="whom it went to or came from; - reads the input")
    which.add_argument("--user", metavar="NAME", help="the fax user at the provider")
    which.add_argument("--provider", choices=list(Provider), metavar="NAME", help=", ".join(Provider))
    which.add_argument("--direction", choices=list(Direction), metavar="WORD", help=", ".join(Direction))
    which.add_argument(
        "--settled-by", choices=list(Source), metavar="SOURCE", help=f"who said it first: {', '.join(Source)}"
    )
    which.add_argument(
        "--failure-class", choices=list(FailureClass), metavar="CLASS", help=", ".join(FailureClass)
    )
    which.add_argument(
        "--unfinished", action="store_true", help="without a final status, or still to be marked or stored"
    )
    which.add_argument(
        "--given-up", action="store_true", help="with a mark or a document that nobody tries any more"
    )
    which.add_argument("--incomplete", action="store_true", help="sent, and not all of their pages")
    which.add_argument(
        "--in-conflict", action="store_true", help="with two ends, and no person has said which is right"
    )


def _run(given: Namespace) -> int:
    wanted = None if given.all else given.limit
    found = listed(api_of(given), _filters(given), wanted)
    with Progress("faxes") as progress:
        write = _write_csv if given.csv else _write_json if given.json else _write_lines
        is_more = write(_counted(found, progress))
    if is_more:
        print("There are more: --all lists them.", file=sys.stderr)
    return 0


def listed(api: Api, filters: Mapping[str, str], wanted: int | None) -> Iterator[dict[str, Any] | None]:
    """What the filters leave, at most so many; None at the end says that there are more. Raises as `ask`."""
    cursor: str | None = None
    left = wanted
    while left is None or left > 0:
        limit = str(_LONGEST_PAGE if left is None else min(left, _LONGEST_PAGE))
        page = _page(api, {**filters, "limit": limit, **({"cursor": cursor} if cursor else {})})
        yield from page["faxes"]
        left = None if left is None else left - len(page["faxes"])
        cursor = page["cursor"]
        if cursor is None:
            return
    yield None


def _page(api: Api, asked: Mapping[str, str]) -> Any:
    """A person's number travels in a body, and so all of what it is asked with."""
    if "number" not in asked:
        return api.ask("GET", f"/faxes?{urlencode(asked)}")
    document: dict[str, Any] = {**asked, "limit": int(asked["limit"])}
    for name in _FLAGS:
        if name in asked:
            document[name] = True
    return api.ask("POST", "/faxes/search", document)


def _filters(given: Namespace) -> dict[str, str]:
    texts = ("status", "day", "from", "to", "reference", "user", "provider", "direction")
    filters = {name: value for name in texts if (value := getattr(given, name)) is not None}
    filters |= {name: "true" for name in _FLAGS if getattr(given, name)}
    named = {"settled_by": given.settled_by, "failure_class": given.failure_class, "number": given.number}
    filters |= {name: value for name, value in named.items() if value is not None}
    if given.number == "-":
        filters["number"] = sys.stdin.readline().strip()
    return filters


def _counted(found: Iterator[dict[str, Any] | None], progress: Progress) -> Iterator[dict[str, Any] | None]:
    for fax in found:
        if fax is not None:
            progress.one_more()
        yield fax


def _write_lines(found: Iterator[dict[str, Any] | None]) -> bool:
    """Whether there are more."""
    is_first = True
    for fax in found:
        if fax is None:
            return True
        if is_first and sys.stdout.isatty():
            print(HEADING)
        is_first = False
        print(fax_line(fax))
    return False


def _write_json(found: Iterator[dict[str, Any] | None]) -> bool:
    """Whether there are more."""
    for fax in found:
        if fax is None:
            return True
        print(json.dumps(fax, ensure_ascii=False))
    return False


def _write_csv(found: Iterator[dict[str, Any] | None]) -> bool:
    """Whether there are more."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(_COLUMNS)
    for fax in found:
        if fax is None:
            return True
        failure = fax["failure"] or {}
        known = {
            **fax,
            "submitted_at": fax.get("submitted_at") or fax.get("accepted_at"),
            **{f"failure_{name}": failure.get(name) for name in ("class", "code", "text")},
        }
        table.writerow([_cell(known.get(name)) for name in _COLUMNS])
    return False


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    # A number with its plus is none of them.
    is_number = text[:1] in {"+", "-"} and text[1:].replace(".", "").isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text
