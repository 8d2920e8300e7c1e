"""What a function has loaded by the time it asks for work."""

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import Contestant
from bench.runtime_api import FunctionFailed, environment_of

# Nothing is asked of AWS before the first event.
_NOWHERE = "127.0.0.1:9"
_LOAD = """
import json, sys

import app

files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
print("\\n" + json.dumps({"library": sys.prefix, "files": files}))
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many modules in all, and of each package from outside the standard library, most first."""

    function: str
    modules: int
    packages: Sequence[tuple[str, int]]


def loaded_by(contestant: Contestant, python: Path) -> Loaded:
    """Raises `FunctionFailed` with what the function wrote if it does not start."""
    ran = subprocess.run(
        [python, "-S", "-c", _LOAD],
        cwd=contestant.folder,
        env=environment_of(contestant, _NOWHERE, f"https://{_NOWHERE}"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise FunctionFailed(f"{contestant.name} does not start:\n{ran.stdout}")
    found = json.loads(ran.stdout.splitlines()[-1])
    installed = Counter(
        name.partition(".")[0]
        for name, file in found["files"].items()
        if file and not file.startswith(found["library"])
    )
    del installed["app"]
    return Loaded(contestant.name, len(found["files"]), installed.most_common())
