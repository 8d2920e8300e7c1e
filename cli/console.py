"""`faxledger console`: a page on this machine that asks a stack as whoever started it."""

import sys
import webbrowser
from argparse import Namespace
from typing import Final

from cli.arguments import Commands, add_command, port
from cli.console_calls import ConsoleCalls
from cli.console_server import ConsoleServer, refuse_without_page
from cli.guard import DONE
from cli.interrupted import interrupted, wait_for_any
from cli.which_stack import add_which_api, api_of, name_of
from local.runtime.web import WsgiServer

_DESCRIPTION: Final = """\
Open the console in a browser: what became of every fax, who said so, and
whether a day is complete. It runs on this machine until Ctrl-C and asks the
stack with your AWS credentials, so it can do what you can, and nothing more.
Nothing is deployed for it.

Whoever has the link that is printed acts as you while the console runs.

examples:
  faxledger console --stack clinic
  faxledger console --port 8400 --no-browser

Exit status: 0, or 2 if it could not be started.
"""


def add_to(commands: Commands) -> None:
    console = add_command(
        commands, "console", _run, short="look at a stack's faxes in a browser", description=_DESCRIPTION
    )
    console.add_argument(
        "--port", type=port, default=0, metavar="N", help="where it listens on 127.0.0.1 (any free port)"
    )
    console.add_argument("--no-browser", action="store_true", help="print the link and open nothing")
    add_which_api(console)


def _run(given: Namespace) -> int:
    """Prints the link and serves until it is interrupted."""
    refuse_without_page()
    console = ConsoleServer(ConsoleCalls(api_of(given)), stack=name_of(given))
    server = WsgiServer(console, given.port, what="the console (--port)")
    with interrupted() as stop:
        server.start()
        try:
            print(console.link_at(server.url), flush=True)
            print("Ctrl-C ends the console.", file=sys.stderr)
            if not given.no_browser:
                webbrowser.open(console.link_once_at(server.url))
            wait_for_any(stop)
        finally:
            server.close()
    return DONE
