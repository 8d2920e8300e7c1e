"""`faxledger amend`: what a person says that a fax really was."""

import sys
from argparse import Namespace
from typing import Final
from urllib.parse import quote

from cli.arguments import Commands, add_command
from cli.fax_lines import full_time
from cli.show import amendments, disagreement
from cli.which_stack import add_which_api, api_of

_DESCRIPTION: Final = """\
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
    amend = add_command(
        commands, "amend", _run, short="say what really became of a fax", description=_DESCRIPTION
    )
    amend.add_argument("id", metavar="ID", help="as in softlinx.outbound.acme.33")
    amend.add_argument(
        "--status", required=True, metavar="WORD", help="sent, failed, received or received_partial"
    )
    amend.add_argument(
        "--because", required=True, metavar="TEXT", help="the reason; - reads it from the input"
    )
    add_which_api(amend)


def _run(given: Namespace) -> int:
    """Prints what is said of the fax now."""
    reason = sys.stdin.read() if given.because == "-" else given.because
    path = f"/faxes/{quote(given.id, safe='')}/amendments"
    known = api_of(given).ask("POST", path, {"status": given.status, "because": reason})
    print(f"{known['id']} is {known['status']}")
    for line in disagreement(known):
        print(line)
    for at, what in amendments(known):
        print(f"  {full_time(at)}  {what}")
    return 0
