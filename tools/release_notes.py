"""Prints what CHANGELOG.md says of a release: `python -m tools.release_notes v0.1.0 https://…/blob/v0.1.0`.

The address is where the changelog's links lead on a page that is not in the repository; without one they stay
as they are. It fails where the tag, the version in pyproject.toml and the changelog do not tell of the same
release. It needs nothing but Python, so that a release that can't be made is refused before anything is
installed.
"""

import re
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]
# To a file of the repository, and not to a place elsewhere.
_LINK: Final = re.compile(r"\]\((?![a-z]+:|#)")
_SECTION: Final = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<day>\S+))?$", re.MULTILINE)


class NotReleasable(Exception):
    """What of a release is missing, or contradicts the rest of it."""


def notes(tag: str, *, version: str, changelog: str, source: str = "") -> str:
    """The changelog's section of a version, its links beginning at `source`. Raises `NotReleasable`."""
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
    return _LINK.sub(f"]({source}/", section.strip()) if source else section.strip()


def main() -> None:
    """Prints the notes of the tag that is given."""
    version = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    changelog = (_ROOT / "CHANGELOG.md").read_text("utf-8")
    try:
        print(notes(sys.argv[1], version=version, changelog=changelog, source="".join(sys.argv[2:3])))
    except NotReleasable as problem:
        sys.exit(f"{problem}.")


if __name__ == "__main__":
    main()
