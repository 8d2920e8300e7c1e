"""Prints what CHANGELOG.md says of a release: `python -m tools.release_notes v0.1.0`.

It fails where the tag, the version in pyproject.toml and the changelog do not tell of the same release. It
needs nothing but Python, so that a release that can't be made is refused before anything is installed.
"""

import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]
_SECTION: Final = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<day>\S+))?$", re.MULTILINE)


class NotReleasable(Exception):
    """What of a release is missing, or contradicts the rest of it."""


def notes(tag: str, *, version: str, changelog: str) -> str:
    """The changelog's section of a version. Raises `NotReleasable`."""
    if tag != f"v{version}":
        raise NotReleasable(f"the tag is {tag}, and the version in pyproject.toml {version}: tag v{version}")
    sections = list(_SECTION.finditer(changelog))
    found = next((one for one in sections if one["version"] == version), None)
    if found is None:
        raise NotReleasable(f"CHANGELOG.md has no section `## [{version}]` with its day behind it")
    try:
        date.fromisoformat(found["day"] or "")
    except ValueError:
        raise NotReleasable(f"the section [{version}] of CHANGELOG.md has no day, as 2026-11-30") from None
    text = changelog[found.end() :]
    following = _SECTION.search(text)
    section = text[: following.start()] if following else text
    if not section.strip():
        raise NotReleasable(f"the section [{version}] of CHANGELOG.md is empty")
    return section.strip()


def main() -> None:
    """Prints the notes of the tag that is given."""
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changelog = (_ROOT / "CHANGELOG.md").read_text("utf-8")
    try:
        print(notes(sys.argv[1], version=version, changelog=changelog))
    except NotReleasable as problem:
        sys.exit(f"{problem}.")


if __name__ == "__main__":
    main()
