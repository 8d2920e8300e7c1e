"""The bus hears of each fact once, in the documented form, and of a replay nothing comes."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from faxledger.domain.events import FAX_EVENTS
from tests.e2e.conftest import ACCOUNTS, OpenTown, Town
from tests.support import plain_http

GOOD, BUSY, LOST = "12025550100", "12025550001", "12025550302"
LETTER = {"type": "application/pdf", "content": "JVBERi0xLjQ="}


def every_kind(open_town: OpenTown) -> Town:
    """A town in which each kind of event has been announced."""
    town = open_town(parameters={"GreenFaxSender": "faxes@clinic.example", "OverdueHours": "2"})
    route = {"targets": [{"webhook": town.receiver.url}]}
    assert town.put("/routes/default", route).status_code == 200
    town.softlinx.send(GOOD)
    town.softlinx.receive(GOOD)
    failed = town.softlinx.send(BUSY)
    lost = {"provider": "greenfax", "recipients": [{"number": LOST}], "documents": [LETTER]}
    assert town.post("/faxes", lost, "a-first-key").status_code == 202
    town.wait(minutes=30)
    callback = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    plain_http.post(callback, data={"FaxId": failed, "FaxStatus": "sent"})
    amendment = {"status": "sent", "because": "the clinic has it"}
    path = f"{town.bundle.url}/faxes/softlinx.outbound.acme.{failed}/amendments"
    assert plain_http.post(path, json=amendment).status_code == 201
    town.wait(minutes=4 * 60)
    return town


def test_each_fact_is_announced_and_told_once_and_a_replay_does_nothing_again(open_town: OpenTown) -> None:
    town = every_kind(open_town)
    first = town.events.heard()
    assert Counter(event["detail-type"] for event in first) == dict.fromkeys(FAX_EVENTS, 1)
    assert sorted(one.id for one in town.receiver.attempts()) == ids(first)
    before = done(town)
    events = town.bundle.aws.client("events")
    (archive,) = events.list_archives()["Archives"]
    described = events.describe_archive(ArchiveName=archive["ArchiveName"])
    bus = events.describe_event_bus(Name=town.bundle.cloud.ref("Bus"))
    events.start_replay(
        ReplayName="monday",
        EventSourceArn=described["ArchiveArn"],
        EventStartTime=datetime(2026, 11, 23, tzinfo=UTC),
        EventEndTime=datetime(2026, 11, 24, tzinfo=UTC),
        Destination={"Arn": bus["Arn"]},
    )
    town.bundle.look()
    # Before anything runs by the clock.
    town.wait(minutes=3)

    replayed = town.events.heard()[len(first) :]
    assert {event["replay-name"] for event in replayed} == {"monday"}
    assert ids(replayed) == ids(first)
    assert done(town) == before


def ids(heard: list[dict[str, Any]]) -> list[str]:
    return sorted(event["detail"]["event_id"] for event in heard)


def done(town: Town) -> object:
    """Whatever the functions have left behind."""
    table = town.bundle.aws.client("dynamodb").scan(TableName=town.bundle.cloud.ref("Table"))["Items"]
    return table, town.bundle.log.path.read_text(), town.receiver.attempts()
