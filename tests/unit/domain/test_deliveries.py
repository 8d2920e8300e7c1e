"""Whose turn it is when more is due than can be sent for."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from faxledger.domain.deliveries import in_turn


@given(st.lists(st.sampled_from("abcde")), st.integers(0, 20))
def test_whoever_has_the_most_waiting_gets_no_more_turns_than_another_who_still_waits(
    targets: list[str], most: int
) -> None:
    waiting = list(enumerate(targets))
    found = list(in_turn(waiting, lambda one: one[1], most=most))
    assert len(set(found)) == len(found) == min(most, len(waiting))
    turns, wanted = Counter(target for _, target in found), Counter(targets)
    longest = max(turns.values(), default=0)
    assert all(turns[target] >= min(wanted[target], longest - 1) for target in wanted)
    for target in turns:
        first = [one for one in waiting if one[1] == target][: turns[target]]
        assert [one for one in found if one[1] == target] == first
