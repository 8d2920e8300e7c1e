"""Whichever step a function dies at, nothing is left unmarked, unstored, untold or marked too early.

Each function dies at its first call to the outside, then, with another fax, at its second, and so on, until
it comes to its end: once before each call, and once right after it. What Lambda, the queues and the schedules
do next is done then, at worst the sweep alone; and the fax has to be where it would have been.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import boto3
import pytest

from local.functions import Killed
from local.simulators.softlinx import SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import TOKEN, Event, Stack, event_file, softlinx_post
from tests.support.reaper import Reaper
from tests.support.stream import messages, record

GOOD = "12025550100"
PLANTED = {
    "TSI": canaries.NAME,
    "CallerNumber": canaries.NUMBER,
    "FaxNumber": canaries.NUMBER,
    "DestFaxNumber": canaries.OWN_NUMBER,
    "ProjectCode": canaries.SUBJECT,
    "ErrorText": f"no answer from {canaries.NAME}",
}
SECRETS = (TOKEN, "not-a-secret")


@dataclass
class Ward:
    """`seen` is what has come along: messages of queues and events of the bus."""

    stack: Stack
    softlinx: SoftlinxSimulator
    numbers: Iterator[int]
    seen: list[dict[str, Any]] = field(default_factory=list)

    # --- faxes ---

    def sent(self) -> str:
        """An outbound fax that is over at Softlinx, and of which we have not heard."""
        fax_id = self.softlinx.send(GOOD)
        self.stack.clock.advance(hours=1)
        return fax_id

    def told_of(self, fax_id: str, word: str) -> Event:
        return softlinx_post({"FaxId": fax_id, "FaxStatus": word, **PLANTED})

    def settled(self, direction: str = "outbound") -> str:
        fax_id = self.sent() if direction == "outbound" else self.softlinx.receive(GOOD)
        word = "sent" if direction == "outbound" else "recvOk"
        self.stack.clock.advance(hours=1)
        assert self.stack.http("SoftlinxCallback", self.told_of(fax_id, word)).status == 200
        return f"softlinx.{direction}.acme.{fax_id}"

    def item(self, fax: str) -> dict[str, Any]:
        return self.stack.item(fax) or {}

    def is_marked(self, fax: str) -> bool:
        job_id = fax.rpartition(".")[2]
        return any(job.job_id == job_id and job.is_marked for job in self.softlinx.jobs())

    # --- what goes on by itself ---

    def invoke(self, function: str, event: Event | None = None) -> Any:
        self.stack.restart()
        return self.stack.invoke(function, event or event_file("sweep"))

    def deliver(self, queue: str, function: str) -> None:
        if waiting := self.stack.sent_for(queue):
            self.seen += waiting
            assert self.invoke(function, messages(*waiting)) == {"batchItemFailures": []}

    def announced(self) -> list[dict[str, Any]]:
        announced = self.stack.announced()
        self.seen += announced
        return announced

    def sweep(self, *, hours: int) -> None:
        """Hours later; no message of a queue comes but those of the sweep."""
        self.stack.clock.advance(hours=hours)
        self.invoke("Sweep")
        self.deliver("MarkQueue", "MarkFax")
        self.deliver("RetrieveQueue", "RetrieveContent")

    def image(self, fax: str) -> dict[str, Any]:
        key = {"pk": {"S": f"FAX#{fax.replace('.', '#')}"}, "sk": {"S": "STATUS"}}
        table = boto3.client("dynamodb")
        item: dict[str, Any] = table.get_item(TableName=self.stack.table.name, Key=key)["Item"]
        return item


@dataclass
class Case:
    """One fax and one function: `run` is what may die, `go_on` what comes after a death by itself.

    `check` holds of every moment, `end` of the end.
    """

    run: Callable[[], object]
    go_on: Callable[[], object]
    end: Callable[[], bool]
    check: Callable[[], bool] = lambda: True


def marking(ward: Ward) -> Case:
    fax = ward.settled()
    return Case(
        run=lambda: ward.invoke("MarkFax", messages({"detail": {"fax_id": fax}})),
        go_on=lambda: ward.sweep(hours=3),
        end=lambda: ward.is_marked(fax) and ward.item(fax)["duty_mark"] == "done",
    )


def retrieving(ward: Ward) -> Case:
    fax = ward.settled("inbound")

    def is_stored() -> bool:
        item = ward.item(fax)
        return item["duty_store"] == "done" and item["document_key"] in ward.stack.documents()

    return Case(
        run=lambda: ward.invoke("RetrieveContent", messages({"detail": {"fax_id": fax}})),
        go_on=lambda: ward.sweep(hours=4),
        check=lambda: is_stored() or not ward.is_marked(fax),
        end=lambda: is_stored() and ward.is_marked(fax) and ward.item(fax)["duty_mark"] == "done",
    )


def polling(ward: Ward) -> Case:
    fax = f"softlinx.outbound.acme.{ward.sent()}"

    def poll() -> None:
        ward.stack.clock.advance(hours=1)
        ward.invoke("SoftlinxPoll", event_file("softlinx_poll"))

    def go_on() -> None:
        poll()
        # What was marked is not offered again; that it is marked may still have to be written down.
        ward.sweep(hours=3)

    return Case(
        run=poll,
        go_on=go_on,
        check=lambda: "final_status" in ward.item(fax) or not ward.is_marked(fax),
        end=lambda: ward.is_marked(fax) and ward.item(fax)["duty_mark"] == "done",
    )


def recording(ward: Ward) -> Case:
    fax_id = ward.sent()
    call = ward.told_of(fax_id, "sent")

    def called() -> None:
        ward.stack.restart()
        assert ward.stack.http("SoftlinxCallback", call).status == 200

    return Case(
        run=called,
        # Softlinx was not answered, so it calls again.
        go_on=called,
        end=lambda: ward.item(f"softlinx.outbound.acme.{fax_id}")["final_status"] == "sent",
    )


def announcing(ward: Ward) -> Case:
    fax = ward.settled("inbound")
    batch = {"Records": [record(next(ward.numbers), new=ward.image(fax))]}
    told: list[dict[str, Any]] = []

    def is_told_under_one_id() -> bool:
        told.extend(event for event in ward.announced() if event["detail"]["fax_id"] == fax)
        return len({event["detail"]["event_id"] for event in told}) == 1

    def go_on() -> None:
        # At worst every one of Lambda's own tries ends so, and it leaves the batch.
        ward.stack.leave_failed(f"aws/lambda/{fax}", {"payload": batch})
        ward.sweep(hours=1)

    return Case(run=lambda: ward.invoke("Announce", batch), go_on=go_on, end=is_told_under_one_id)


def telling(ward: Ward) -> Case:
    fax = ward.settled()
    batch = {"Records": [record(next(ward.numbers), new=ward.image(fax))]}
    ward.announced()
    ward.invoke("Announce", batch)
    (event,) = (event for event in ward.announced() if event["detail"]["fax_id"] == fax)

    def tell() -> None:
        ward.invoke("Notify", messages(event))
        ward.deliver("NotifyQueue", "Notify")

    def go_on() -> None:
        # The event comes again, as its queue has it; whatever errands there were are lost.
        tell()
        for _ in range(2):
            ward.stack.clock.advance(minutes=15)
            ward.invoke("NotifyDue", event_file("notify_due"))
            ward.deliver("NotifyQueue", "Notify")

    def is_told() -> bool:
        (telling,) = ward.stack.items(f"TELLING#{fax}")
        return bool(telling["duty_tell"] == "done")

    return Case(run=tell, go_on=go_on, end=is_told)


def sending(ward: Ward) -> Case:
    order = event_file("submit_fax")
    order["headers"]["idempotency-key"] = f"key-number-{next(ward.numbers)}"
    submissions = ward.stack.http("SubmitFax", order).document["submissions"]
    batch = messages(*ward.stack.to_be_sent())
    before = len(ward.softlinx.orders())

    def send() -> None:
        ward.stack.clock.advance(minutes=40)
        ward.invoke("SendFax", batch)

    def taken() -> int:
        return len(ward.softlinx.orders()) - before

    def is_handed_over_once_or_known_to_be_in_doubt() -> bool:
        (submission,) = submissions
        item = ward.stack.items(f"SUBMISSION#{submission['id']}")[0]
        if item["state"] == "unknown":
            # It died between writing that it asks and asking: a person decides, and nothing is sent twice.
            return taken() == 0
        is_open = "submitted_at" in ward.item(item.get("fax_id", ""))
        return item["state"] == "handed_over" and is_open and taken() == 1

    return Case(
        run=send,
        go_on=send,
        check=lambda: taken() <= 1,
        end=is_handed_over_once_or_known_to_be_in_doubt,
    )


def sweeping(ward: Ward) -> Case:
    unmarked, unannounced = ward.settled(), ward.settled()
    batch = {"Records": [record(next(ward.numbers), new=ward.image(unannounced))]}
    ward.stack.leave_failed(f"aws/lambda/{unannounced}", {"payload": batch})
    ward.announced()
    ward.stack.clock.advance(hours=3)
    told: list[str] = []

    def is_done() -> bool:
        ward.deliver("MarkQueue", "MarkFax")
        told.extend(event["detail"]["fax_id"] for event in ward.announced())
        return ward.is_marked(unmarked) and unannounced in told and ward.stack.failed_batches() == []

    return Case(run=lambda: ward.invoke("Sweep"), go_on=lambda: ward.sweep(hours=3), end=is_done)


CASES = {
    case.__name__: case
    for case in (recording, polling, announcing, marking, retrieving, telling, sending, sweeping)
}


@pytest.fixture
def ward(stack: Stack) -> Iterator[Ward]:
    stack.parameters |= {"TellFrom": "2020-01-01", "NotifySender": "faxes@example.org"}
    boto3.client("sesv2").create_email_identity(EmailIdentity="faxes@example.org")
    with SoftlinxSimulator(stack.clock, stack.clock, seed=7) as softlinx:
        stack.parameters["SoftlinxUrl"] = softlinx.wsapi_url
        route = event_file("edit_routes") | {"routeKey": "PUT /routes/default"}
        route["body"] = json.dumps({"targets": [{"email": "desk@example.org"}]})
        assert stack.http("EditRoutes", route).status == 200
        yield Ward(stack, softlinx, count(1))


@pytest.mark.parametrize("is_late", [False, True], ids=["before-a-call", "after-a-call"])
@pytest.mark.parametrize("name", CASES)
def test_a_death_between_any_two_steps_loses_nothing_and_marks_nothing_early(
    ward: Ward,
    name: str,
    *,
    is_late: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    reaper = Reaper()
    with reaper.at_work(monkeypatch):
        for call in count(1):
            case = CASES[name](ward)
            try:
                with reaper.at(call, is_late=is_late):
                    case.run()
                is_dead = False
            except Killed:
                is_dead = True
            assert case.check(), f"{name}: too early, after a death at call {call}"
            if is_dead:
                case.go_on()
            assert case.check(), f"{name}: too early, at the end after a death at call {call}"
            assert case.end(), f"{name}: something is left undone after a death at call {call}"
            if not is_dead:
                break
        assert call > 1, "it never died"
    # Whatever it died at, it said nothing of a person and no secret: no log, metric, event or message.
    assert canaries.found_in("".join(capfd.readouterr()) + json.dumps(ward.seen), *SECRETS) == []
