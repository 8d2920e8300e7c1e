"""docs/cost.md says of costs what the bench has counted, at the prices of the same day."""

from pathlib import Path

from bench.cost import page_rows, recorded
from bench.cost_prices import AS_OF, REGION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cost.md").read_text("utf-8")
IN_LINE = " ".join(PAGE.split())


def test_the_page_has_the_recorded_cost_of_each_kind_and_of_a_delivery() -> None:
    rows = page_rows(recorded())
    assert [row for row in rows if row not in PAGE] == []


def test_the_page_has_what_is_recorded_of_a_month() -> None:
    month = recorded()["usd_a_month"]
    for provider in ("Softlinx", "GreenFax"):
        assert f"{month[f'schedules with {provider}']:.2f} USD with {provider}" in IN_LINE
    assert (
        f"queues, which Lambda asks whether or not anything is in them: {month['an idle queue']} USD" in PAGE
    )
    assert f"{month['a secret']:.2f} USD each" in IN_LINE


def test_what_is_recorded_was_priced_by_the_table_at_hand() -> None:
    assert recorded()["prices"] == f"{REGION}, {AS_OF}"
    assert f"the lists of {REGION} of {AS_OF}" in IN_LINE


def test_readme_says_what_the_cheapest_and_the_dearest_million_faxes_cost() -> None:
    faxes = {what: usd for what, usd in recorded()["usd_a_million"].items() if what != "a delivery"}
    assert len(faxes) == 4
    said = f"[a million faxes cost](docs/cost.md) {min(faxes.values()):.0f} to {max(faxes.values()):.0f} USD"
    assert said in " ".join((ROOT / "README.md").read_text("utf-8").split())
