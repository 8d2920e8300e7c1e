"""The commands that operations and security give are ones that `faxledger` and AWS understand."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from botocore import xform_name
from botocore.session import Session

from cli.main import parser
from tests.support.template import ROOT

PAGES = [ROOT / "docs" / "operations.md", ROOT / "docs" / "security.md"]
# A block of another language is a block too: its end begins none.
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# Of the AWS CLI itself.
FOR_ALL = frozenset({"cli-binary-format", "cli-read-timeout", "output", "query", "region"})
# `aws s3` has no operations of its own.
S3_COMMANDS = frozenset({"cp", "rb"})

SESSION = Session()


def commands(page: Path) -> Iterator[list[str]]:
    """Each command in words, with whatever is to be put in between angle brackets as one."""
    for block in (
        text for language, text in BLOCK.findall(page.read_text("utf-8")) if language in {"", "sh"}
    ):
        for line in block.replace("\\\n", " ").splitlines():
            text = re.sub(r"<([^>]+)>", lambda place: place[1].replace(" ", "-"), line)
            for command in (*re.findall(r"\$\((.*)\)", text), re.sub(r"\$\(.*\)", "something", text)):
                try:
                    words = shlex.split(re.split(r" [|>] ", command)[0], comments=True)
                except ValueError:
                    continue  # a document and no command
                yield words


def found(program: str) -> list[list[str]]:
    started = (
        words[words.index(program) + 1 :] for page in PAGES for words in commands(page) if program in words
    )
    return [words for words in started if words]


def test_every_faxledger_command_is_understood() -> None:
    given = found("faxledger")
    assert len(given) > 5
    for words in given:
        assert parser().parse_args(words).command == words[0]


def test_every_aws_command_is_one_that_aws_has() -> None:
    given = found("aws")
    assert len(given) > 20
    assert {" ".join(words): problem for words in given if (problem := problem_with(*words))} == {}


def problem_with(service: str, command: str, *rest: str) -> str | None:
    if service == "s3":
        return None if command in S3_COMMANDS else "no command of s3"
    model = SESSION.get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if command not in operations:
        return "no such operation"
    takes = model.operation_model(operations[command]).input_shape
    assert takes is not None
    known = {xform_name(name, "-"): name for name in takes.members}
    known |= {f"no-{name}": member for name, member in known.items()}
    options = {word.removeprefix("--").partition("=")[0] for word in rest if word.startswith("--")}
    if unknown := options - set(known) - FOR_ALL:
        return f"no such options: {unknown}"
    missing = set(takes.required_members) - {known[name] for name in options if name in known}
    return f"it lacks {missing}" if missing else None
