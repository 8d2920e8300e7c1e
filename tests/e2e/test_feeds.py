"""The feeds over several days in which everything goes wrong."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from local.functions import Function
from local.simulators.faults import NO_FAULTS, Faults
from local.simulators.jobs import Provider
from tests.e2e.conftest import START, Town, open_towns

PERIOD = timedelta(minutes=20)
DAYS = 3
FAULTS = Faults(drop=1 / 2, feed_errors=0.05, feed_cuts=0.10)


def pauses(town: Town) -> list[timedelta]:
    """Between two requests after one another, on the simulator's own clock."""
    return [later.at - earlier.at for earlier, later in pairwise(town.greenfax.feed_requests())]


def unsettled(town: Town) -> set[str]:
    """GreenFax faxes that are final in the provider's own log and not in the ledger."""
    settled = {name for name, fax in town.faxes().items() if fax.is_settled}
    return {
        job.public_id
        for job in town.simulation.jobs()
        if job.provider is Provider.GREENFAX and job.completed_at
    } - settled


def covered(town: Town) -> dict[str, list[tuple[str, str]]]:
    return {
        feed["direction"]: [(days["first"], days["last"]) for days in feed["covered"]]
        for feed in town.get("/feeds").json()["feeds"]
    }


def crash(function: Function, *, after_the_work: bool) -> None:
    """The next invocation dies, before or after it has done its work."""
    whole, crashes = function._start_environment(), iter([True])

    def handler(event: Any, context: Any) -> Any:
        is_to_die = next(crashes, False)
        if is_to_die and not after_the_work:
            raise RuntimeError("out of memory")
        whole(event, context)
        if is_to_die:
            raise RuntimeError("out of memory")

    function._idle.append(handler)


def run_at_once(town: Town, times: int) -> None:
    with ThreadPoolExecutor(times) as pool:
        under_way = [pool.submit(town.bundle.functions["GreenFaxFeed"].invoke, {}) for _ in range(times)]
        while not all(one.done() for one in under_way):
            town.clock.sleep(1)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Three days of crashes, overlapping and manual runs and redeployments, one of them without an answer."""
    with open_towns(tmp_path_factory.mktemp("days")) as open_town:
        town = open_town(realm="", jobs=120, seed=7, faults=FAULTS)
        function = town.bundle.functions["GreenFaxFeed"]
        dice = random.Random(7)  # noqa: S311 - the same mishaps every time
        end = START + timedelta(days=DAYS)
        while town.clock.now() < end:
            match dice.choice(["crash before", "crash after", "at once", "redeployment", "silence", "calm"]):
                case "crash before":
                    crash(function, after_the_work=False)
                case "crash after":
                    crash(function, after_the_work=True)
                case "at once":
                    run_at_once(town, times=3)
                case "redeployment":
                    function._idle.clear()
                case "silence":
                    town.greenfax.faults = replace(FAULTS, feed_errors=1.0)
                case _:
                    town.greenfax.faults = FAULTS
            town.wait(minutes=dice.uniform(5, 120))
        town.greenfax.faults = NO_FAULTS
        town.wait(minutes=200)
        yield town


def test_no_two_requests_come_within_20_minutes_whatever_happens(days: Town) -> None:
    assert min(pauses(days)) >= PERIOD
    assert 429 not in {request.status for request in days.greenfax.feed_requests()}
    # And it went on asking: a day has 72 times 20 minutes, and a crash before its work costs one.
    assert len(days.greenfax.feed_requests()) > DAYS * 55


def test_what_no_notification_told_was_found_by_the_feed(days: Town) -> None:
    assert unsettled(days) == set()
    untold = [job for job in days.simulation.jobs() if not job.was_told]
    assert len(untold) > 30
    faxes = days.faxes()
    assert {faxes[job.public_id].settled_by for job in untold} == {"feed"}


def test_no_day_is_left_out_but_those_that_are_too_young(days: Town) -> None:
    young = days.clock.now().astimezone(ZoneInfo("America/New_York")).date() - timedelta(days=3)
    begin = (START - timedelta(days=6)).date()
    whole = [(begin.isoformat(), young.isoformat())]
    assert covered(days) == {"outbound": whole, "inbound": whole}
