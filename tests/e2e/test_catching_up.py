"""A receiver that was down all weekend, and one that was disabled, are told what they have missed, once."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from cli.main import main
from local.show.simulators.web import HangUp, WebRequest, WebResponse
from tests.e2e.conftest import OpenTown, Town
from tests.support import plain_http

GOOD, BUSY = "12025550100", "12025550001"
HOURS = 60


def redrive(town: Town, **asked: Any) -> Counter[str]:
    """All pages of it together."""
    found: Counter[str] = Counter()
    cursor = None
    while True:
        answer = plain_http.post(town.bundle.url + "/deliveries/redrive", json={**asked, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        document = answer.json()
        found.update({name: document[name] for name in ("matched", "unwanted", "redriven")})
        if (cursor := document["cursor"]) is None:
            return found


def route(town: Town, *paths: str) -> None:
    targets = [{"webhook": town.receiver.url + path} for path in paths]
    assert town.put("/routes/default", {"targets": targets}).status_code == 200


def taken(town: Town, path: str) -> Counter[str]:
    return Counter(one.id for one in town.receiver.attempts() if one.path == path and one.answered == 204)


def announced(town: Town) -> set[str]:
    return {event["detail"]["event_id"] for event in town.events.heard()}


def send_some(town: Town, minutes: int) -> None:
    for number in range(4):
        town.softlinx.send(BUSY if number % 2 else GOOD)
        town.softlinx.receive(GOOD)
        town.wait(minutes=minutes / 4)


def test_a_receiver_that_was_down_all_weekend_takes_everything_once(
    open_town: OpenTown, capsys: pytest.CaptureFixture[str]
) -> None:
    town = open_town(account_id="")
    is_down = True

    def behave(_: WebRequest, __: datetime) -> WebResponse | None:
        if is_down:
            raise HangUp
        return None

    town.receiver.behaviour = behave
    route(town, "/desk")
    # What happened on the first evening is given up in the end, what happened last is still tried.
    send_some(town, 2 * HOURS)
    town.wait(minutes=40 * HOURS)
    send_some(town, 2 * HOURS)
    town.wait(minutes=12 * HOURS)

    told = announced(town)
    given_up = town.get("/deliveries").json()["deliveries"]
    pending = town.get("/deliveries?state=pending").json()["deliveries"]
    assert len(told) == len(given_up) + len(pending)
    assert min(len(given_up), len(pending)) >= 6
    assert taken(town, "/desk") == Counter()

    is_down = False
    (target,) = {one["target"] for one in given_up}
    asked = {"target": target, "since": "2026-11-23T13:00Z"}
    options = [word for name, text in asked.items() for word in (f"--{name}", text)]
    options += ["--api-url", town.bundle.url]
    assert main(["deliveries", *options[2:]]) == 0
    assert f"{target}  webhook  {len(given_up)} given up  23 Nov" in capsys.readouterr().out
    assert redrive(town, **asked, dry_run=True) == Counter(matched=len(given_up), redriven=0, unwanted=0)
    for made in (f"{len(given_up)} are due", "None was given up."):
        assert main(["deliveries", "redrive", *options, "--yes"]) == 0
        assert made in capsys.readouterr().out
    town.wait(minutes=10)
    assert taken(town, "/desk") == Counter(one["event_id"] for one in given_up)

    # Nothing has been missed, and whoever puts the letters back as well tells nobody again.
    assert redrive(town, missed=True, route="default", since="2026-11-23")["matched"] == 0
    put_letters_back(town)
    town.wait(minutes=13 * HOURS)
    assert taken(town, "/desk") == Counter(told)
    assert town.get("/deliveries").json()["deliveries"] == []
    assert len({(one.id, one.body) for one in town.receiver.attempts()}) == len(told)


def put_letters_back(town: Town) -> None:
    sqs, put_back = town.bundle.aws.client("sqs"), 0
    dead, queue = town.queue_named("NotifyDeadLetters"), town.queue_named("NotifyQueue")
    while found := sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            put_back += 1
    assert put_back > 0
    town.bundle.look()


def test_a_target_that_was_disabled_is_told_once_what_it_has_missed(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    is_gone = True

    def behave(request: WebRequest, _: datetime) -> WebResponse | None:
        return WebResponse(410, b"") if is_gone and request.path == "/gone" else None

    town.receiver.behaviour = behave
    route(town, "/here", "/gone")
    send_some(town, 6 * HOURS)
    town.wait(minutes=2 * HOURS)
    told = announced(town)
    assert taken(town, "/here") == Counter(told)
    tried = {one.id for one in town.receiver.attempts() if one.path == "/gone"}
    assert 0 < len(tried) < len(told)

    # Who is disabled is told nothing, whatever is asked.
    since = {"route": "default", "since": "2026-11-23"}
    missed = redrive(town, missed=True, **since)
    assert missed == Counter(matched=len(told) - len(tried), unwanted=len(told) - len(tried), redriven=0)
    assert redrive(town, **since) == Counter(matched=len(tried), unwanted=len(tried), redriven=0)

    is_gone = False
    route(town, "/here", "/gone")
    assert redrive(town, missed=True, **since)["redriven"] == len(told) - len(tried)
    assert redrive(town, **since)["redriven"] == len(tried)
    assert redrive(town, missed=True, **since)["matched"] == redrive(town, **since)["matched"] == 0
    town.wait(minutes=30)
    assert taken(town, "/gone") == taken(town, "/here") == Counter(told)
    bodies = {(one.id, one.body) for one in town.receiver.attempts()}
    assert len(bodies) == len(told)
