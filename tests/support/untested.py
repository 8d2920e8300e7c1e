"""What could not be tested here, and why: said aloud at the end of a run, and a failure in CI."""

import os
from collections.abc import Iterable
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
_WANT = "cannot be tested here: "


def cannot_test(reason: str) -> NoReturn:
    """Skips a test for want of a tool on a person's machine; fails it in CI, which has to have every tool."""
    if IN_CI:
        pytest.fail(f"CI has to be able to test this: {reason}")
    pytest.skip(f"{_WANT}{reason}")


def reasons(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Why tests were skipped for want of a tool, whichever process they were to run in; each reason once."""
    texts = [report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)]
    return sorted({text.partition(_WANT)[2] for text in texts if _WANT in text})
