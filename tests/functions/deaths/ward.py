"""A bundle in which a function may die, and what goes on around it by itself."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import boto3

from faxledger.domain.fax import FaxId
from faxledger.ledger.deliveries import DynamoDeliveries
from faxledger.ledger.table import Table
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from tests.support import canaries
from tests.support.bundle_on_moto import Event, Stack, event_file, greenfax_get, softlinx_post
from tests.support.stream import messages

GOOD = "12025550100"
PLANTED = {
    "TSI": canaries.NAME,
    "CallerNumber": canaries.NUMBER,
    "FaxNumber": canaries.NUMBER,
    "DestFaxNumber": canaries.OWN_NUMBER,
    "ProjectCode": canaries.SUBJECT,
    "ErrorText": f"no answer from {canaries.NAME}",
}
NEW_YORK = ZoneInfo("America/New_York")


@dataclass
class Ward:
    """`seen` is what has come along: messages of queues and events of the bus."""

    stack: Stack
    softlinx: SoftlinxSimulator
    greenfax: GreenFaxSimulator
    numbers: Iterator[int]
    seen: list[dict[str, Any]] = field(default_factory=list)

    # --- faxes ---

    def sent(self) -> str:
        """An outbound fax that is over at Softlinx, and of which we have not heard."""
        fax_id = self.softlinx.send(GOOD)
        self.stack.clock.advance(hours=1)
        return fax_id

    def told_of(self, fax_id: str, word: str, **fields: str) -> Event:
        return softlinx_post({"FaxId": fax_id, "FaxStatus": word, **PLANTED, **fields})

    def settled(self, direction: str = "outbound") -> str:
        fax_id = self.sent() if direction == "outbound" else self.softlinx.receive(GOOD)
        word = "sent" if direction == "outbound" else "recvOk"
        self.stack.clock.advance(hours=1)
        assert self.stack.http("SoftlinxCallback", self.told_of(fax_id, word)).status == 200
        return f"softlinx.{direction}.acme.{fax_id}"

    def give_up_deliveries(self, fax_id: str) -> None:
        """As after the last attempt to tell of this fax."""
        table = Table(boto3.client("dynamodb"), self.stack.table.name, 400, 24)
        deliveries, now = DynamoDeliveries(table, self.stack.clock), self.stack.clock.now()
        for delivery in deliveries.about(FaxId.parse(fax_id)):
            attempt = deliveries.begin(delivery.key, now=now, until=now)
            assert attempt is not None
            deliveries.give_up(attempt, "answered 503")

    def sent_by_greenfax(self) -> str:
        """A fax that is over at GreenFax, and of which we have not heard."""
        job_id = self.greenfax.send(GOOD)
        self.stack.clock.advance(hours=1)
        return job_id

    def notification_of(self, job_id: str, *, code: str = "", number: str = canaries.NUMBER) -> Event:
        moment = self.stack.clock.now().astimezone(NEW_YORK).strftime("%m/%d/%Y %I:%M:%S %p")
        told = {"result": "success", "timestamp": moment, "destination": number, "userjobcode": code}
        return greenfax_get({**told, "greenfaxreferenceid": job_id})

    def received_by_greenfax(self) -> str:
        job_id = self.greenfax.receive(GOOD)
        (url,) = (job.download_url for job in self.greenfax._traffic.faxes.all() if job.job_id == job_id)
        told = {"greenfax_job_id": job_id, "pages": "1", "sender": canaries.NUMBER, "download_url": url}
        assert self.stack.http("GreenFaxNotify", greenfax_get(told, is_inbound=True)).status == 200
        return f"greenfax.inbound.12345.{job_id}"

    def to_be_mailed(self) -> tuple[str, Event]:
        """A submission, and the batch of the queue that it waits in."""
        order = event_file("submit_fax")
        order["headers"]["idempotency-key"] = f"key-number-{next(self.numbers)}"
        document = {"type": "application/pdf", "content": "JVBERi0xLjQ="}
        order["body"] = json.dumps(
            {"provider": "greenfax", "recipients": [{"number": GOOD}], "documents": [document]}
        )
        (submission,) = self.stack.http("SubmitFax", order).document["submissions"]
        return submission["id"], messages(*self.stack.to_be_sent("GreenFaxOrderQueue"))

    def submission(self, submission: str) -> dict[str, Any]:
        (item,) = self.stack.items(f"SUBMISSION#{submission}")
        return item

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
        self.deliver("DownloadQueue", "DownloadContent")

    def read_feeds(self, *, times: int = 1) -> None:
        for _ in range(times):
            self.stack.clock.advance(minutes=21)
            self.invoke("GreenFaxFeed", event_file("greenfax_feed"))


@dataclass
class Case:
    """One fax and one function: `run` is what may die, `go_on` what comes after a death by itself.

    `check` holds of every moment, `end` of the end.
    """

    run: Callable[[], object]
    go_on: Callable[[], object]
    end: Callable[[], bool]
    check: Callable[[], bool] = lambda: True
