"""`faxledger`: the command line."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Final

from cli.guard import guarded

_DESCRIPTION: Final = """\
Faxledger knows what became of every fax. These commands ask a deployed stack
(--stack NAME, with your AWS credentials), or the bundle that `faxledger up`
runs on this machine. `faxledger COMMAND --help` has examples.
"""
_ENVIRONMENT: Final = """\
exit status:
  0    it is done
  1    no: it was refused, or is not there
  2    it could not be asked, or not in this way

environment:
  FAXLEDGER_STACK    the stack that is asked without --stack
  FAXLEDGER_API_URL  the API that is asked without --api-url
  FAXLEDGER_DEBUG=1  show where an unknown problem comes from
  NO_COLOR=1         no colours
"""

# Which module of this package has which commands. A command loads no other's.
MODULES: Final = {
    "listing": ("list",),
    "show": ("show",),
    "tail": ("tail",),
    "send": ("send", "resend"),
    "amend": ("amend",),
    "receipt": ("receipt",),
    "verify": ("verify",),
    "unconfirmed": ("unconfirmed",),
    "routes": ("routes",),
    "unreadable": ("unreadable",),
    "deliveries": ("deliveries",),
    "providers": ("providers",),
    "feeds": ("feeds",),
    "report": ("report",),
    "console": ("console",),
    "doctor": ("doctor",),
    "redrive": ("redrive",),
    "restore": ("restore",),
    "signed_request": ("api",),
    "init": ("init",),
    "deploy": ("deploy",),
    "credentials": ("credentials",),
    "urls": ("urls",),
    "rotate_token": ("rotate-token",),
    "completion": ("completion",),
    "up_arguments": ("up",),
    "run": ("run",),
    "sam_template": ("sam-template",),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, or 1 for what was refused, or 2 for what could not be asked."""
    words = sys.argv[1:] if arguments is None else arguments
    return guarded(" ".join(("faxledger", *words[:1])), lambda: _run(words))


def _run(words: Sequence[str]) -> int:
    chosen = [module for module, commands in MODULES.items() if words and words[0] in commands]
    given = parser(*chosen).parse_args(words)
    status: int = given.run(given)
    return status


def parser(*modules: str) -> argparse.ArgumentParser:
    """Of the commands of these modules; of all of them where none is named."""
    parser = argparse.ArgumentParser(
        prog="faxledger",
        description=_DESCRIPTION,
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"faxledger {version('faxledger')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in modules or MODULES:
        import_module(f"cli.{module}").add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
