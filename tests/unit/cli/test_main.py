"""The command as a whole: which commands there are, and how they speak for themselves."""

from argparse import _SubParsersAction

import pytest

from cli import main as command
from cli.main import main, parser


def commands(*modules: str) -> dict[str, str]:
    """Each command's help, by its name."""
    (found,) = (one for one in parser(*modules)._actions if isinstance(one, _SubParsersAction))
    return {name: one.format_help() for name, one in found.choices.items()}


def test_each_module_has_the_commands_that_it_is_said_to_have() -> None:
    assert {module: tuple(commands(module)) for module in command.MODULES} == command.MODULES


def test_every_help_fits_into_80_columns_and_says_how_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    helps = {"": parser().format_help(), **commands()}
    assert {name: line for name, text in helps.items() for line in text.splitlines() if len(line) > 80} == {}
    assert [name for name, text in helps.items() if "exit status" not in text.lower()] == []


def test_every_command_has_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    without = [name for name, text in commands().items() if f"  faxledger {name}" not in text]
    assert without == []


def test_a_command_that_there_is_not_is_told_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sohw", "x"])
    assert ended.value.code == 2
    assert "show" in capsys.readouterr().err
