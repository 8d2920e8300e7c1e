"""The command as somebody gets it who installs the wheel: in an environment of its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import MODULES
from local.show.simulators.web import WebRequest, WebResponse, WebServer
from tests.support.built import ROOT

UV = ROOT / "tools" / "uv"
# Every thin command's help, in one process.
_HELPS = """
import contextlib, io, sys
from faxledger_command import main
for name in sys.argv[1:]:
    said = io.StringIO()
    sys.argv = ["faxledger", name, "--help"]
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main()
    print(name, said.getvalue().startswith(f"usage: faxledger {name}"))
"""
_NOT_THIN = {"up", "sam-template"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the environment's programs."""
    folder = tmp_path_factory.mktemp("wheel")
    run(UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    python = folder / "venv" / "bin" / "python"
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    run(UV, "pip", "install", "--quiet", "--python", python, wheel)
    return python.parent


@pytest.fixture
def api() -> Iterator[str]:
    def answer(request: WebRequest) -> WebResponse:
        assert request.path == "/providers"
        return WebResponse(200, b'{"providers": []}', "application/json")

    with WebServer(answer) as server:
        yield server.url


def run(*words: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    # From elsewhere: the repository must be of no help.
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == status, done.stderr
    return done


def test_the_wheel_has_every_command_that_asks_a_stack(installed: Path, api: str) -> None:
    faxledger = installed / "faxledger"
    assert run(faxledger, "providers", "--api-url", api).stdout == ""
    thin = [name for names in MODULES.values() for name in names if name not in _NOT_THIN]
    helps = run(installed / "python", "-c", _HELPS, *thin).stdout.split()
    assert helps == [word for name in thin for word in (name, "True")]
    for command in _NOT_THIN:
        lacking = run(faxledger, command, status=2).stderr
        assert "pipx install --force '.[local]'" in lacking
        assert "Traceback" not in lacking


def test_the_wheel_carries_the_console_s_page(installed: Path) -> None:
    show = "import faxledger_command as it; print(it.__path__[0])"
    folder = Path(run(installed / "python", "-c", show).stdout.strip())
    assert {"index.html", "app.js", "app.css"} <= {
        path.name for path in folder.glob("bundle/console/built/*")
    }


def test_the_wheel_leaves_the_names_of_others_alone(installed: Path) -> None:
    show = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    packages = Path(run(installed / "python", "-c", show).stdout.strip())
    ours = {
        Path(line.partition(",")[0]).parts[0]
        for line in next(packages.glob("faxledger-*.dist-info/RECORD")).read_text("utf-8").splitlines()
    }
    assert {name for name in ours if "dist-info" not in name} == {"..", "faxledger", "faxledger_command"}
