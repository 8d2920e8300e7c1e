"""What GitHub runs: the checks are ours, others' actions are pinned, and whatever is locked is renewed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: (?:\./\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
# Of each package manager: by which file of ours dependabot knows what to renew.
ECOSYSTEMS = {"uv": "uv.lock", "npm": "package-lock.json", "github-actions": ".github/workflows"}

by_name = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in read(workflow)["jobs"].values():
        yield from job.get("steps", [])


def test_the_checks_are_what_a_developer_runs() -> None:
    checks = GITHUB / "workflows" / "checks.yml"
    assert ".ci/run" in [step.get("run") for step in steps(checks)]
    release = read(GITHUB / "workflows" / "release.yml")["jobs"]
    assert release["checks"]["uses"] == "./.github/workflows/checks.yml"
    assert release["release"]["needs"] == "checks"


@by_name
def test_each_action_is_pinned_to_a_commit_with_its_version_beside_it(workflow: Path) -> None:
    used = [line.strip(" -") for line in workflow.read_text("utf-8").splitlines() if "uses:" in line]
    assert [line for line in used if not PINNED.match(line)] == []


@by_name
def test_a_workflow_may_read_the_repository_and_its_jobs_say_what_else(workflow: Path) -> None:
    assert read(workflow)["permissions"] == {"contents": "read"}


@by_name
def test_no_job_runs_for_ever(workflow: Path) -> None:
    jobs = read(workflow)["jobs"]
    assert [name for name, job in jobs.items() if "timeout-minutes" not in job and "uses" not in job] == []


def test_whatever_is_locked_is_renewed() -> None:
    updates = read(GITHUB / "dependabot.yml")["updates"]
    assert {one["package-ecosystem"] for one in updates} == set(ECOSYSTEMS)
    assert [place for place in ECOSYSTEMS.values() if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("pins", sorted((ROOT / "tools").glob("*.txt")), ids=lambda path: path.stem)
def test_the_command_that_pins_a_tool_heads_its_file(pins: Path) -> None:
    (command,) = re.findall(r"^#   (.*)$", pins.read_text("utf-8"), re.MULTILINE)
    assert re.match(r"echo [\w -]+ \|", command)
    assert "tools/uv pip compile - --universal --generate-hashes" in command
