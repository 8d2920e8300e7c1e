"""The commands and places that README.md names are there."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
    for words in commands():
        if words[0].endswith("faxledger"):
            asked = [word.split("=")[0] for word in words[1:] if word.startswith("--")]
            subcommand = words[1] if len(words) > 1 and not words[1].startswith("-") else ""
            told = subprocess.run(
                [Path(sys.executable).with_name("faxledger"), *subcommand.split(), "--help"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert told.returncode == 0, told.stderr
            assert [option for option in asked if option not in told.stdout] == []


def test_every_place_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README.read_text("utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []
