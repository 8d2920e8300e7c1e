"""The GreenFax feed against the simulator."""

import pytest

from local.show.simulators.faults import Faults
from local.show.simulators.greenfax import (
    FailureWords,
    FeedTimes,
    GreenFaxOptions,
    GreenFaxSimulator,
    Naming,
    RowStyle,
)
from tests.functions.greenfax_feed.reading import (
    covered,
    read,
    simulated,
    statuses,
)
from tests.support.bundle_on_moto import Stack, greenfax_get


def test_what_no_notification_told_is_settled(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    good, busy = greenfax.send("12025550100"), greenfax.send("12025550001")
    received = greenfax.receive("12025550199")
    read(stack, after_minutes=23)
    assert statuses(stack) == {good: "sent", busy: "failed"}
    read(stack, after_minutes=23)
    settled = stack.item(f"greenfax.inbound.12345.{received}")
    assert settled is not None
    assert settled["final_status"] == "received"
    assert len(stack.items("FAX#")) == 3
    assert covered(stack) == dict.fromkeys(["greenfax-outbound", "greenfax-inbound"], "2026-11-16/2026-11-19")


def test_both_directions_share_one_request_in_20_minutes(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    for _ in range(3 * 8):
        read(stack, after_minutes=23)
    assert {request.status for request in greenfax.feed_requests()} == {200}
    directions = [request.direction.value for request in greenfax.feed_requests()]
    assert len(directions) == 24
    assert directions.count("inbound") == 8


def test_a_second_run_inside_the_20_minutes_asks_nothing(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    read(stack)
    for _ in range(3):
        read(stack, after_minutes=5)
        stack.restart()
    assert len(greenfax.feed_requests()) == 1


def test_a_run_that_comes_seconds_early_waits(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    read(stack)
    read(stack, after_minutes=21.5)
    assert [request.status for request in greenfax.feed_requests()] == [200, 200]
    assert sum(stack.clock.slept) < 120


@pytest.mark.parametrize("style", RowStyle)
@pytest.mark.parametrize("naming", Naming)
def test_rows_are_read_however_they_are_spelled(stack: Stack, style: RowStyle, naming: Naming) -> None:
    options = GreenFaxOptions(row_style=style, naming=naming, feed_times=FeedTimes.US)
    with simulated(stack, options) as greenfax:
        fax_id = greenfax.send("12025550100", sender="a@clinic.example")
        read(stack, after_minutes=23)
        (job,) = greenfax.jobs()
    (fax,) = stack.items("FAX#")
    assert (fax["pk"], fax["final_status"]) == (f"FAX#greenfax#outbound#12345#{fax_id}", "sent")
    assert (fax["to_number"], fax["user"]) == ("12025550100", "a@clinic.example")
    assert {"pages", "duration_seconds", "cost_usd"} <= set(fax)
    assert job.completed_at is not None
    assert fax["completed_at"] == f"{job.completed_at:%Y-%m-%dT%H:%M:%S}.000Z"


def test_a_reason_in_the_feed_that_is_in_no_table_settles_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.parameters["GreenFaxFailedWords"] = "busy"
    with simulated(stack, GreenFaxOptions(failure_words=FailureWords.REASON)) as greenfax:
        busy, odd = greenfax.send("12025550001"), greenfax.send("12025550008")
        read(stack, after_minutes=23)
    assert statuses(stack) == {busy: "failed", odd: None}
    assert '"UnknownStatusWord":[1.0]' in capsys.readouterr().out


def test_the_feed_s_words_are_settings(stack: Stack) -> None:
    stack.parameters["GreenFaxSentWords"] = "Gone Out"
    stack.parameters["GreenFaxFailedWords"] = "success"
    with simulated(stack) as greenfax:
        fax_id = greenfax.send("12025550100")
        read(stack, after_minutes=23)
    assert statuses(stack) == {fax_id: "failed"}


@pytest.mark.parametrize("errors_at_200", [False, True])
def test_a_refusal_lets_no_day_count_and_is_not_repeated_early(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    errors_at_200: bool,  # noqa: FBT001
) -> None:
    with simulated(stack, GreenFaxOptions(errors_at_200=errors_at_200)) as greenfax:
        greenfax.send("12025550100")
        greenfax.faults = Faults(refuse_logins=1)
        read(stack, after_minutes=23)
        assert '"FeedFailed":[1.0]' in capsys.readouterr().out
        assert covered(stack) == {}
        read(stack, after_minutes=5)
        for _ in range(3):
            read(stack, after_minutes=23)
        assert [request.status for request in greenfax.feed_requests()] == [401, 200, 200, 200]
    assert list(statuses(stack).values()) == ["sent"]


@pytest.mark.parametrize("errors_at_200", [False, True])
def test_an_allowance_that_somebody_else_has_used_up_is_respected(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    errors_at_200: bool,  # noqa: FBT001
) -> None:
    with simulated(stack, GreenFaxOptions(errors_at_200=errors_at_200)) as greenfax:
        read(stack)
        for item in stack.items("CLAIM#"):
            stack.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
        read(stack, after_minutes=1)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429]
        assert '"FeedTooSoon":[1.0]' in capsys.readouterr().out
        for _ in range(3):
            read(stack, after_minutes=12)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429]
        read(stack, after_minutes=4.2)
        assert [request.status for request in greenfax.feed_requests()] == [200, 429, 200]


def test_a_fax_told_by_notify_gets_a_second_sighting(stack: Stack, greenfax: GreenFaxSimulator) -> None:
    fax_id = greenfax.send("12025550100")
    stack.http("GreenFaxNotify", greenfax_get({"greenfaxreferenceid": fax_id, "result": "success"}))
    read(stack, after_minutes=23)
    (fax,) = stack.items("FAX#")
    assert fax["settled_by"] == "notify"
    assert {"sighting_notify", "sighting_feed"} <= set(fax)
