"""Writes bills of materials into a folder, as CycloneDX has it: of what is deployed, and of the command.

Both are of what uv.lock pins. The bundle's holds the packages of all layers, as `tools/artifact.py` fills
them; the command's what a wheel with every extra brings.
"""

import argparse
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.artifact import GROUP_LAYERS, OF_THE_COMMAND, ROOT, UV

SELECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "bundle": (
        "--no-default-groups",
        *(f"--group={layer.removesuffix('-layer')}" for layer in GROUP_LAYERS),
        *(f"--no-emit-package={name}" for name in OF_THE_COMMAND),
    ),
    "command": ("--no-default-groups", "--all-extras"),
}


def bill_of(what: str) -> str:
    """The bill of one of `SELECTIONS`, in CycloneDX 1.5. Raises `CalledProcessError` where uv fails."""
    export = (UV, "export", "--frozen", "--quiet", "--format=cyclonedx1.5", "--project", ROOT)
    return subprocess.run([*export, *SELECTIONS[what]], capture_output=True, text=True, check=True).stdout


def version() -> str:
    """That of pyproject.toml."""
    project: Mapping[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project["version"]


def main() -> None:
    """Writes `faxledger-<what>-<version>.cdx.json` for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, required=True)
    into: Path = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    for what in SELECTIONS:
        (into / f"faxledger-{what}-{version()}.cdx.json").write_text(bill_of(what), "utf-8")


if __name__ == "__main__":
    main()
