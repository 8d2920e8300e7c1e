"""`faxledger init`: asks what a deployment has to know, and writes it for `sam deploy`."""

import sys
import textwrap
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.arguments import Commands, add_command
from cli.guard import DONE, INTERRUPTED, NOT_ASKED, REFUSED
from cli.sam_config import NEW, changed, deploy_settings, lines_that_differ, parameters_of, replace_file
from cli.terminal import coloured
from local.runtime.errors import CannotRun

if TYPE_CHECKING:
    from cli.init_questions import Answers, Question

_DESCRIPTION: Final = """\
Ask the twelve questions at most that a deployment depends on, check the
answers, show what changes in samconfig.toml, and write it. What stands there
is the default, and its other settings stay as they are. All other parameters
keep the template's defaults: docs/parameters.md has them by theme.

Run it in the folder of Faxledger, where template.yaml is. Nothing is written
before the end: Ctrl-C leaves everything as it is.

examples:
  faxledger init
  faxledger init --answers clinic.toml --yes       without a question
  faxledger init --set RetentionDays=2192          asks the others

clinic.toml gives parameters by their names, and where the stack goes:
  region = "us-east-1"
  stack_name = "faxledger"
  SoftlinxRealm = "acme"
  SoftlinxUrl = "fax.example.com"

Exit status: 0, or 1 if it was not to be written, or 2 if an answer is missing
or can't be.
"""
_FIRST: Final = """\
Twelve questions at most. Enter takes what stands in brackets; - alone stands
for nothing. Nothing is written before the end: Ctrl-C leaves all as it is."""
_COLOUR: Final = {"+": "green", "-": "red"}


def add_to(commands: Commands) -> None:
    init = add_command(
        commands,
        "init",
        _run,
        short="ask what a deployment has to know, and write samconfig.toml",
        description=_DESCRIPTION,
    )
    init.add_argument("--answers", type=Path, metavar="FILE", help="answers, as TOML; they are not asked for")
    init.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="one answer more; may be given again"
    )
    init.add_argument(
        "--yes", action="store_true", help="ask nothing: what is not given stays as it is, and write it"
    )
    init.add_argument(
        "--config-file", type=Path, default=Path("samconfig.toml"), metavar="FILE", help="(samconfig.toml)"
    )


def _run(given: Namespace) -> int:
    try:
        return _init(given)
    except KeyboardInterrupt:
        print("\nNothing was written.", file=sys.stderr)
        return INTERRUPTED
    except EOFError:
        print("\nThe answers have ended before the questions. Nothing was written.", file=sys.stderr)
        return NOT_ASKED


def _init(given: Namespace) -> int:
    # Only now: they read YAML, which the command alone is installed without.
    from cli.init_questions import Answers, questions  # noqa: PLC0415

    path: Path = given.config_file
    before = path.read_text("utf-8") if path.exists() else None
    settings = deploy_settings(path, before or NEW)
    answers = Answers(_template_beside(path), settings, parameters_of(settings))
    answers.give({**_answers_in(given.answers), **dict(map(_name_and_value, given.set))})
    if given.yes:
        answers.take_defaults()
    else:
        print(_FIRST)
        for number, question in enumerate(questions(answers), 1):
            _ask(number, question, answers)
    answers.check()
    after = changed(path, before or NEW, answers.settings(), answers.parameters())
    if after == before:
        print(f"{path} says all of this already.")
        return DONE
    print(f"\nThis changes in {path}:\n" if before else f"\nThis is {path}, which is new:\n")
    for line in lines_that_differ(before or "", after):
        print(coloured(line, _COLOUR[line[0]]))
    if not given.yes and not _agrees("\nWrite it? [yes] "):
        print("Nothing was written.")
        return REFUSED
    replace_file(path, before, after)
    print(f"\n{path} is written. Next: `faxledger deploy`.")
    if answers.is_at_test_host:
        print("Softlinx is its test host so far: `faxledger init` again when you know yours.")
    return DONE


def _template_beside(path: Path) -> Path:
    template = path.parent / "template.yaml"
    if not template.exists():
        raise CannotRun(
            f"there is no {template}: run this in the folder of Faxledger, which `git clone` has made"
        )
    return template


def _answers_in(path: Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CannotRun(f'{path} is not TOML, as in SoftlinxRealm = "acme": {error}') from None
    if tables := [name for name, value in found.items() if isinstance(value, dict)]:
        raise CannotRun(f"{path} gives names and values without tables; it has [{tables[0]}]")
    return {name: _as_parameter(value) for name, value in found.items()}


def _as_parameter(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CannotRun(f"--set takes a name and a value, as in RetentionDays=2192, and not {text!r}")
    return name, value


def _ask(number: int, question: "Question", answers: "Answers") -> None:
    print(f"\n{number}. {question.asks}")
    _say(question.why)
    default = question.default
    shown = "" if default is None else f"[{default or 'nothing'}] "
    while True:
        said = input(f"   {shown}> ").strip()
        if not said and default is None:
            _say(f"It needs an answer: {question.right}.")
            continue
        try:
            answers.put(question.name, _meant(said, default))
        except CannotRun as error:
            _say(f"{error}.")
            continue
        return


def _say(text: str) -> None:
    # A region's name is copied from here.
    print(textwrap.fill(text, 79, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False))


def _meant(said: str, default: str | None) -> str:
    return (default or "") if not said else "" if said == "-" else said


def _agrees(question: str) -> bool:
    while (said := input(question).strip().lower()) not in {"", "y", "yes", "n", "no"}:
        print("yes or no, please.")
    return said in {"", "y", "yes"}
