"""The report of a morning agrees with the simulators' own record, whatever befell their callbacks."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from faxledger.domain.report import Fax
from local.show.simulators.faults import Faults
from local.show.simulators.jobs import Job, JobProvider
from tests.e2e.conftest import START, OpenTown, Town

JOBS = 80
# Of the day so much is lived through, and then nobody sends anything more: each poll and feed has its turn.
MORNING = timedelta(hours=6)
AFTERWARDS = timedelta(hours=3)
# A second statement would make another status the first one: test_day.py has a day of those.
FAULTS = Faults(drop=0.4, repeat=0.2, unreachable=0.1, delay=0.2, reorder=0.1, feed_errors=0.1)
IN_TIME = timedelta(minutes=10)
PUSHED = ("callback", "notify", "email", "handover")


def report_of(town: Town) -> dict[str, Any]:
    ends = {"from": START, "to": START + MORNING}
    query = "&".join(f"{name}={moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in ends.items())
    answer = town.get(f"/reports?{query}")
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def ended_in_the_morning(town: Town) -> list[Job]:
    return [
        job
        for job in town.simulation.jobs()
        if job.completed_at and START <= job.completed_at < START + MORNING
    ]


def was_pushed_in_time(job: Job) -> bool:
    assert job.completed_at is not None
    return any(one.is_acknowledged and one.at <= job.completed_at + IN_TIME for one in job.callbacks)


@pytest.mark.parametrize("seed", range(10))
def test_its_figures_are_those_of_the_simulators(open_town: OpenTown, seed: int) -> None:
    town = open_town(jobs=JOBS, seed=seed, faults=FAULTS)
    town.wait(minutes=MORNING.total_seconds() / 60)
    town.simulation.end_day()
    town.wait(minutes=AFTERWARDS.total_seconds() / 60)
    jobs, report = ended_in_the_morning(town), report_of(town)
    assert (report["is_complete"], report["reasons"]) == (True, [])
    flows = {
        (flow["provider"], flow["direction"]): Counter(flow["figures"]["statuses"])
        for flow in report["flows"]
    }
    truth: dict[tuple[str, str], Counter[str]] = {}
    for job in jobs:
        truth.setdefault((job.provider, job.direction), Counter())[str(job.status)] += 1
    assert {flow: +counts for flow, counts in flows.items()} == truth

    total = report["total"]
    assert (total["faxes"], total["open"]) == (len(jobs), 0)
    told = total["first_told_by"]
    # Whoever was pushed in time was told so, but where a poll or a feed happened to come first.
    late = [job for job in jobs if not was_pushed_in_time(job)]
    faxes = town.faxes()
    pushed_first = sum(_was_pushed_first(faxes[job.public_id], job) for job in late)
    assert total["rescued"]["faxes"] == len(late) - pushed_first
    assert sum(told[source] for source in PUSHED) + told["poll"] + told["feed"] == len(jobs)
    never = [job for job in late if not job.was_told]
    pushes = total["late_pushes"]
    assert pushes["to_come"] + pushes["never_came"] == len(never)
    assert pushes["disagreed"] == 0
    # Softlinx tries twelve times, two hours apart (doc); GreenFax once.
    assert pushes["to_come"] == sum(job.provider is JobProvider.SOFTLINX for job in never)


def _was_pushed_first(fax: Fax, job: Job) -> bool:
    """Whether a push that came late still came before any poll or feed."""
    assert fax.settled_at is not None
    taken = [one.at for one in job.callbacks if one.is_acknowledged]
    # The ledger keeps milliseconds.
    return bool(taken) and min(taken) < fax.settled_at + timedelta(milliseconds=1)
