"""What goes wrong in a simulated day, as the command line has it."""

from typing import Any

import pytest

from cli.main import parser
from cli.up_arguments import shares_of
from local.show.simulators.faults import Faults


def shares(*arguments: str) -> dict[str, Any]:
    return shares_of(vars(parser().parse_args(["up", *arguments])))


def test_where_nothing_is_given_every_fault_has_its_default() -> None:
    assert shares()["drop"] == shares()["repeat"] == pytest.approx(1 / 3)
    Faults(**shares())


@pytest.mark.parametrize(
    "given",
    [
        ("--drop", "1"),
        ("--drop", "0.5", "--repeat", "0.5"),
        ("--reorder", "1"),
        ("--delay", "1"),
        ("--unknown-word", "1"),
        ("--unreachable", "0.9"),
    ],
)
def test_a_default_gives_way_to_what_is_given(given: tuple[str, ...]) -> None:
    found = shares(*given)
    Faults(**found)
    for option, share in zip(given[::2], given[1::2], strict=True):
        assert found[option.removeprefix("--").replace("-", "_")] == float(share)


def test_a_default_takes_what_is_left_and_no_more_than_it_is() -> None:
    assert shares("--drop", "0.9")["repeat"] == pytest.approx(0.1)
    assert shares("--drop", "0.5")["repeat"] == pytest.approx(1 / 3)
    assert shares("--drop", "1")["delay"] == shares()["delay"]


def test_more_than_can_happen_is_refused_when_it_was_asked_for() -> None:
    with pytest.raises(ValueError, match="drop \\+ unreachable \\+ repeat must not exceed 1"):
        Faults(**shares("--drop", "0.7", "--repeat", "0.5"))
