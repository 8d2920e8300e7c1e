"""What the wheel asks for is what the repository installs."""

import tomllib
from pathlib import Path
from typing import Any

PROJECT: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))


def test_the_extra_that_runs_the_bundle_brings_what_the_functions_and_the_runner_need() -> None:
    groups = PROJECT["dependency-groups"]
    needed = {one for name in ("local", "softlinx-api", "api-input") for one in groups[name]}
    assert sorted(needed) == PROJECT["project"]["optional-dependencies"]["local"]
