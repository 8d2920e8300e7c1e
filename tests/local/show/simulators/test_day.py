"""A simulated day, with and without faults."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from local.show.simulators.day import simulate_day
from local.show.simulators.faults import Arrival, Faults, Veracity
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.jobs import Job, JobDirection, JobProvider, JobStatus
from local.show.simulators.magic_numbers import spell_of
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.local.show.simulators.listener import Listener
from tests.support.virtual_time import VirtualTime

MIDNIGHT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
A_BAD_DAY = Faults(drop=1 / 3, repeat=1 / 3, reorder=0.2, delay=0.1, contradict=0.1, recant=0.05)


def a_day(listener: Listener, jobs: int, seed: int, faults: Faults | None = None) -> Sequence[Job]:
    """What both simulators have on record a day and all its retries later."""
    time = VirtualTime(MIDNIGHT)
    with (
        SoftlinxSimulator(time, time, seed=seed, callback_url=listener.url) as softlinx,
        GreenFaxSimulator(
            time, time, seed=seed, notify_url=listener.url, inbound_notify_url=listener.url
        ) as greenfax,
    ):
        simulate_day(softlinx, greenfax, time, start=MIDNIGHT, jobs=jobs, seed=seed, faults=faults)
        time.advance(days=3)
        return [*softlinx.jobs(), *greenfax.jobs()]


def test_every_fax_of_the_day_becomes_final(listener: Listener) -> None:
    jobs = a_day(listener, jobs=150, seed=1)
    assert len(jobs) == len({job.public_id for job in jobs}) == 150
    assert all(job.completed_at and job.status is not JobStatus.SUBMITTED for job in jobs)
    assert all(job.was_told for job in jobs)
    assert {(job.provider, job.direction) for job in jobs} == {
        (provider, direction) for provider in JobProvider for direction in JobDirection
    }
    outbound = [job for job in jobs if job.direction is JobDirection.OUTBOUND]
    assert len(outbound) > 100
    assert {job.status for job in outbound} == {JobStatus.SENT, JobStatus.FAILED}


def test_most_faxes_go_in_office_hours(listener: Listener) -> None:
    hours = Counter(
        job.created_at.astimezone(ZoneInfo("America/New_York")).hour for job in a_day(listener, 100, seed=2)
    )
    assert sum(count for hour, count in hours.items() if 7 <= hour < 18) > 80


def test_a_seed_gives_the_same_day_again(listener: Listener) -> None:
    assert a_day(listener, 60, seed=3, faults=A_BAD_DAY) == a_day(listener, 60, seed=3, faults=A_BAD_DAY)


def test_another_seed_gives_another_day(listener: Listener) -> None:
    assert a_day(listener, 30, seed=4) != a_day(listener, 30, seed=5)


def test_a_bad_day_has_every_mishap_and_a_true_log(listener: Listener) -> None:
    jobs = a_day(listener, 200, seed=6, faults=A_BAD_DAY)
    deliveries = Counter(job.mishap.arrival for job in jobs)
    assert 45 < deliveries[Arrival.DROPPED] < 90
    assert 45 < deliveries[Arrival.TWICE] + deliveries[Arrival.THRICE] < 90
    assert {Veracity.CONTRADICTION, Veracity.RECANTATION} <= {job.mishap.veracity for job in jobs}
    assert any(job.mishap.is_overtaken for job in jobs)
    for job in jobs:
        statements = 2 if job.mishap.veracity is Veracity.RECANTATION else 1
        assert len(job.callbacks) == job.mishap.arrival.copies * statements


@pytest.mark.parametrize("alone", [JobProvider.SOFTLINX, JobProvider.GREENFAX])
def test_a_day_can_do_with_one_provider(alone: JobProvider) -> None:
    time = VirtualTime(MIDNIGHT)
    with SoftlinxSimulator(time, time) as softlinx, GreenFaxSimulator(time, time) as greenfax:
        simulate_day(
            softlinx if alone is JobProvider.SOFTLINX else None,
            greenfax if alone is JobProvider.GREENFAX else None,
            time,
            start=MIDNIGHT,
            jobs=20,
            seed=7,
        )
        time.advance(days=1)
        jobs = [*softlinx.jobs(), *greenfax.jobs()]
    assert [job.provider for job in jobs] == [alone] * 20


def test_a_day_needs_a_provider() -> None:
    time = VirtualTime(MIDNIGHT)
    with pytest.raises(ValueError, match="at least one provider"):
        simulate_day(None, None, time, start=MIDNIGHT, jobs=1, seed=8)


def test_the_days_numbers_are_fictional_and_not_magic(time: VirtualTime) -> None:
    with SoftlinxSimulator(time, time) as softlinx:
        simulate_day(softlinx, None, time, start=time.now(), jobs=100, seed=9)
        time.advance(days=1)
        numbers = {fax.number for fax in softlinx._realm.faxes.all()}
    assert all(number[4:9] == "55501" for number in numbers)
    assert not any(spell_of(number) for number in numbers)
