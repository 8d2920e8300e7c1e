"""`faxledger unreadable`: what nobody could read."""

import json
import sys
from argparse import Namespace
from base64 import b64decode
from urllib.parse import quote

from cli.arguments import Commands, add_command
from cli.which_stack import add_which_api, api_of

_DESCRIPTION = """\
List what nobody could read, the newest first: callbacks, rows and emails that
were set aside. With an ID, write the bytes as they came to the output. They
hold health data: read them where you may.

examples:
  faxledger unreadable
  faxledger unreadable --json | jq -r 'select(.times > 9).id'
  faxledger unreadable \\
      6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b > bytes

Exit status: 0, or 1 if there is none, or 2 if nobody could be asked.
"""


def add_to(commands: Commands) -> None:
    unreadable = add_command(
        commands,
        "unreadable",
        _run,
        short="list what nobody could read, or show it as it came",
        description=_DESCRIPTION,
    )
    unreadable.add_argument("id", metavar="ID", nargs="?", help="as in the list")
    unreadable.add_argument(
        "--json", action="store_true", help="a JSON document in each line, as the API has it; raw is base64"
    )
    add_which_api(unreadable)


def _run(given: Namespace) -> int:
    api = api_of(given)
    if given.id:
        found = api.ask("GET", f"/unreadable/{quote(given.id, safe='')}")
        if given.json:
            print(json.dumps(found))
        else:
            sys.stdout.buffer.write(b64decode(found["raw"]))
        return 0
    for one in api.pages("/unreadable", "unreadable"):
        if given.json:
            print(json.dumps(one))
            continue
        cut = ", cut off" if one["is_truncated"] else ""
        times = "once" if one["times"] == 1 else f"{one['times']} times"
        print(f"{one['last_seen_at']}  {one['id']}  {one['origin']}, {times}, {one['size']} bytes{cut}")
        print(f"  {one['problem']}")
    return 0
