"""A release is made where tag, version and changelog tell of the same one; its notes are the changelog's."""

import tomllib

import pytest

from tests.support.template import ROOT
from tools.release_notes import NotReleasable, notes

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- What comes next.

## [0.2.0] - 2026-12-01

### Added

- A console.

## [0.1.0] - 2026-11-30

- The first.
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert notes("v0.2.0", version="0.2.0", changelog=CHANGELOG) == "### Added\n\n- A console."
    assert notes("v0.1.0", version="0.1.0", changelog=CHANGELOG) == "- The first."


def test_links_lead_to_the_files_of_the_release() -> None:
    changelog = "## [0.1.0] - 2026-11-30\n\n- [Cost](docs/cost.md#a), [SemVer](https://semver.org/)."
    assert notes(
        "v0.1.0", version="0.1.0", changelog=changelog, source="https://git.example/blob/v0.1.0"
    ) == ("- [Cost](https://git.example/blob/v0.1.0/docs/cost.md#a), [SemVer](https://semver.org/).")


def test_the_version_that_is_in_the_code_can_be_released() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert notes(f"v{version}", version=version, changelog=(ROOT / "CHANGELOG.md").read_text("utf-8"))


@pytest.mark.parametrize(
    ("tag", "changelog", "problem"),
    [
        ("v0.3.0", CHANGELOG, "the tag is v0.3.0, and the version in pyproject.toml 0.2.0: tag v0.2.0"),
        ("v0.2.0", "## [Unreleased]\n", "no section"),
        ("v0.2.0", CHANGELOG.replace("[0.2.0] - 2026-12-01", "[0.2.0]"), "has no day"),
        ("v0.2.0", CHANGELOG.replace("2026-12-01", "December"), "has no day"),
        ("v0.2.0", "## [0.2.0] - 2026-12-01\n\n## [0.1.0] - 2026-11-30\n\n- The first.\n", "is empty"),
    ],
)
def test_what_does_not_tell_of_one_release_is_refused(tag: str, changelog: str, problem: str) -> None:
    with pytest.raises(NotReleasable, match=problem):
        notes(tag, version="0.2.0", changelog=changelog)
