"""`faxledger show` and `faxledger amend`: what is stated of a fax, and what a person says it really was."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from cli.api import Api
from cli.arguments import Commands, add_command
from cli.which_stack import add_which_api, api_of

_SHOW = """\
Say what became of a fax: its status, what was stated of it by whom, and who
was told. ID is a fax's or a submission's. Names and numbers are left out;
`GET /faxes/{id}` has everything.

example:
  faxledger show softlinx.outbound.acme.33

Exit status: 0, or 1 if there is none, or 2 if nobody could be asked.
"""

_AMEND = """\
Say what really became of a fax. It is kept beside the first status, which
never changes, with who said so, when and why; listings follow it, and it is
announced. The reason stays in the ledger.

The request is signed with your AWS credentials, found as the AWS CLI finds
them, and who you are is taken from the signature. A bundle on this machine
(http://127.0.0.1:3000) asks for none.

examples:
  faxledger amend softlinx.outbound.acme.33 --status sent \\
      --because "The clinic has all three pages."
  faxledger amend softlinx.outbound.acme.33 --status sent --because - < why.txt

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    _add_show(commands)
    _add_amend(commands)


def _add_show(commands: Commands) -> None:
    show = add_command(
        commands,
        "show",
        _show,
        short="say what became of a fax, and who says so",
        description=_SHOW,
    )
    show.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    add_which_api(show)


def _add_amend(commands: Commands) -> None:
    amend = add_command(
        commands,
        "amend",
        _amend,
        short="say what really became of a fax",
        description=_AMEND,
    )
    amend.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    amend.add_argument("--status", required=True, help="sent, failed, received or received_partial")
    amend.add_argument(
        "--because", required=True, metavar="TEXT", help="the reason; - reads it from the input"
    )
    add_which_api(amend)


def _show(given: Namespace) -> int:
    for line in _shown(api_of(given), given.id):
        print(line)
    return 0


def _amend(given: Namespace) -> int:
    for line in _amended(api_of(given), given):
        print(line)
    return 0


def _shown(api: Api, fax_id: str) -> Iterator[str]:
    """What is said of the fax, by whom, and who was told of it."""
    known = api.ask("GET", f"/faxes/{quote(fax_id, safe='')}")
    if known["kind"] == "submission":
        yield f"{known['submission']} is {known['state']}"
        yield from _requested(known)
        return
    yield from _statements(known)
    if known["incomplete"]:
        yield f"  {known['pages']} of {known['pages_total']} pages went through"
    for one in known["sightings"]:
        if one["unread"]:
            yield f"  not read of {one['source']} at {one['seen_at']}: {', '.join(one['unread'])}"
    yield from _requested(known)
    for duty, progress in known["duties"].items():
        tries = f" after {progress['failed_tries']} failed tries" if progress["failed_tries"] else ""
        problem = f": {progress['last_problem']}" if progress["last_problem"] else ""
        next_at = f", asked for again {progress['next_at']}" if progress["next_at"] else ""
        yield f"  {duty}: {progress['state']}{tries}{problem}{next_at}"
    for one in known["deliveries"]:
        problem = f": {one['problem']}" if one["problem"] else ""
        yield f"  {one['event']} to {one['channel']} {one['target']}: {one['state']}{problem}"


def _requested(known: Mapping[str, Any]) -> Iterator[str]:
    if known["requested_by"]:
        yield f"  requested by {known['requested_by']}"


def _amended(api: Api, given: Namespace) -> Iterator[str]:
    """What is said of the fax now."""
    reason = sys.stdin.read() if given.because == "-" else given.because
    path = f"/faxes/{quote(given.id, safe='')}/amendments"
    yield from _statements(api.ask("POST", path, {"status": given.status, "because": reason}))


def _statements(known: Mapping[str, Any]) -> Iterator[str]:
    yield f"{known['id']} is {known['status']}"
    if known["conflict"]:
        for statement in known["conflict"]["statements"]:
            yield f"  {statement['seen_at']}  {statement['source']}: {statement['status']}"
        if not known["conflict"]["is_resolved"]:
            yield "  These two disagree: ask the provider, then put on record with `amend` which is true."
    else:
        yield f"  first status: {known['first_status']}"
    for one in known["amendments"]:
        yield f"  {one['at']}  {one['by']}: {one['status']} (was {one['was']})"
