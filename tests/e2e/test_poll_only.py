"""A working day at Softlinx without a listener: nobody calls, and the poll alone accounts for every fax."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from faxledger.domain.fax import Source
from faxledger.domain.report import DutyState
from local.show.day_account import day_account_of
from local.show.simulation import AFTERWARDS
from local.show.simulators.faults import Faults
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.e2e.conftest import Town, open_towns

# Of 24 hours' faxes the most come in the first eight, and then nobody sends anything more.
JOBS = 40
HOURS = timedelta(hours=8)
# What would befall callbacks, if there were any.
FAULTS = Faults(drop=0.5, repeat=0.3, contradict=0.1)


@dataclass(frozen=True, slots=True)
class Day:
    town: Town
    api: str
    every: timedelta


@pytest.fixture(scope="module", params=[("soap", 15), ("rest", 10)], ids=["soap-15", "rest-10"])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    api, minutes = request.param
    parameters = {"SoftlinxMode": "poll-only", "SoftlinxPollMinutes": str(minutes), "SoftlinxApi": api}
    with open_towns(tmp_path_factory.mktemp("poll-only")) as open_town:
        town = open_town(account_id="", parameters=parameters, jobs=JOBS, seed=20261123, faults=FAULTS)
        town.wait(minutes=HOURS / timedelta(minutes=1))
        town.simulation.end_day()
        town.wait(minutes=AFTERWARDS / timedelta(minutes=1))
        yield Day(town, api, timedelta(minutes=minutes))


def asked(softlinx: SoftlinxSimulator, soap: str, rest: str) -> list[datetime]:
    """When Softlinx was asked this, in whichever API."""
    by_soap = [one.at for one in softlinx.requests() if one.operation == soap]
    by_rest = [one.at for one in softlinx.rest_requests() if f"{one.method} {one.path}" == rest]
    return by_soap + by_rest


def test_nobody_can_call_and_nobody_does(day: Day) -> None:
    assert "SoftlinxCallback" not in day.town.bundle.functions
    assert not day.town.bundle.listens_at("/callbacks/softlinx/{token}")
    assert day.town.softlinx.callbacks() == ()


def test_every_fax_is_settled_by_the_poll_and_marked(day: Day) -> None:
    faxes = day.town.faxes()
    for job in day.town.softlinx.jobs():
        fax = faxes[job.public_id]
        assert (str(fax.first_status), fax.settled_by, job.is_marked) == (job.status, Source.POLL, True)
        assert set(fax.duties.values()) == {DutyState.DONE}
    assert len(faxes) == len(day.town.softlinx.jobs()) > JOBS / 2


def test_no_fax_waits_longer_than_until_the_next_poll(day: Day) -> None:
    faxes = day.town.faxes()
    for job in day.town.softlinx.jobs():
        settled_at = faxes[job.public_id].settled_at
        assert settled_at is not None
        assert job.completed_at is not None
        assert settled_at - job.completed_at <= day.every + timedelta(minutes=1)


def test_each_run_asks_one_query_for_all_outbound_faxes_and_nothing_is_asked_too_often(day: Day) -> None:
    outbound = asked(day.town.softlinx, "QuerySendFax", "GET /outboundfaxes")
    inbound = asked(day.town.softlinx, "QueryReceiveFax", "GET /inboundfaxes")
    for queries in (outbound, inbound):
        assert min(later - earlier for earlier, later in pairwise(queries)) >= day.every
        # And it did go on asking.
        assert len(queries) >= HOURS / day.every
    assert day.town.softlinx.most_queries_at_once == 1


def test_documents_are_kept_byte_for_byte_and_the_account_agrees(day: Day) -> None:
    account = day_account_of(day.town.bundle, day.town.simulation)
    assert (account.lost, account.missing_documents, account.unknown_words) == ((), (), 0)
    assert not account.mishaps
    kept = day.town.documents()
    received = [fax for fax in day.town.faxes().values() if fax.document]
    assert len(kept) == len(received) == account.received > 0
    for fax in received:
        assert fax.document is not None
        assert kept[fax.document.key] == day.town.softlinx.document("inbound", fax.id.job_id)
