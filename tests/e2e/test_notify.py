"""Whoever wants to know is told, however ill the receivers are, and nobody twice."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from moto.ses.models import ses_backends

from local.runtime.aws import ACCOUNT, REGION
from local.show.simulators.web import HangUp, WebRequest, WebResponse
from tests.e2e.conftest import ACCOUNTS, START, OpenTown, Town, drain
from tests.support import plain_http

# Magic numbers of the simulators: goes through; fails; is taken without an answer.
GOOD, BUSY, LOST = "12025550100", "12025550001", "12025550201"
FAXES = 12


def route(town: Town, *paths: str) -> None:
    targets = [{"webhook": town.receiver.url + path} for path in paths]
    assert town.put("/routes/default", {"targets": targets}).status_code == 200


def facts(town: Town) -> set[str]:
    """The ids of everything that was announced."""
    return {event["detail"]["event_id"] for event in town.events.heard()}


def letters(town: Town) -> list[dict[str, Any]]:
    return drain(town.bundle.aws.client("sqs"), town.queue_named("NotifyDeadLetters"))


def redrive(town: Town) -> int:
    """As `aws sqs start-message-move-task`, which moto does not know."""
    sqs, left = town.bundle.aws.client("sqs"), letters(town)
    for letter in left:
        sqs.send_message(QueueUrl=town.queue_named("NotifyQueue"), MessageBody=json.dumps(letter))
    town.bundle.look()
    return len(left)


def send_and_receive(town: Town) -> None:
    for number in range(FAXES // 3):
        town.softlinx.send(BUSY if number % 4 == 0 else GOOD)
        town.softlinx.receive(GOOD)
        town.greenfax.send(GOOD)
        town.wait(minutes=5)


class IllReceiver:
    """Down for six hours; then each id meets a trouble of its own before it is taken; `/gone` is gone."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._met: Counter[str] = Counter()
        self.is_gone = True

    def __call__(self, request: WebRequest, now: datetime) -> WebResponse | None:
        if now < START + timedelta(hours=6):
            raise HangUp
        if request.path == "/gone":
            return WebResponse(410, b"") if self.is_gone else None
        id_ = request.headers["webhook-id"]
        self._met[id_] += 1
        if self._met[id_] == 1:
            match int(id_, 16) % 4:
                case 0:
                    return WebResponse(500, b"")
                case 1:
                    return WebResponse(429, b"", headers=[("Retry-After", "1500")])
                case 2:  # taken, but nobody hears that it was
                    self._town.receiver.act_upon(request)
                    raise HangUp
        return None


def test_after_six_hours_of_outage_and_more_trouble_everything_was_told_once_or_is_a_dead_letter(
    open_town: OpenTown,
) -> None:
    town = open_town()
    ill = town.receiver.behaviour = IllReceiver(town)
    route(town, "/here", "/gone")
    send_and_receive(town)
    town.wait(minutes=24 * 60)

    told = facts(town)
    assert len(told) == FAXES
    assert town.receiver.acted_upon("/here") == told
    assert town.receiver.acted_upon("/gone") == set()
    deliveries = town.receiver.attempts()
    answered = Counter(one.answered for one in deliveries)
    assert min(answered[None], answered[204], answered[410], answered[429], answered[500]) > 0
    # Each id had one body, and a fresh timestamp at every attempt.
    assert len({(one.id, one.body) for one in deliveries}) == len(told)
    assert len({(one.id, one.path, one.timestamp) for one in deliveries}) == len(deliveries)
    # After its answer of 2xx nobody was asked again.
    taken = [(one.id, one.path) for one in deliveries if one.answered == 204]
    assert len(taken) == len(set(taken)) == len(told)
    ends = {one["state"] for fax in town.faxes() for one in deliveries_of(town, fax)}
    assert ends == {"done", "given_up"}
    (disabled,) = [
        one for one in town.get("/routes/default").json()["targets"] if one["disabled_at"] is not None
    ]
    assert disabled["webhook"].endswith("/gone")

    ill.is_gone = False
    route(town, "/here", "/gone")
    assert redrive(town) == len(told)
    town.wait(minutes=30)
    assert town.receiver.acted_upon("/gone") == town.receiver.acted_upon("/here") == told
    assert {one["state"] for fax in town.faxes() for one in deliveries_of(town, fax)} == {"done"}
    assert letters(town) == []


