"""The commands that the documents give are ones that `faxledger` and AWS understand, of what a stack has."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from botocore import xform_name
from botocore.session import Session

from cli.main import MODULES, parser
from tests.support.template import ROOT, raw_template

PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
# A block of another language is a block too: its end begins none.
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# Of the AWS CLI itself.
FOR_ALL = frozenset({"cli-binary-format", "cli-read-timeout", "output", "query", "region"})
PROGRAMS = {"aws", "faxledger"}
# `aws s3` has no operations of its own.
S3_COMMANDS = frozenset({"cp", "rb"})

SESSION = Session()
COMMANDS = {name for names in MODULES.values() for name in names}

# Which of a command's options, or which scheme, wants the name of what.
NAMES = {
    "archive-name": "AWS::Events::Archive",
    "bucket": "AWS::S3::Bucket",
    "function-name": "AWS::Serverless::Function",
    "key-id": "AWS::KMS::Key",
    "log-group-name": "AWS::Logs::LogGroup",
    "name": "AWS::Events::EventBus",
    "queue-url": "AWS::SQS::Queue",
    "s3": "AWS::S3::Bucket",
    "secret-id": "AWS::SecretsManager::Secret",
    "source-table-name": "AWS::DynamoDB::Table",
    "table-name": "AWS::DynamoDB::Table",
}


def commands(page: Path) -> Iterator[list[str]]:
    """Each command in words, with whatever is to be put in between angle brackets as one."""
    for block in (
        text for language, text in BLOCK.findall(page.read_text("utf-8")) if language in {"", "sh"}
    ):
        for line in block.replace("\\\n", " ").splitlines():
            text = re.sub(r"<([^>]+)>", lambda place: place[1].replace(" ", "-"), line)
            for command in with_those_within(text):
                try:
                    words = shlex.split(re.split(r" [|>] ", command)[0], comments=True)
                except ValueError:
                    continue  # a document and no command
                yield words


def with_those_within(text: str) -> Iterator[str]:
    """The command, and before it those whose output it is given: `$(…)`."""
    while within := re.search(r"\$\(([^()]*)\)", text):
        yield within[1]
        text = f"{text[: within.start()]}something{text[within.end() :]}"
    yield text


def found(program: str) -> list[list[str]]:
    """What each command of a program is given. A stack may be called as the command is."""
    started = (
        words[words.index(program) + 1 :]
        for page in PAGES
        for words in commands(page)
        if next((word for word in words if word in PROGRAMS), None) == program
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


def test_every_command_that_the_doctor_names_as_a_remedy_is_one() -> None:
    named = [
        command.split()
        for path in sorted((ROOT / "cli/checkup").glob("*.py"))
        for text in texts_of(path)
        for command in re.findall(r"`((?:faxledger|aws) [^`]+)`", text)
    ]
    assert len(named) > 20
    unknown = [
        words
        for words in named
        if (words[0] == "faxledger" and words[1] not in COMMANDS)
        or (words[0] == "aws" and words[2] not in operations_of(words[1]))
    ]
    assert unknown == []


def texts_of(path: Path) -> Iterator[str]:
    """Every text of a module, with whatever is put into it as one word."""
    module = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "IT" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def operations_of(service: str) -> set[str]:
    return {xform_name(name, "-") for name in SESSION.get_service_model(service).operation_names}


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


# --- What a command names is in the template ----------------------------------------------------------------

EVERYTHING = "\n".join(page.read_text("utf-8") for page in PAGES)


def test_every_resource_that_a_command_asks_for_is_in_the_template_and_of_the_kind_that_it_takes() -> None:
    resources = raw_template()["Resources"]
    asked = re.findall(r'(?:--|")([\w-]+)(?: "|://)\$\(resource (\w+)\)', EVERYTHING)
    assert len(asked) > 20
    assert {name: option for option, name in asked if name not in resources} == {}
    assert [(option, name) for option, name in asked if resources[name]["Type"] != NAMES[option]] == []


def test_every_resource_that_is_noted_for_later_is_in_the_template() -> None:
    noted = set(re.findall(r"\$\(resource (\w+)\)", EVERYTHING))
    assert noted <= raw_template()["Resources"].keys()


def test_no_command_leaves_a_resources_name_to_be_put_in() -> None:
    left = [
        f"{page.name}: {place}"
        for page in PAGES
        for _, block in BLOCK.findall(page.read_text("utf-8"))
        for place in re.findall(r"<[A-Z]\w+>", block)
    ]
    assert left == []


def test_every_output_that_is_named_is_one_of_the_stacks() -> None:
    named = re.findall(r"\boutputs? `(\w+)`(?: and `(\w+)`)?", EVERYTHING)
    outputs = {name for both in named for name in both if name}
    assert outputs
    assert outputs <= raw_template()["Outputs"].keys()
