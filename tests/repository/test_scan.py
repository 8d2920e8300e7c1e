"""`make security` refuses a finding that nobody excepted, and an exception without a reason or a finding."""

from pathlib import Path

import pytest

from tests.support.template import ROOT
from tools.scan import Finding, Standing, at_lines, listed, problems

FOUND = Finding("CKV_AWS_21", "versions are off", "template.yaml AWS::S3::Bucket.Documents", range(10, 30))
FOUND_AT_A_LINE = Finding("B310", "any scheme may be opened", "tools/fetch.py", range(30, 33))
EXCEPTED = Standing("CKV_AWS_21", "keys are hashes", ".checkov.yaml", 9, is_for_its_line=False)
EXCEPTED_AT_A_LINE = Standing("B310", "from our own lock", "tools/fetch.py", 31, is_for_its_line=True)


def test_a_finding_is_a_problem_unless_it_is_excepted() -> None:
    assert list(problems([FOUND, FOUND_AT_A_LINE], [])) == [str(FOUND), str(FOUND_AT_A_LINE)]
    assert list(problems([FOUND, FOUND_AT_A_LINE], [EXCEPTED, EXCEPTED_AT_A_LINE])) == []


@pytest.mark.parametrize(
    "exception",
    [
        Standing("B310", "from our own lock", "tools/fetch.py", 33, is_for_its_line=True),
        Standing("B310", "from our own lock", "tools/other.py", 31, is_for_its_line=True),
        Standing("B311", "seeded", "tools/fetch.py", 31, is_for_its_line=True),
    ],
)
def test_an_exception_at_a_line_is_for_this_check_at_this_line(exception: Standing) -> None:
    assert str(FOUND_AT_A_LINE) in list(problems([FOUND_AT_A_LINE], [exception]))


def test_an_exception_needs_a_reason_and_a_finding() -> None:
    without_reason = Standing("CKV_AWS_21", "", ".checkov.yaml", 9, is_for_its_line=False)
    assert [one.partition(" has ")[0] for one in problems([FOUND], [without_reason])] == [str(without_reason)]
    assert list(problems([], [EXCEPTED])) == [f"{EXCEPTED} is not needed any more: nothing is found"]


def test_the_reason_stands_above_and_several_exceptions_may_share_it(tmp_path: Path) -> None:
    settings = tmp_path / ".checkov.yaml"
    settings.write_text(
        "# How it is run.\nskip-check:\n"
        "  # Keys are hashes,\n  # so nothing is overwritten.\n  - CKV_AWS_21\n  - CKV_AWS_18\n"
        "  # Callers are answered.\n  - CKV_AWS_116\n\n  - CKV_AWS_117\n"
    )
    assert [(one.check, one.reason) for one in listed(settings)] == [
        ("CKV_AWS_21", "Keys are hashes, so nothing is overwritten."),
        ("CKV_AWS_18", "Keys are hashes, so nothing is overwritten."),
        ("CKV_AWS_116", "Callers are answered."),
        ("CKV_AWS_117", ""),
    ]


@pytest.mark.parametrize("settings", [".checkov.yaml", "pyproject.toml"])
def test_each_exception_that_is_listed_has_its_reason(settings: str) -> None:
    exceptions = list(listed(ROOT / settings))
    assert exceptions
    assert [str(one) for one in exceptions if not one.reason] == []


def test_each_exception_at_a_line_has_its_reason() -> None:
    files = [path for folder in ("cli", "local", "bench", "tools") for path in (ROOT / folder).rglob("*.py")]
    exceptions = list(at_lines(files))
    assert exceptions
    assert [str(one) for one in exceptions if not one.reason] == []


def test_what_is_deployed_has_no_exception_of_its_own() -> None:
    files = [path for folder in ("shared", "functions") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in files if "# nosec" in path.read_text("utf-8")] == []
