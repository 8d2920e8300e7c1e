"""The commands that README.md names are there."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cli.main import parser

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def commands() -> Iterator[list[str]]:
    """Each command of the shell blocks, without prompts, comments and continued lines' breaks."""
    shell_block = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    for block in shell_block.findall(README.read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words:
                yield words


def test_readme_names_make_run_and_make_test() -> None:
    given = list(commands())
    assert ["make", "run"] in given
    assert ["make", "test"] in given


def test_every_make_command_of_the_readme_is_one_make_knows() -> None:
    for words in commands():
        if words[0] == "make":
            told = subprocess.run(
                ["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert told.returncode == 0, told.stderr


def test_every_faxledger_command_of_the_readme_is_understood() -> None:
    understood = []
    for words in commands():
        for at, word in enumerate(words):
            if Path(word).name == "faxledger":
                understood.append(parser().parse_args(words[at + 1 :]).command)
    assert {"up", "run", "routes"} <= set(understood)
