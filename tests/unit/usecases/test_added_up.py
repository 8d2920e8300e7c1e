"""A batch tells what it has counted once, whatever happens to it."""

import pytest

from faxledger.usecases.added_up import added_up
from tests.fakes.observe import Counts


def test_a_name_is_told_once_with_each_of_its_labels() -> None:
    counts = Counts()
    with added_up(counts) as count:
        for source in ("feed", "poll", "feed"):
            count("Known", provider="softlinx", source=source)
        count("Stored", 4)
        assert counts.values == []
    assert counts.values == [
        (("Known", {"provider": "softlinx", "source": "feed"}), 2),
        (("Known", {"provider": "softlinx", "source": "poll"}), 1),
        (("Stored", {}), 4),
    ]


def test_what_was_counted_before_trouble_is_told() -> None:
    counts = Counts()

    def count_and_fail() -> None:
        with added_up(counts) as count:
            count("Known")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        count_and_fail()
    assert counts["Known"] == 1
