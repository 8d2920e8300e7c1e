"""The same seed gives the same history, and one history of each profile holds.

Others, by chance, are what `test_by_chance.py` is for, and `make simulate`.
"""

import gc
from collections import Counter

import pytest
from greenlet import greenlet

from tests.simulation.faults import PROFILES
from tests.simulation.world import live, open_town
from tools.simulate import Progress


# Short ones in which much happens.
@pytest.mark.parametrize("seed", [57, 390])
def test_the_same_seed_gives_the_same_history(seed: int) -> None:
    first, second = live("heavy", seed), live("heavy", seed)

    assert first.trace == second.trace
    assert first.faults.happened == second.faults.happened


def test_a_history_that_is_over_leaves_no_actor_behind() -> None:
    with open_town("heavy", 390) as town:
        town.live()
    actors = [one for one in gc.get_objects() if isinstance(one, greenlet) and one.parent is not None]

    assert [actor for actor in actors if not actor.dead] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_history_of_each_profile_holds(profile: str) -> None:
    assert live(profile, 57).violation is None, f"make simulate PROFILE={profile} SEED=57"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_line_of_progress_fits_a_terminal(profile: str) -> None:
    states = {str(number) for number in range(99)}
    progress = Progress(profile, -1000.0, 9999, 12_345_678, 4_321_000, Counter({"a fault": 999_999}), states)

    assert len(str(progress)) < 80
