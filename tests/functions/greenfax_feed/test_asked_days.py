"""What the feed is asked for: the documented parameters, windows, history, one allowance or two."""

from urllib.parse import parse_qs, urlsplit

import pytest

from local.show.simulators.greenfax import (
    GreenFaxOptions,
)
from tests.functions.greenfax_feed.reading import ALSO_GOOD, GOOD, PASSWORD, answered, read, simulated, whole
from tests.support.bundle_on_moto import Stack
from tests.support.scripted_server import ScriptedServer
from tests.support.stream import record


def test_the_request_is_the_documented_one(stack: Stack, server: ScriptedServer) -> None:
    answered(stack, server, whole())
    (asked,) = server.asked
    assert asked.method == "GET"
    assert parse_qs(urlsplit(asked.target).query) == {
        "accountid": ["12345"],
        "password": [PASSWORD],
        "startdate": ["2026-11-16"],
        "enddate": ["2026-11-22"],
    }


def test_the_parameters_names_are_settings(stack: Stack, server: ScriptedServer) -> None:
    names = "greenfax_account_id,greenfax_account_login_password,date_range_start,date_range_end"
    stack.parameters["GreenFaxOutboundParameters"] = names
    answered(stack, server, whole())
    assert list(parse_qs(urlsplit(server.asked[0].target).query)) == names.split(",")


def test_a_window_never_exceeds_90_days_and_none_is_left_out(stack: Stack, server: ScriptedServer) -> None:
    answered(stack, server, whole())
    stack.clock.advance(days=200)
    for _ in range(6):
        answered(stack, server, whole())
        stack.clock.advance(minutes=23)
    queries = [parse_qs(urlsplit(asked.target).query) for asked in server.asked]
    spans = [(asked["startdate"][0], asked["enddate"][0]) for asked in queries if "accountid" in asked]
    assert spans == [
        ("2026-11-16", "2026-11-22"),
        ("2026-11-20", "2027-02-17"),
        ("2027-03-13", "2027-06-10"),
        ("2027-02-18", "2027-03-12"),
        ("2027-06-08", "2027-06-10"),
    ]


def asked_for(server: ScriptedServer) -> list[tuple[str, str, str]]:
    """The direction, the first and the last day of each request."""
    queries = [parse_qs(urlsplit(asked.target).query) for asked in server.asked]
    return [
        ("outbound" if "accountid" in asked else "inbound", asked["startdate"][0], asked["enddate"][0])
        for asked in queries
    ]


def test_history_is_read_from_the_day_that_a_parameter_names(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-06-01"
    for _ in range(5):
        answered(stack, server, whole())
        stack.clock.advance(minutes=23)
    assert asked_for(server) == [
        ("outbound", "2026-11-16", "2026-11-22"),
        ("inbound", "2026-11-16", "2026-11-22"),
        ("outbound", "2026-06-01", "2026-08-29"),
        ("outbound", "2026-11-20", "2026-11-22"),
        ("inbound", "2026-06-01", "2026-08-29"),
    ]


def test_nobody_is_told_of_history(stack: Stack, server: ScriptedServer) -> None:
    stack.parameters["GreenFaxHistoryFrom"] = "2026-06-01"
    stack.parameters["TellFrom"] = "2020-01-01"
    answered(stack, server, whole(GOOD))
    stack.clock.advance(minutes=41)
    answered(stack, server, whole(ALSO_GOOD))
    stack.clock.advance(minutes=21)
    answered(stack, server, whole(ALSO_GOOD))
    items = {item["pk"].rpartition("#")[2]: item for item in stack.items("FAX#greenfax#outbound")}
    assert {job: item.get("is_history", False) for job, item in items.items()} == {"1": False, "2": True}
    settled = [record(int(job), new=stack.image(f"greenfax.outbound.12345.{job}")) for job in items]
    stack.announced()
    stack.invoke("Announce", {"Records": settled})
    assert [event["detail"]["fax_id"] for event in stack.announced()] == ["greenfax.outbound.12345.1"]


def test_allowances_of_their_own_are_used_in_the_same_run(stack: Stack) -> None:
    stack.parameters["GreenFaxAllowance"] = "separate"
    with simulated(stack, GreenFaxOptions(shared_allowance=False)) as greenfax:
        for _ in range(3):
            read(stack, after_minutes=21)
        requests = greenfax.feed_requests()
    assert {request.status for request in requests} == {200}
    assert [request.direction.value for request in requests] == ["outbound", "inbound"] * 3
    assert sorted(item["pk"] for item in stack.items("CLAIM#")) == [
        "CLAIM#greenfax-feed-inbound",
        "CLAIM#greenfax-feed-outbound",
    ]


def test_whoever_shares_an_allowance_unknowingly_finds_out_and_waits(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxAllowance"] = "separate"
    with simulated(stack, GreenFaxOptions(shared_allowance=True)) as greenfax:
        read(stack)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429]
    assert '"FeedTooSoon":[1.0]' in capsys.readouterr().out
