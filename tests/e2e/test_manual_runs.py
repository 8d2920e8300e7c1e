"""Runs by hand, several at once and at any moment: the providers' limits hold."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from tests.e2e.conftest import OpenTown, Town
from tests.support import plain_http


@pytest.fixture
def busy_town(open_town: OpenTown) -> Town:
    return open_town(jobs=30)


def run_at_once(town: Town, *functions: str, times: int) -> None:
    """By the admin endpoint, as `faxledger run` does it, all of them together."""

    def run(function: str) -> httpx.Response:
        url = f"{town.bundle.admin_url}/functions/{function}/invocations"
        return plain_http.post(url, json={})

    wanted = [function for function in functions for _ in range(times)]
    with ThreadPoolExecutor(len(wanted)) as pool:
        under_way = [pool.submit(run, function) for function in wanted]
        # Time goes on for those that wait for their moment.
        while not all(one.done() for one in under_way):
            town.clock.sleep(5)
            time.sleep(0.005)
        answers = [one.result() for one in under_way]
    assert [answer.json()["error"] for answer in answers] == [None] * len(wanted)


def test_polls_by_hand_ask_one_query_at_a_time(busy_town: Town) -> None:
    for pause in (0, 3, 57, 0, 600):
        busy_town.wait(minutes=pause)
        run_at_once(busy_town, "softlinx_poll", "SoftlinxPoll", times=2)
    assert busy_town.softlinx.most_queries_at_once == 1
    logins = [request for request in busy_town.softlinx.requests() if request.operation == "Login"]
    assert len(logins) >= 5


def test_a_feed_that_comes_seconds_early_waits_for_its_moment(town: Town) -> None:
    town.wait(minutes=21)
    assert len(town.greenfax.feed_requests()) == 1
    run_at_once(town, "greenfax_feed", times=1)
    first, second = town.greenfax.feed_requests()
    assert timedelta(minutes=22) <= second.at - first.at < timedelta(minutes=23)
