"""What simulated providers know is known again by those that take their place."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from local.runtime.clock import VirtualClock
from local.runtime.errors import CannotRun
from local.runtime.our_accounts import OurAccounts
from local.show.simulation import Simulation, at_port_of_before
from local.show.simulators.jobs import JobDirection, JobStatus
from local.show.simulators.softlinx import SoftlinxFax, SoftlinxOptions
from local.show.simulators.web import WebResponse, WebServer
from local.state import records
from local.state.facts import StateFacts
from local.state.journal import Journal

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
GOOD, BUSY = "12025550100", "12025550001"


class Providers:
    """The two of one process; the next process has the same journal and its own clock."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._clocks: list[VirtualClock] = []

    def begin(self, at: datetime) -> Simulation:
        self.end()
        self._clocks.append(VirtualClock(at, speed=math.inf))
        accounts = OurAccounts.from_env({})
        self.last = Simulation(
            self._clocks[-1],
            realm="Acme",
            account_id="12345",
            accounts=accounts,
            softlinx_options=SoftlinxOptions(resend_keeps_id=True),
            journal=self._journal,
        )
        self.last.__enter__()
        return self.last

    def go_on(self, by: timedelta) -> None:
        self._clocks[-1].start()
        self._clocks[-1].sleep(by.total_seconds())

    def end(self) -> None:
        if self._clocks:
            self._clocks[-1].stop()
            self.last.__exit__()


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with Journal(tmp_path) as journal:
        providers = Providers(journal)
        yield providers
        providers.end()


def states(simulation: Simulation) -> dict[str, JobStatus]:
    return {job.public_id: job.status for job in simulation.jobs()}


def test_faxes_under_way_come_to_their_end_and_ids_go_on(providers: Providers) -> None:
    first = providers.begin(START)
    assert first.softlinx
    assert first.greenfax
    for simulator in (first.softlinx, first.greenfax):
        simulator.send(GOOD)
        simulator.send(BUSY)
    first.softlinx.receive(GOOD)
    before = states(first)

    second = providers.begin(START + timedelta(minutes=1))
    assert states(second) == before
    assert second.softlinx
    assert second.greenfax
    providers.go_on(timedelta(minutes=15))
    assert sorted(states(second).values()) == ["failed", "failed", "received", "sent", "sent"]
    assert second.softlinx.send(GOOD) == "1003"
    assert second.greenfax.send(GOOD) == "8591336"


def test_a_resend_is_the_newest_attempt_and_the_one_before_is_not_forgotten(providers: Providers) -> None:
    first = providers.begin(START)
    assert first.softlinx
    fax = first.softlinx.send(BUSY)
    providers.go_on(timedelta(minutes=15))
    first.softlinx.resend(fax, GOOD)

    second = providers.begin(START + timedelta(hours=1))
    assert states(second) == {
        f"softlinx.outbound.acme.{fax}": JobStatus.FAILED,
        f"softlinx.outbound.acme.{fax}~2": JobStatus.SUBMITTED,
    }


def test_greenfax_remembers_when_it_was_asked(providers: Providers) -> None:
    def asked(simulation: Simulation) -> int:
        assert simulation.greenfax
        day = {"startdate": "2026-11-23", "enddate": "2026-11-23"}
        login = {"accountid": "12345", "password": "not-a-secret"}
        return httpx.get(
            f"{simulation.greenfax.url}/api/xml/outbound.php", params={**login, **day}, trust_env=False
        ).status_code

    assert asked(providers.begin(START)) == 200
    assert asked(providers.begin(START + timedelta(minutes=19))) == 429
    again = providers.begin(START + timedelta(minutes=20))
    assert asked(again) == 200
    assert again.greenfax
    assert [request.status for request in again.greenfax.feed_requests()] == [200, 429, 200]


def test_they_listen_where_they_did(providers: Providers) -> None:
    first = providers.begin(START)
    urls = first.parameters()
    assert providers.begin(START).parameters() == urls


def test_a_port_that_is_taken_by_now_is_said(tmp_path: Path) -> None:
    with WebServer(lambda _: WebResponse(200, b"")) as other, Journal(tmp_path / "state") as journal:
        facts = StateFacts(journal)
        facts.set(**{"port of receiver": int(other.url.rpartition(":")[2])})
        with pytest.raises(CannotRun, match="where the simulated receiver listened, can't be had: Address"):
            at_port_of_before(
                facts, "receiver", lambda port: WebServer(lambda _: WebResponse(200, b""), port)
            )


def test_a_day_that_was_broken_off_has_as_many_faxes_in_the_end(providers: Providers) -> None:
    jobs = 40
    first = providers.begin(START)
    first.plan_day(jobs, began_at=START)
    providers.go_on(timedelta(hours=2))
    half = len(first.jobs())
    assert 0 < half < jobs

    second = providers.begin(START + timedelta(hours=2))
    second.plan_day(jobs, began_at=START)
    providers.go_on(timedelta(hours=25))
    assert len(second.jobs()) == jobs
    assert len({job.created_at for job in second.jobs()}) > jobs // 2


@dataclass(frozen=True)
class Unreadable:
    raw: bytes


def test_every_field_of_a_record_comes_back(providers: Providers) -> None:
    simulation = providers.begin(START)
    assert simulation.softlinx
    fax_id = simulation.softlinx.send(GOOD, recipient="Lakeside é", send_after=START + timedelta(hours=1))
    fax = simulation.softlinx._realm.faxes.find(JobDirection.OUTBOUND, int(fax_id))
    fax = replace(fax, options={"Priority": "High"})
    assert records.read(SoftlinxFax, records.written(fax)) == fax
    with pytest.raises(TypeError, match="is no type of a record"):
        records.read(Unreadable, b'{"raw": 1}')
