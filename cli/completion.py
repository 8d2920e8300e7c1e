"""`faxledger completion`: what has a shell complete commands and options."""

import argparse
from argparse import Namespace
from typing import Final

import shtab

from cli.arguments import Commands, add_command

_DESCRIPTION: Final = """\
Print a script that has your shell complete commands, options and their words.

examples, to be run once, and again after an upgrade:
  faxledger completion bash > ~/.bash_completion
  faxledger completion zsh > ~/.zfunc/_faxledger
  faxledger completion fish > ~/.config/fish/completions/faxledger.fish

zsh looks in ~/.zfunc where ~/.zshrc says, before compinit:
  fpath+=~/.zfunc

Exit status: 0.
"""
_SHELLS: Final = ("bash", "zsh", "fish")
_FILES: Final = {"FILE", "FOLDER"}


def add_to(commands: Commands) -> None:
    completion = add_command(
        commands, "completion", _run, short="have your shell complete commands", description=_DESCRIPTION
    )
    completion.add_argument("shell", choices=_SHELLS, metavar="SHELL", help=", ".join(_SHELLS))


def _run(given: Namespace) -> int:
    # Only now: it is the one that loads this module.
    from cli.main import parser  # noqa: PLC0415

    everything = parser()
    for command in _commands_of(everything):
        for action in command._actions:  # noqa: SLF001 - argparse has no other way to an option
            if action.metavar in _FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(everything, given.shell))
    return 0


def _commands_of(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parser and those of all its commands, and of theirs."""
    found = [parser]
    for action in parser._actions:  # noqa: SLF001 - the same
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            for command in action.choices.values():
                found += _commands_of(command)
    return found
