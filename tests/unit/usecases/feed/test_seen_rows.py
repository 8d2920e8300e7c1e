"""The rows of the last reading, remembered in eight bytes each."""

import tracemalloc
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from faxledger.usecases.feed_seen_rows import SeenRows
from tests.fakes.clock import NOON

DIGESTS = st.sets(st.integers(0, 2**64 - 1), max_size=50)


def remembered(before: set[int], now: set[int], *, is_whole: bool) -> SeenRows:
    first = SeenRows("way", NOON)
    for digest in before:
        first.add(digest)
    second = SeenRows.recalled(first.content(is_whole=True), "way", NOON)
    for digest in now:
        second.add(digest)
    return SeenRows.recalled(second.content(is_whole=is_whole), "way", NOON)


@given(DIGESTS, DIGESTS)
def test_a_whole_reading_replaces_the_one_before_and_a_part_is_added(before: set[int], now: set[int]) -> None:
    whole, part = (remembered(before, now, is_whole=is_whole) for is_whole in (True, False))
    for digest in before | now:
        assert (digest in whole) == (digest in now)
        assert digest in part


def test_what_was_not_seen_is_not_remembered() -> None:
    seen = remembered({5, 2**63}, {7}, is_whole=True)
    assert [digest in seen for digest in (0, 5, 6, 7, 8, 2**63, 2**64 - 1)] == [False] * 3 + [True] + [
        False
    ] * 3


def test_the_day_counts_from_when_everything_was_looked_at() -> None:
    content = SeenRows("way", NOON)
    content.add(1)
    for hours in (6, 12, 23):
        moment = NOON + timedelta(hours=hours)
        later = SeenRows.recalled(content.content(is_whole=True), "way", moment)
        assert 1 in later
        later.add(1)
        content = later
    assert 1 not in SeenRows.recalled(content.content(is_whole=True), "way", NOON + timedelta(hours=24))


def test_a_memory_from_the_future_or_of_another_way_counts_for_nothing() -> None:
    seen = SeenRows("way", NOON)
    seen.add(1)
    content = seen.content(is_whole=True)
    assert 1 in SeenRows.recalled(content, "way", NOON)
    assert 1 not in SeenRows.recalled(content, "way", NOON - timedelta(seconds=1))
    assert 1 not in SeenRows.recalled(content, "other", NOON)
    assert 1 not in SeenRows.recalled(content[:-1], "way", NOON)
    assert 1 not in SeenRows.recalled(None, "way", NOON)


def test_a_hundred_thousand_rows_take_a_few_bytes_each() -> None:
    dice = Random(7)  # noqa: S311 - numbers to remember
    tracemalloc.start()
    try:
        first = SeenRows("way", NOON)
        for _ in range(100_000):
            first.add(dice.getrandbits(64))
        content = first.content(is_whole=True)
        assert len(content) < 801_000
        second = SeenRows.recalled(content, "way", NOON)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert second._before.itemsize == 8
    assert peak < 5_000_000
