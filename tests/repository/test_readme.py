"""The commands that README.md and the pages for beginners name are there; README leads to everything else."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import parser

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCS = ROOT / "docs"
FOR_BEGINNERS = (README, DOCS / "getting_started.md", DOCS / "sending.md", DOCS / "notifications.md")
TESTS = ROOT / "tests"
FOR_DEVELOPERS = (CONTRIBUTING, TESTS / "README.md")


def commands(document: Path = README) -> Iterator[list[str]]:
    """Each command of the shell blocks, without prompts, comments and continued lines' breaks."""
    shell_block = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    for block in shell_block.findall(document.read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words:
                yield words


def test_readme_names_make_run_and_make_test() -> None:
    given = list(commands())
    assert ["make", "run"] in given
    assert ["make", "test"] in given


@pytest.mark.parametrize(
    "document", [*FOR_BEGINNERS, *FOR_DEVELOPERS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_make_command_is_one_make_knows(document: Path) -> None:
    for words in commands(document):
        if words[0] == "make":
            told = subprocess.run(
                ["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("document", FOR_BEGINNERS, ids=lambda path: path.stem)
def test_every_faxledger_command_for_beginners_is_understood(document: Path) -> None:
    understood = []
    for words in commands(document):
        # The first word of that name: a further one is a stack's.
        at = next((at for at, word in enumerate(words) if Path(word).name == "faxledger"), None)
        if at is not None:
            understood.append(parser().parse_args(words[at + 1 :]).command)
    assert understood


def test_readme_names_what_a_newcomer_asks_for() -> None:
    named = {words[1] for words in commands() if words[0] == "faxledger"}
    assert {"init", "deploy", "credentials", "urls", "doctor", "console"} <= named
    assert {"list", "show", "send", "resend", "tail", "report", "receipt", "routes"} <= named


def test_readme_is_short_and_leads_to_every_page() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= 150
    pages = [*ROOT.glob("*.md"), *DOCS.glob("**/*.md")]
    unnamed = [str(page.relative_to(ROOT)) for page in pages if f"({page.relative_to(ROOT)})" not in text]
    assert unnamed == ["README.md"]


@pytest.mark.parametrize("document", FOR_DEVELOPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_developers_are_sent_to_is_there(document: Path) -> None:
    named = re.findall(
        r"`([a-z_.]+/[\w./]+\.(?:py|yaml|md|json)|[a-z]+\.(?:yaml|md|toml))`", document.read_text("utf-8")
    )
    places = (ROOT, document.parent, ROOT / "shared" / "faxledger")
    assert named
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_folder_of_tests_has_a_line_that_says_what_is_in_it() -> None:
    said = re.findall(r"^\| `(\w+)/` \|", (TESTS / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(said) == sorted(
        {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/*.py")}
    )
