"""One guard for whatever a command comes upon: a sentence and an exit status, and never a traceback."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from cli.api import Refused
from cli.terminal import folded
from local.runtime.errors import CannotRun

DONE: Final = 0
REFUSED: Final = 1
NOT_ASKED: Final = 2
# As a shell says of what Ctrl-C has ended.
INTERRUPTED: Final = 130
DEBUG: Final = "FAXLEDGER_DEBUG"

# What the command alone is installed without.
_OF_THE_BUNDLE: Final = frozenset({"flask", "joserfc", "lxml", "moto", "pydantic", "rich", "yaml", "zeep"})
# What these two commands have of an extra of their own.
_OF_RECEIPTS: Final = frozenset({"cryptography", "font_roboto", "fpdf"})


def guarded(command: str, run: Callable[[], int]) -> int:
    """The exit status of `run`, or of what went wrong in it, which is said on the error output.

    `command` is what a person has typed, as in `faxledger show`.

    With `FAXLEDGER_DEBUG=1` a traceback goes before that. It may hold health data, so nobody sees it unasked.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that lacks a letter shows its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = run()
        # Whoever reads may have left: that is found out here and not while Python ends.
        sys.stdout.flush()
    except BrokenPipeError:
        # `| head` has what it wanted.
        _drop_output()
        return DONE
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost edge: a person reads what is said here
        if os.environ.get(DEBUG):
            traceback.print_exc()
        print(folded(f"{command}: {problem_in(error)}"), file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:
            _drop_output()
        return REFUSED if isinstance(error, Refused) else NOT_ASKED
    return status


def _drop_output() -> None:
    """What is left in the buffer goes nowhere: Python would complain of it when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def problem_in(error: Exception) -> str:
    """What went wrong, in words that repeat nothing of a fax."""
    match error:
        case CannotRun() | Refused():
            return str(error)
        case ClientError() | BotoCoreError():
            return problem_with_aws(error)
        case ModuleNotFoundError() if (error.name or "").partition(".")[0] in _OF_THE_BUNDLE:
            return (
                "this reads the template, or runs it on this machine, and needs more than the command alone: "
                "`pipx install --force '.[local]'` in the folder of Faxledger, with the path of a wheel in "
                "the dot's place where you have that; or .venv/bin/faxledger there, which `make setup` makes"
            )
        case ModuleNotFoundError() if (error.name or "").partition(".")[0] in _OF_RECEIPTS:
            return (
                "PDFs and signatures need more than the command alone: "
                "`pipx install --force '.[receipts]'` in the folder of Faxledger, with the path of a wheel "
                "in the dot's place where you have that"
            )
        case OSError(strerror=str(problem)):
            return problem if error.filename is None else f"{error.filename}: {problem}"
    return (
        f"something went wrong that this command does not know ({type(error).__name__} {_place_of(error)}). "
        f"{DEBUG}=1 before it shows where, with what may be health data"
    )


def problem_with_aws(error: ClientError | BotoCoreError) -> str:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    match code:
        case "NoRegionError":
            return "no AWS region is known: give --region, or set AWS_DEFAULT_REGION, as in us-east-1"
        case "ProfileNotFound":
            return "there is no such AWS profile: `aws configure list-profiles` lists yours"
    return (
        f"AWS answered {code}; `aws sts get-caller-identity` tells whether your credentials work, "
        f"`aws cloudformation list-stacks` which stacks there are"
    )


def _place_of(error: Exception) -> str:
    """The innermost line of ours, as in `cli/show.py:88`."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent.name in {"cli", "runtime", "show"}
    ]
    if not ours:
        return "somewhere"
    path = Path(ours[-1].filename)
    return f"at {path.parent.name}/{path.name}:{ours[-1].lineno}"
