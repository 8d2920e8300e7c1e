"""Deployments that have only a part, and days that repeat themselves."""

from pathlib import Path

import pytest

from local.runtime.errors import CannotRun
from local.show.day_account import day_account_of
from local.show.day_account_text import day_account_text
from local.show.simulators.faults import Faults
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town, open_towns

# Magic numbers of the simulators: goes through, is busy, and its callback is lost.
GOOD, BUSY, UNHEARD = "12025550100", "12025550001", "12025550101"

# What one provider's faxes alone need; the rest serves both.
SOFTLINX_FUNCTIONS = {"SoftlinxCallback", "SoftlinxPoll", "MarkFax", "RetrieveContent"}
GREENFAX_FUNCTIONS = {"GreenFaxNotify", "GreenFaxFeed", "DownloadContent"}


def test_softlinx_alone(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    assert set(town.bundle.functions) >= SOFTLINX_FUNCTIONS
    assert GREENFAX_FUNCTIONS.isdisjoint(town.bundle.functions)
    faxes = [town.softlinx.send(number) for number in (GOOD, BUSY, UNHEARD)]
    town.softlinx.receive(UNHEARD)
    town.wait(minutes=90)
    known = [town.faxes()[f"softlinx.outbound.acme.{fax}"] for fax in faxes]
    assert [(fax.status, fax.settled_by) for fax in known] == [
        ("sent", "callback"),
        ("failed", "callback"),
        ("sent", "poll"),
    ]
    account = day_account_of(town.bundle, town.simulation)
    assert (account.lost, account.finished, account.marked) == ((), 4, 4)
    assert town.get(f"/callbacks/greenfax/{ACCOUNTS.greenfax_token}").json() == {"message": "Not Found"}


def test_greenfax_alone(open_town: OpenTown) -> None:
    town = open_town(realm="")
    assert set(town.bundle.functions) >= GREENFAX_FUNCTIONS
    assert SOFTLINX_FUNCTIONS.isdisjoint(town.bundle.functions)
    assert not town.bundle.cloud.has("MarkQueue")
    faxes = [town.greenfax.send(number) for number in (GOOD, BUSY, UNHEARD)]
    town.greenfax.receive(UNHEARD)
    town.wait(minutes=120)
    known = [town.faxes()[f"greenfax.outbound.12345.{fax}"] for fax in faxes]
    assert [(fax.status, fax.settled_by) for fax in known] == [
        ("sent", "notify"),
        ("failed", "notify"),
        ("sent", "feed"),
    ]
    account = day_account_of(town.bundle, town.simulation)
    assert (account.lost, account.finished, account.marked) == ((), 4, 0)


def test_neither_provider_is_refused_in_the_templates_own_words(open_town: OpenTown) -> None:
    with pytest.raises(CannotRun, match="Give SoftlinxRealm, GreenFaxAccountId or both"):
        open_town(parameters={"SoftlinxRealm": "", "GreenFaxAccountId": ""})


def test_without_marks_nothing_is_marked(open_town: OpenTown) -> None:
    town = open_town(account_id="", parameters={"MarkFaxes": "false"})
    assert "MarkFax" not in town.bundle.functions
    town.softlinx.send(GOOD)
    town.softlinx.send(UNHEARD)
    town.wait(minutes=90)
    assert [job.is_marked for job in town.simulation.jobs()] == [False, False]
    assert day_account_of(town.bundle, town.simulation).lost == ()


def test_old_faxes_are_settled_without_delivery_anyone(open_town: OpenTown) -> None:
    town = open_town(parameters={"TellFrom": "2026-11-30"})
    town.softlinx.send(GOOD)
    town.greenfax.send(BUSY)
    town.wait(minutes=30)
    assert day_account_of(town.bundle, town.simulation).lost == ()
    assert len(town.faxes()) == 2
    assert town.events.heard() == []


def test_the_same_seed_gives_the_same_day(tmp_path: Path) -> None:
    faults = Faults(drop=0.3, repeat=0.3, delay=0.2, contradict=0.1, unknown_word=0.1)
    days = []
    for _ in range(2):
        with open_towns(tmp_path) as open_town:
            town = open_town(jobs=60, seed=3, faults=faults)
            town.wait(minutes=4 * 60)
            days.append(evidence(town))
    assert len(days[0]) > 10
    assert days[0] == days[1]


def evidence(town: Town) -> dict[str, object]:
    return {name: (fax.first_status, fax.settled_by, fax.sightings) for name, fax in town.faxes().items()}


def test_what_the_ledger_does_not_know_is_called_lost(town: Town) -> None:
    town.softlinx.callback_url = None
    fax = town.softlinx.send(GOOD)
    town.wait(minutes=15)
    account = day_account_of(town.bundle, town.simulation)
    assert account.lost == (f"softlinx.outbound.acme.{fax}",)
    assert f"lost         1 of 1 finished\n               softlinx.outbound.acme.{fax}" in day_account_text(
        account
    )
