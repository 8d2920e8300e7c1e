"""`faxledger`: the command line."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cli import (
    feeds,
    leftovers,
    providers,
    redrive,
    restore,
    routes,
    run,
    sam_template,
    show,
    unconfirmed,
    up_arguments,
)
from cli.guard import guarded

_DESCRIPTION = """\
Faxledger knows what became of every fax. This command runs the whole bundle of template.yaml on one machine:
the real handlers, behind the routes, schedules, stream, bus rules and queues that the template has. The AWS
services are moto's, in this process. No account, no network, no Docker.
"""

_COMMANDS = (
    up_arguments,
    run,
    show,
    unconfirmed,
    routes,
    providers,
    leftovers,
    feeds,
    redrive,
    restore,
    sam_template,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, or 1 for what was refused, or 2 for what could not be asked."""
    words = sys.argv[1:] if arguments is None else arguments
    return guarded(" ".join(("faxledger", *words[:1])), lambda: _run(words))


def _run(words: Sequence[str]) -> int:
    given = parser().parse_args(words)
    status: int = given.run(given)
    return status


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="faxledger", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"faxledger {version('faxledger')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
