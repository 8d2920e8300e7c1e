"""`faxledger unreadable` and `faxledger deliveries`: what nobody could read, and who was not told."""

import sys
from argparse import Namespace
from base64 import b64decode
from urllib.parse import quote

from cli.arguments import Commands, add_command
from cli.which_stack import add_which_api, api_of

_UNREADABLE = """\
List what nobody could read, the newest first: callbacks, rows and emails that
were set aside. With an ID, write the bytes as they came to the output. They
hold health data: read them where you may.

examples:
  faxledger unreadable
  faxledger unreadable \\
      6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b > bytes

Exit status: 0, or 1 if there is none, or 2 if nobody could be asked.
"""

_DELIVERIES = """\
List the deliveries that were given up, the latest first, or with --pending
those that are still to be made. `faxledger redrive notify` has those that
were given up tried again.

examples:
  faxledger deliveries
  faxledger deliveries --pending --stack clinic

Exit status: 0, or 1 if it was refused, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    unreadable = add_command(
        commands,
        "unreadable",
        _unreadable,
        short="list what nobody could read, or show it as it came",
        description=_UNREADABLE,
    )
    unreadable.add_argument("id", metavar="ID", nargs="?", help="as in the list")
    add_which_api(unreadable)
    deliveries = add_command(
        commands, "deliveries", _deliveries, short="list who was not told, and why", description=_DELIVERIES
    )
    deliveries.add_argument("--pending", action="store_true", help="those that are still to be made")
    add_which_api(deliveries)


def _unreadable(given: Namespace) -> int:
    api = api_of(given)
    if given.id:
        sys.stdout.buffer.write(b64decode(api.ask("GET", f"/unreadable/{quote(given.id, safe='')}")["raw"]))
        return 0
    for one in api.pages("/unreadable", "unreadable"):
        cut = ", cut off" if one["is_truncated"] else ""
        times = "once" if one["times"] == 1 else f"{one['times']} times"
        print(f"{one['last_seen_at']}  {one['id']}  {one['origin']}, {times}, {one['size']} bytes{cut}")
        print(f"  {one['problem']}")
    return 0


def _deliveries(given: Namespace) -> int:
    state = "pending" if given.pending else "given_up"
    for one in api_of(given).pages("/deliveries", "deliveries", state=state):
        when = f", next {one['next_at']}" if one["next_at"] else ""
        print(f"{one['fax']}  {one['event']} by {one['channel']} to {one['target']}")
        print(f"  {one['attempts']} attempts{when}: {one['problem'] or 'no problem yet'}")
    return 0