def test_a_receiver_that_never_comes_back_is_given_up_after_eight_attempts(open_town: OpenTown) -> None:
    town = open_town(account_id="")

    def dead(_: WebRequest, __: datetime) -> None:
        raise HangUp

    town.receiver.behaviour = dead
    route(town, "/")
    town.softlinx.send(GOOD)
    town.wait(minutes=36 * 60)
    assert len(town.receiver.attempts()) == 8
    lasted = town.receiver.attempts()[-1].at - town.receiver.attempts()[0].at
    assert timedelta(hours=27.5) <= lasted <= timedelta(hours=34)
    (letter,) = letters(town)
    (delivery,) = deliveries_of(town, letter["delivery"]["fax_id"])
    assert (delivery["state"], delivery["attempts"]) == ("given_up", 8)


def test_an_email_tells_of_a_failed_fax(open_town: OpenTown) -> None:
    town = open_town(account_id="", parameters={"NotifySender": "faxes@example.org"})
    targets = [{"email": "desk@example.org", "events": ["fax.failed"]}]
    assert town.put("/routes/default", {"targets": targets}).status_code == 200
    town.softlinx.send(GOOD)
    failed = town.softlinx.send(BUSY)
    town.wait(minutes=60)
    sent: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
    assert [email.subject for email in sent] == [f"Fax failed: softlinx.outbound.acme.{failed}"]


def test_who_sends_a_fax_can_name_who_is_told_of_it_and_of_its_resend(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    route(town, "/desk")
    asked = {
        "provider": "softlinx",
        "recipients": [{"number": BUSY}],
        "documents": [{"type": "application/pdf", "content": "JVBERi0xLjQ="}],
        "notify": [{"webhook": town.receiver.url + "/sender"}],
    }
    answer = town.post("/faxes", asked, "a-first-key")
    assert answer.status_code == 202, answer.text
    town.wait(minutes=30)
    (failed,) = town.receiver.attempts()
    assert (failed.path, failed.document["type"]) == ("/sender", "fax.failed")

    resent = town.post(f"/faxes/{failed.document['data']['fax_id']}/resend", {"number": GOOD}, "a-second-key")
    assert resent.status_code == 202, resent.text
    town.softlinx.send(GOOD)
    town.wait(minutes=60)
    told = {(one.path, one.document["type"]) for one in town.receiver.attempts()}
    assert told == {("/sender", "fax.failed"), ("/sender", "fax.sent"), ("/desk", "fax.sent")}


def send_and_lose_the_answer(town: Town) -> None:
    route(town, "/desk")
    asked = {
        "provider": "softlinx",
        "recipients": [{"number": LOST}],
        "documents": [{"type": "application/pdf", "content": "JVBERi0xLjQ="}],
        "notify": [{"webhook": town.receiver.url + "/sender"}],
    }
    assert town.post("/faxes", asked, "a-first-key").status_code == 202


def test_a_sender_whose_fax_brings_its_code_back_is_told_at_once(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    send_and_lose_the_answer(town)
    town.wait(minutes=25)
    assert "/sender" in [one.path for one in town.receiver.attempts()]


def test_a_sender_whose_fax_is_found_only_after_it_was_settled_is_told_then(open_town: OpenTown) -> None:
    town = open_town(account_id="")
    send_and_lose_the_answer(town)
    town.wait(minutes=1)
    # The first callback says no more than this, and no code.
    (job,) = town.softlinx.jobs()
    bare = {"FaxId": job.job_id, "FaxStatus": "sent", "Queue": "SendFax"}
    url = f"{town.bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
    assert plain_http.post(url, data=bare).status_code == 200
    town.wait(minutes=1)
    # Nobody knows yet whose it is: only that it is one of ours.
    assert [one.path for one in town.receiver.attempts()] == ["/desk"]
    town.wait(minutes=3 * 60)
    desk, sender = town.receiver.attempts()
    assert (desk.path, sender.path) == ("/desk", "/sender")
    data = sender.document["data"]
    assert desk.id == sender.id
    assert {**data, **desk.document["data"]} == data
    # And what the second callback has said beside that.
    assert data.keys() - desk.document["data"].keys() == {"submission_id", "completed_at"}


def deliveries_of(town: Town, fax: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.get(f"/faxes/{fax}").json()["deliveries"]
    return found
