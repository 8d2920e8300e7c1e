"""`faxledger completion`: a shell knows every command, its options and their words."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.main import MODULES, main

_ASK = r"""
source "$1"
shift
COMP_WORDS=(faxledger "$@")
COMP_CWORD=$#
$(complete -p faxledger | sed 's/.*-F \([^ ]*\).*/\1/')
echo "${COMPREPLY[@]}"
"""


@pytest.fixture
def bash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "faxledger.bash"
    script.write_text(capsys.readouterr().out)
    return script


def completed(script: Path, *words: str) -> set[str]:
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", _ASK, "-", script, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_commands_options_and_words_are_completed(bash: Path) -> None:
    assert completed(bash, "") >= {name for names in MODULES.values() for name in names}
    assert completed(bash, "list", "--sta") == {"--status", "--stack"}
    assert completed(bash, "list", "--status", "s") == {"submitted", "sent"}
    assert completed(bash, "routes", "") >= {"list", "show", "put", "enable", "delete"}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_gets_a_script_of_its_own(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "faxledger" in script
    assert "settled-by" in script
