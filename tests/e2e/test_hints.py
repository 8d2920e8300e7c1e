"""A day on which callbacks are only hints: each fax is settled by what its provider itself says."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from faxledger.domain.fax import Source, Status
from faxledger.domain.report import DutyState
from local.show.day_account import day_account_of
from local.show.simulation import AFTERWARDS, DAY
from local.show.simulators.faults import Faults
from tests.e2e.conftest import ACCOUNTS, Town, open_towns
from tests.support import plain_http

NEVER_WAS = "softlinx.outbound.acme.900"
FAULTS = Faults(drop=0.2, repeat=0.3, contradict=0.3)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with open_towns(tmp_path_factory.mktemp("hints")) as open_town:
        town = open_town(parameters={"CallbackTrust": "confirm"}, jobs=24, seed=20261123, faults=FAULTS)
        url = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
        untrue = {"FaxId": "900", "FaxStatus": "sent"}
        assert plain_http.post(url, data=untrue).status_code == 200
        town.wait(minutes=max(DAY + AFTERWARDS, timedelta(hours=26)) / timedelta(minutes=1))
        yield town


def test_no_callback_settles_a_fax_and_none_is_lost(day: Town) -> None:
    faxes = day.faxes()
    jobs = day.simulation.jobs()
    for job in jobs:
        fax = faxes[job.public_id]
        assert (str(fax.first_status), fax.conflict) == (job.status, None), job
        assert fax.settled_by in {Source.POLL, Source.FEED}
        assert set(fax.duties.values()) <= {DutyState.DONE}
    assert day_account_of(day.bundle, day.simulation).lost == ()


def test_callbacks_are_answered_as_ever(day: Town) -> None:
    callbacks = day.softlinx.callbacks()
    assert callbacks
    assert {callback.answer for callback in callbacks} == {200}


def test_what_was_called_falsely_is_counted(day: Town) -> None:
    assert '"HintDenied"' in day.bundle.log.path.read_text()


def test_softlinx_is_asked_no_more_often_than_where_there_are_no_callbacks(day: Town) -> None:
    asked: list[datetime] = [one.at for one in day.softlinx.requests() if one.operation == "QuerySendFax"]
    assert min(later - earlier for earlier, later in pairwise(sorted(asked))) >= timedelta(minutes=9)
    assert day.softlinx.most_queries_at_once == 1


def test_a_callback_about_a_fax_that_never_was_stays_a_hint_and_is_counted(day: Town) -> None:
    assert day.faxes()[NEVER_WAS].status is Status.SUBMITTED
    assert NEVER_WAS not in {event["detail"]["fax_id"] for event in day.events.heard()}
    printed = day.bundle.log.path.read_text().splitlines()
    assert sum("hint never confirmed" in line and NEVER_WAS in line for line in printed) == 1
