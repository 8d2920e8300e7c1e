"""Writes docs/parameters.md: every parameter of template.yaml, by the themes of its own interface."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from local.runtime.template import read_document

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "parameters.md"
_HEAD: Final = """\
# Parameters

All there are, by theme. `faxledger init` asks for the ones that matter; the others keep their defaults
until you give them, as in `faxledger init --set OverdueHours=48`, which writes them into
`samconfig.toml` for `sam deploy`. On one machine `faxledger up` takes each from an environment variable
of its name. [Operations](operations.md) says more of many, and [security](security.md) of those that say
how long something is kept.

This page is made from `template.yaml` by `python -m tools.parameters_page`.
"""


def page() -> str:
    """The whole page. Raises `CannotRun` for a template that can't be read."""
    return "\n".join(_lines(read_document(ROOT / "template.yaml")))


def _lines(template: Mapping[str, Any]) -> Iterator[str]:
    yield _HEAD
    for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        yield f"## {group['Label']['default']}\n"
        yield "| parameter | default | may be | what it says |"
        yield "| --- | --- | --- | --- |"
        for name in group["Parameters"]:
            entry = template["Parameters"][name]
            cells = (f"`{name}`", _default(entry), _allowed(entry), entry["Description"])
            yield f"| {' | '.join(cells)} |"
        yield ""


def _default(entry: Mapping[str, Any]) -> str:
    default = str(entry["Default"])
    return f"`{default}`" if default else "nothing"


def _allowed(entry: Mapping[str, Any]) -> str:
    if "AllowedValues" in entry:
        return ", ".join(f"`{value}`" for value in entry["AllowedValues"])
    if "MinValue" in entry:
        return f"{entry['MinValue']} to {entry['MaxValue']}"
    return "a list with commas" if entry["Type"] == "CommaDelimitedList" else ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
