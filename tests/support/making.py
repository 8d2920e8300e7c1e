"""What some tests need and most do not: made by the Makefile, when the first test asks for it."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# By the names of the Makefile's targets.
BUNDLE = ("build", ".tools/runtime/.ready", ".tools/aws-lambda-rie")
NODE_PACKAGES = ("node_modules/.ready",)


class NotMade(Exception):
    """The text is what make said."""


def make(config: pytest.Config, *targets: str) -> None:
    """Has the Makefile make what is missing or out of date; one process makes it, the others wait.

    Raises NotMade.
    """
    lock = ROOT / ".tools" / "making.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if _run("--question", *targets).returncode == 0:
            return
        _say(config, f"these tests need `make {' '.join(targets)}`, which may take a minute")
        made = _run(*targets)
        if made.returncode:
            raise NotMade(f"`make {' '.join(targets)}` failed:\n{made.stdout}")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Without the variables that would tie this make to one that runs the tests.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _say(config: pytest.Config, text: str) -> None:
    capture = config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    # To stderr, which pytest-xdist leaves to its processes.
    with capture.global_and_fixture_disabled():
        print(f"\n{text}", file=sys.stderr, flush=True)  # noqa: T201 - to the person who waits
