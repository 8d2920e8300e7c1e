"""A period is the same wherever it stands: code, template, documents, a function's first line."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from faxledger.providers.greenfax.feed_plan import ALLOWANCE
from faxledger.usecases.notify import MOST_ATTEMPTS, RETRY_SCHEDULE
from tests.support.template import raw_template

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COST = (ROOT / "docs" / "cost.md").read_text("utf-8")
NOTIFICATIONS = (ROOT / "docs" / "notifications.md").read_text("utf-8")
UNITS = {"s": "seconds", "min": "minutes", "h": "hours"}
WORDS = {"hour": "1 hour", "five minutes": "5 minutes", "day": "1 day"}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
# By the clocks of a time zone, in the same hour of every day.
DAILY = re.compile(r"cron\(\d+(/\d+)? \d+ \* \* \? \*\)")


def duration(text: str) -> timedelta:
    number, unit = text.split()
    return timedelta(**{UNITS.get(unit, unit.rstrip("s") + "s"): int(number)})


def schedule_of(function: str) -> timedelta:
    """The period of a function's schedule; of a choice, the one that is taken by default."""
    events = raw_template()["Resources"][function]["Properties"]["Events"]
    (event,) = (one["Properties"] for one in events.values() if one["Type"] == "ScheduleV2")
    expression: Any = event["ScheduleExpression"]
    if isinstance(expression, dict):
        expression = expression["Fn::If"][2]
    if DAILY.fullmatch(expression):
        return timedelta(days=1)
    number, unit = RATE.fullmatch(expression).groups()  # type: ignore[union-attr]
    return duration(f"{number} {unit}")


SCHEDULED = {
    name: resource["Properties"]["CodeUri"]
    for name, resource in raw_template()["Resources"].items()
    if any(
        event["Type"] == "ScheduleV2" for event in resource.get("Properties", {}).get("Events", {}).values()
    )
}


def test_receivers_are_told_the_retry_schedule() -> None:
    said = re.search(r"is tried again after ((?:\d+ (?:s|min|h)(?:,| and)?\s+)+)", NOTIFICATIONS)
    assert said is not None
    assert tuple(map(duration, re.findall(r"\d+ (?:s|min|h)", said[1]))) == RETRY_SCHEDULE


def test_the_documents_count_the_attempts_as_the_code_does() -> None:
    words = {8: ("eight", "eighth")}
    many, last = words[MOST_ATTEMPTS]
    assert f"After the {last} attempt the delivery is given up" in (ROOT / "docs/architecture.md").read_text(
        "utf-8"
    )
    assert f"begins a round of {many} attempts" in (ROOT / "docs/operations.md").read_text("utf-8")


def test_there_are_scheduled_functions() -> None:
    assert {"SoftlinxPoll", "GreenFaxFeed", "NotifyDue", "Sweep", "CloseDay"} <= SCHEDULED.keys()


@pytest.mark.parametrize("function", SCHEDULED)
def test_a_scheduled_function_says_first_how_often_it_runs(function: str) -> None:
    first_line = (ROOT / SCHEDULED[function] / "app.py").read_text("utf-8").partition("\n")[0]
    said = re.match(r'"""Every (hour|day|five minutes|\d+ minutes|\d+ hours):', first_line)
    assert said is not None, first_line
    assert duration(WORDS.get(said[1], said[1])) == schedule_of(function)


def test_the_feed_runs_as_often_as_its_provider_allows_whatever_clock_a_machine_has() -> None:
    spare = schedule_of("GreenFaxFeed") - (ALLOWANCE.period + ALLOWANCE.guard)
    assert timedelta(0) <= spare < timedelta(minutes=1)
    assert f"a {schedule_of('GreenFaxFeed') // timedelta(minutes=1)}-minute feed" in README


def test_the_page_of_costs_counts_the_runs_of_a_month() -> None:
    polls, requests = re.search(r"([\d,]+) polls and ([\d,]+) feed requests a month", COST).groups()  # type: ignore[union-attr]
    for said, function in ((polls, "SoftlinxPoll"), (requests, "GreenFaxFeed")):
        month = timedelta(days=365.25 / 12) / schedule_of(function)
        assert abs(int(said.replace(",", "")) - month) / month < 0.01
