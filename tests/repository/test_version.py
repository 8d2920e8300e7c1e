"""A stack says its version, and it is the package's."""

import tomllib

from tests.support.template import ROOT, raw_template


def test_the_template_and_the_package_are_of_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert raw_template()["Outputs"]["Version"]["Value"] == project["version"]
