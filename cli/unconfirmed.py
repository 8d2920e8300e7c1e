"""`faxledger unconfirmed`: which faxes were settled by callbacks alone, as after a token has leaked."""

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cli.api import Api
from cli.arguments import Commands, add_command, moment
from cli.which_stack import add_which_api, api_of
from local.runtime.errors import CannotRun

_DESCRIPTION = """\
List the faxes that callbacks alone have settled since a time, the newest
first: nobody but whoever knows a token has said so. A fax is confirmed, and
leaves the list, when its provider's API or feed says the same. Where that says
otherwise, the fax leaves it as a conflict (`faxledger show ID`).

The whole ledger is looked through, because a callback may name any time of
completion.

examples:
  faxledger unconfirmed --since 2026-11-28T08:00:00
  faxledger unconfirmed --since 2026-11-28 --look-up look-up.json

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""

# Whoever knows a token speaks by these. What comes by email is vouched for by SES.
_UNPROVEN: Final = ("callback", "notify")
_MOST_A_PAGE: Final = "200"

_CONFIRMED_BY: Final = {
    "softlinx": """\
Softlinx confirms a fax when the poll looks it up. The hourly poll is offered
unmarked faxes alone, so have it look these up: --look-up FILE writes the event
for SoftlinxPoll, and `aws lambda invoke` gives it to the function.""",
    "greenfax": """\
GreenFax confirms a fax by its feed, outbound within 23 minutes and inbound
within 70. `faxledger feeds` says which days were read; a day is read
again until two days after its end, and older ones with GreenFaxHistoryFrom.""",
}
_THEN: Final = """\
What is listed still when that is done is known to nobody but who called. Ask
the provider, then `faxledger amend` puts on record what is true."""


def add_to(commands: Commands) -> None:
    unconfirmed = add_command(
        commands,
        "unconfirmed",
        _run,
        short="list what callbacks alone have settled",
        description=_DESCRIPTION,
    )
    unconfirmed.add_argument(
        "--since", required=True, type=moment, metavar="TIME", help="settled then or later, in UTC"
    )
    unconfirmed.add_argument(
        "--look-up",
        type=Path,
        metavar="FILE",
        help="write the event that has the poll look up those of Softlinx",
    )
    add_which_api(unconfirmed)


def _run(given: Namespace) -> int:
    found = unconfirmed(api_of(given), given.since)
    for line in _lines(found, given.since):
        print(line)
    if given.look_up:
        event = {"look_up": [fax["id"] for fax in found if fax["provider"] == "softlinx"]}
        try:
            given.look_up.write_text(json.dumps(event), "utf-8")
        except OSError as error:
            raise CannotRun(f"{given.look_up} can't be written: {error.strerror}") from None
    return 0


def unconfirmed(api: Api, since: datetime) -> list[dict[str, Any]]:
    """The faxes that were settled by callbacks since then and confirmed by nobody, the newest first."""
    found = [
        fax
        for source in _UNPROVEN
        for fax in api.pages("/faxes", "faxes", settled_by=source, limit=_MOST_A_PAGE)
        if _is_unconfirmed(fax) and datetime.fromisoformat(fax["settled_at"]) >= since
    ]
    return sorted(found, key=lambda fax: str(fax["settled_at"]), reverse=True)


def _is_unconfirmed(fax: Mapping[str, Any]) -> bool:
    return fax["kind"] == "fax" and set(fax["sources"]) <= set(_UNPROVEN)


def _lines(found: Iterable[Mapping[str, Any]], since: datetime) -> Iterator[str]:
    counts: dict[str, int] = {}
    for fax in found:
        counts[fax["provider"]] = counts.get(fax["provider"], 0) + 1
        yield f"{fax['settled_at'][:19]}Z  {fax['status']:<16}  {fax['id']}"
        for duty, progress in fax["duties"].items():
            if progress["state"] == "given_up":
                yield f"  {duty} given up: {progress['last_problem'] or 'no problem is known'}"
    told = ", ".join(f"{count} of {provider}" for provider, count in sorted(counts.items()))
    start = since.isoformat(timespec="seconds").replace("+00:00", "Z")
    yield f"Settled by callbacks alone since {start}:"
    yield f"  {told or 'none'}"
    for provider in sorted(counts):
        yield f"\n{_CONFIRMED_BY[provider]}"
    if counts:
        yield f"\n{_THEN}"
