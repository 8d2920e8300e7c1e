"""The measurement of what grows measures what it says, on few faxes and in this process."""

import pytest

from bench.filled_table import filled_table
from bench.growth import Swept, judge_pages, judge_sweeps, table_of_pages, table_of_sweeps
from bench.growth_run import listed, swept

FAXES = 60


def test_every_listing_is_asked_for_and_every_debt_sent_for_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "bench")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with filled_table(FAXES) as (url, asks):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        pages = list(listed(FAXES))

        def sweep(name: str) -> Swept:
            asks.send(None)
            asks.recv()
            measured = swept(300)
            asks.send(None)
            return Swept(name, FAXES, **measured, asked=asks.recv())

        first, again = sweep("first"), sweep("again")

    fewer = Swept("none", 0, 0, 0, 0, first.asked)
    judge_pages(pages, pages, FAXES)
    judge_sweeps(fewer, first, again, 300, 512)

    # How long it takes is a matter for `make bench-growth`, on more faxes.
    said = capsys.readouterr().out
    assert f"kept    {FAXES} of {FAXES} debts were sent for within one run, each once" in said
    assert "kept    the next run sends for none of them" in said
    assert "kept    no page examines more than" in said
    # Of a day there are as many as the clock has it.
    assert {
        page.listing: page.faxes for page in pages if page.page == "first" and page.listing != "a day"
    } == {
        "all": 50,
        "status=failed": 6,
        "unfinished=true": 50,
        "user=, who has few": 1,
        "reference=": 20,
        "provider=greenfax, who has none": 0,
    }
    assert len(table_of_pages(pages).splitlines()) == 1 + len(pages)
    assert table_of_sweeps([first, again]).splitlines()[-1].split()[:3] == ["again", str(FAXES), "0"]
