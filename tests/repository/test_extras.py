"""What the wheel asks for is what the repository installs."""

import tomllib
from pathlib import Path
from typing import Any

PROJECT: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))


def test_the_extras_bring_what_the_functions_the_runner_and_receipts_need() -> None:
    groups = PROJECT["dependency-groups"]
    needed = {one for name in ("local", "softlinx-api", "api-input") for one in groups[name]}
    assert groups["receipts"] == PROJECT["project"]["optional-dependencies"]["receipts"]
    assert sorted(needed) == PROJECT["project"]["optional-dependencies"]["local"]
