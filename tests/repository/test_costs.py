"""README says of costs what the bench has counted, at the prices of the same day."""

from pathlib import Path

from bench.cost import readme_rows, recorded
from bench.cost_prices import AS_OF, REGION

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
IN_LINE = " ".join(README.split())


def test_readme_has_the_recorded_cost_of_each_kind_and_of_a_delivery() -> None:
    rows = readme_rows(recorded())
    assert [row for row in rows if row not in README] == []


def test_readme_has_what_is_recorded_of_a_month() -> None:
    month = recorded()["usd_a_month"]
    for provider in ("Softlinx", "GreenFax"):
        assert f"{month[f'schedules with {provider}']:.2f} USD with {provider}" in IN_LINE
    assert (
        f"queues, which Lambda asks whether or not anything is in them: {month['an idle queue']} USD"
        in README
    )
    assert f"{month['a secret']:.2f} USD each" in IN_LINE


def test_what_is_recorded_was_priced_by_the_table_at_hand() -> None:
    assert recorded()["prices"] == f"{REGION}, {AS_OF}"
    assert f"the lists of {REGION} of {AS_OF}" in IN_LINE
