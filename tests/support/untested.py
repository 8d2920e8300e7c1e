"""What could not be tested here, and why: said aloud at the end of a run, and a failure in CI."""

import os
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
reasons: list[str] = []


def cannot_test(reason: str) -> NoReturn:
    """Skips a test for want of a tool on a person's machine; fails it in CI, which has to have every tool."""
    if IN_CI:
        pytest.fail(f"CI has to be able to test this: {reason}")
    if reason not in reasons:
        reasons.append(reason)
    pytest.skip(reason)
