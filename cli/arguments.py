"""What the commands' arguments have in common."""

import argparse
import json
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol


class Commands(Protocol):
    """What argparse's `add_subparsers` returns, whose own type is private."""

    def add_parser(self, name: str, **options: Any) -> argparse.ArgumentParser: ...


def add_command(
    commands: Commands,
    name: str,
    run: Callable[[Namespace], int],
    *,
    short: str,
    description: str,
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    """A command that `run` carries out: it returns the exit status, and raises `CannotRun`, `Refused`."""
    command = commands.add_parser(
        name,
        help=short,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="everything, as the API has it")


def as_json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def add_admin_port(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--admin-port", type=port, default=3001, metavar="N", help="where the running bundle listens (3001)"
    )


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("has to be between 0 and 65535")
    return number


def count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def speed(text: str) -> float:
    number = float(text)
    if not number > 0:
        raise argparse.ArgumentTypeError("has to be more than 0 (inf is allowed)")
    return number


def positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < 1_000_000:
        raise argparse.ArgumentTypeError("has to be a number above 0")
    return number


def moment(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("is not a time as 2026-01-31T08:00:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
