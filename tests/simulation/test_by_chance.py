"""Histories that no run before has had, of each profile in turn; a failure says how to have one again."""

from tools.simulate import main


def test_half_a_minute_of_histories_by_chance_holds() -> None:
    assert main(["--seconds", "30"]) == 0
