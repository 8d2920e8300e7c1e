"""Has a wheel carry the console's page: hatchling calls it for each wheel that it builds."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUILT: Final = "console/built"
_IN_THE_WHEEL: Final = "faxledger_command/bundle/console/built"


class ConsoleInWheel(BuildHookInterface):  # type: ignore[misc] # hatchling is only there while it builds
    """Builds the page where it is not, or says what the wheel goes without."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # A checkout's own environment finds the page where `make console` puts it.
        if version == "editable":
            return
        root = Path(self.root)
        make = shutil.which("make")
        if make and shutil.which("npm"):
            subprocess.run([make, "--silent", "console"], cwd=root, check=True)
        if (root / _BUILT / "index.html").is_file():
            build_data["force_include"][_BUILT] = _IN_THE_WHEEL
        else:
            self.app.display_warning(
                "This wheel has no console: its page is built with make and Node's npm, which are not here."
            )
