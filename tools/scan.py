"""Scans the templates or the code: `python tools/scan.py checkov`, `python tools/scan.py bandit FOLDER…`.

What stands in spite of a finding is an exception, and has its reason: in .checkov.yaml, in pyproject.toml, or
at the line itself (`# the reason # nosec B310`). An exception without a reason, and one for which nothing is
found any more, fails as a finding does. Both scanners read the same exceptions when they are run by hand.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ("template.yaml", "monitoring.yaml")
CHECKOV = ROOT / ".tools" / "checkov" / "bin" / "checkov"
BANDIT = Path(sys.executable).with_name("bandit")

_LISTED = re.compile(r'^\s*(?:- )?"?((?:CKV2?_AWS_|B)\d+)"?,?$')
_COMMENT = re.compile(r"^\s*# ?(.*)$")
_AT_A_LINE = re.compile(r"# (?:noqa: \w+ - )?(?P<reason>.*)# nosec (?P<check>B\d+)$")


@dataclass(frozen=True)
class Finding:
    check: str
    says: str
    place: str
    # The lines that it is about: an exception at any of them is meant for it.
    lines: range

    def __str__(self) -> str:
        return f"{self.check} at {self.place}:{self.lines.start}: {self.says}"


@dataclass(frozen=True)
class Standing:
    """An exception: for one line, or, without one, for all that its file is about."""

    check: str
    reason: str
    file: str
    line: int
    is_for_its_line: bool

    def covers(self, finding: Finding) -> bool:
        if self.check != finding.check:
            return False
        return not self.is_for_its_line or (finding.place == self.file and self.line in finding.lines)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: the exception {self.check}"


def listed(path: Path) -> Iterator[Standing]:
    """The exceptions of a scanner's settings, each with the comment above it; several may share one."""
    reason: list[str] = []
    is_told = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if entry := _LISTED.match(line):
            yield Standing(entry[1], " ".join(reason), path.name, number, is_for_its_line=False)
            is_told = True
        elif comment := _COMMENT.match(line):
            reason, is_told = [*([] if is_told else reason), comment[1]], False
        else:
            reason, is_told = [], False


def at_lines(files: Iterable[Path]) -> Iterator[Standing]:
    for file in files:
        place = str(file.relative_to(ROOT))
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            if found := _AT_A_LINE.search(line):
                yield Standing(found["check"], found["reason"].strip(), place, number, is_for_its_line=True)


def problems(findings: Iterable[Finding], exceptions: Iterable[Standing]) -> Iterator[str]:
    """What has to be mended: in the code, or among the exceptions."""
    found, standing = list(findings), list(exceptions)
    for finding in found:
        if not any(one.covers(finding) for one in standing):
            yield str(finding)
    for one in standing:
        if not one.reason:
            yield f"{one} has no reason; it stands in a comment above it, or before `# nosec`"
        if not any(one.covers(finding) for finding in found):
            yield f"{one} is not needed any more: nothing is found"


def checkov() -> Iterator[Finding]:
    """Everything that checkov finds in the templates, exceptions or not; nothing is asked of the network."""
    with TemporaryDirectory() as folder:
        for template in TEMPLATES:
            shutil.copy(ROOT / template, folder)
        # In a folder without settings.
        report = _report(
            [str(CHECKOV), *(part for template in TEMPLATES for part in ("--file", template))],
            ["--framework", "cloudformation", "--skip-download", "--compact", "--output", "json"],
            folder,
        )
    if report["summary"]["parsing_errors"]:
        raise SystemExit(f"checkov can't read {report['results']['parsing_errors']}")
    results = report["results"]
    # What a comment in the template excepts is one more finding: exceptions stand in one place.
    for one in (*results["failed_checks"], *results["skipped_checks"]):
        first, last = one["file_line_range"]
        place = f"{one['file_path'].lstrip('/')} {one['resource']}"
        yield Finding(one["check_id"], one["check_name"], place, range(first, last + 1))


def bandit(folders: Iterable[str]) -> Iterator[Finding]:
    """Everything that bandit finds in the folders, exceptions or not."""
    report = _report(
        [str(BANDIT), "--recursive", "--ignore-nosec", "--quiet"], ["--format", "json", *folders], ROOT
    )
    if report["errors"]:
        raise SystemExit(f"bandit can't read {report['errors']}")
    for one in report["results"]:
        lines = range(min(one["line_range"]), max(one["line_range"]) + 1)
        yield Finding(one["test_id"], one["issue_text"], one["filename"].removeprefix("./"), lines)


def _report(command: list[str], options: list[str], folder: Path | str) -> Any:
    with TemporaryDirectory() as home:
        # Whoever runs it may have settings of his own for either.
        environment = {**os.environ, "HOME": home, "XDG_CACHE_HOME": home, "LOG_LEVEL": "ERROR"}
        finished = subprocess.run(
            [*command, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    # Both end with 1 when they find something.
    if finished.returncode not in (0, 1) or not finished.stdout:
        raise SystemExit(f"{command[0]} ended with {finished.returncode}: {finished.stderr}")
    return json.loads(finished.stdout)


def main(scanner: str, folders: list[str]) -> int:
    if scanner == "checkov":
        found = list(problems(checkov(), listed(ROOT / ".checkov.yaml")))
    else:
        files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
        exceptions = (*listed(ROOT / "pyproject.toml"), *at_lines(files))
        found = list(problems(bandit(folders), exceptions))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
