"""No test looks at a clock of the machine, nor gives up soon: on a busy machine it would fail."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS

TESTS = Path(__file__).parents[1]
CLOCKS = {
    *("default_timer", "elapsed", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"),
    *("process_time", "process_time_ns", "thread_time", "thread_time_ns", "time_ns"),
}
GIVING_UP = {"communicate", "get", "join", "post", "result", "run", "wait"}


def offences(source: str) -> list[str]:
    """The lines of a test that a machine's speed decides about, each with what stands there."""
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.expr) and (_is_clock(node) or _gives_up_soon(node))
    ]


def _is_clock(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="time"), attr="time"):
            return True
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in CLOCKS
    return False


def _gives_up_soon(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in GIVING_UP:
        return False
    return any(_is_short(seconds) for seconds in _timeouts(node))


def _timeouts(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "timeout")
    # `event.wait(5)`, `thread.join(5)`
    if ast.unparse(call.func).rpartition(".")[2] in {"join", "wait"}:
        yield from call.args


def _is_short(seconds: ast.expr) -> bool:
    return (
        isinstance(seconds, ast.Constant)
        and isinstance(seconds.value, (int, float))
        and seconds.value < PATIENCE_SECONDS
    )


def test_no_machine_is_too_slow_for_a_test() -> None:
    found = {str(path.relative_to(TESTS)): offences(path.read_text("utf-8")) for path in TESTS.rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "assert time.monotonic() - began < 1",
        "assert perf_counter() - began < 1",
        "assert time.time() < end",
        "assert 0.2 <= httpx.get(url).elapsed.total_seconds()",
        "thread.join(5)",
        "process.wait(timeout=60)",
        "assert other.wait(5)",
    ],
)
def test_what_a_busy_machine_would_fail_is_found(source: str) -> None:
    assert offences(source) != []


@pytest.mark.parametrize(
    "source", ["town.wait(minutes=5)", "', '.join(names)", "thread.join(PATIENCE_SECONDS)"]
)
def test_what_no_machine_fails_is_left_alone(source: str) -> None:
    assert offences(source) == []
