"""The measurement of the feed measures what it says: every contestant finds every row of what it is given."""

from pathlib import Path

import pytest

from bench.greenfax_feed import Measured, Reading, judge, table, written
from bench.greenfax_feed_run import CONTESTANTS, FIRST, PIPELINES, measured


def test_every_contestant_finds_every_row_and_a_first_reading_settles_each_by_one_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds, news = written(tmp_path / "feed", 400), written(tmp_path / "news", 200)

    def reading(name: str) -> Reading:
        # In this process, so that nothing but the counts is worth anything.
        small, large = (Measured(name, **measured(name, feed)) for feed in (news if name == FIRST else feeds))
        return Reading(small, large, 100.0)

    parsed, read = ({name: reading(name) for name in names} for names in (CONTESTANTS, (FIRST, *PIPELINES)))
    empty = Measured("empty", **measured("empty", feeds[1]))
    judge(dict.fromkeys((*CONTESTANTS, *PIPELINES), 400) | {FIRST: 200}, empty, parsed, read)

    # How fast and how large is a matter for `make bench-feed`, on more rows.
    said = capsys.readouterr().out
    assert "kept    every row was found" in said
    assert "kept    a first reading looks up each fax in a batch and settles it by one write" in said
    assert [
        line.split("  ")[0] for line in table([*parsed.values(), *read.values()], empty).splitlines()[1:]
    ] == [
        *CONTESTANTS,
        FIRST,
        *PIPELINES,
    ]
