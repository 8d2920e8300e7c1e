import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.show.simulators.web import WebRequest, WebResponse
from local.show.simulators.webhook_receiver import WebhookReceiver
from tests.support.bundle_on_moto import SIGNING_KEY, Stack, event_file, softlinx_post
from tests.support.stream import messages

FIRST_LOOK = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
FAX = "softlinx.outbound.acme.33"


@dataclass
class Office:
    """A deployment with one settled fax, a receiver, and what is on its way to the notify function."""

    stack: Stack
    receiver: WebhookReceiver
    keys: list[str] = field(default_factory=lambda: [SIGNING_KEY])
    waiting: list[tuple[datetime, Any]] = field(default_factory=list)

    def route(self, *targets: dict[str, Any], key: str = "default") -> None:
        """Have the faxes of the route told to these, or to the receiver."""
        event = event_file("edit_routes")
        event["body"] = json.dumps({"targets": list(targets) or [self.hook()]})
        if key == "default":
            event["routeKey"] = "PUT /routes/default"
        else:
            event["pathParameters"] = dict(zip(("provider", "name"), key.split("/"), strict=True))
        answer = self.stack.http("EditRoutes", event)
        assert answer.status == 200, answer.body

    def hook(self, path: str = "/") -> dict[str, Any]:
        return {"webhook": self.receiver.url + path}

    def announce(self, event: dict[str, Any] | None = None) -> None:
        self.invoke(event or event_of_the_fax())

    def invoke(self, body: Any, failures: int = 0) -> None:
        """One message, and its due_deliveries onto the queue."""
        answer = self.stack.invoke("Notify", messages(body))
        assert len(answer["batchItemFailures"]) == failures
        self.collect()

    def collect(self) -> None:
        now = self.stack.clock.now()
        for sent, delay in self.stack.messages_sent_to("NotifyQueue"):
            assert delay <= 900
            self.waiting.append((now + timedelta(seconds=delay), sent))

    def run(self, **time: float) -> None:
        """Go on by so much time: messages come when they are due, and every five minutes there is a look."""
        clock = self.stack.clock
        end = clock.now() + timedelta(**time)
        while (moment := min([*(when for when, _ in self.waiting), self._next_look()])) <= end:
            clock.advance(seconds=max(0.0, (moment - clock.now()).total_seconds()))
            ready = [sent for when, sent in self.waiting if when <= clock.now()]
            self.waiting = [(when, sent) for when, sent in self.waiting if when > clock.now()]
            for sent in ready:
                self.invoke(sent)
            if moment == self._next_look():
                self.stack.invoke("NotifyDue", event_file("notify_due"))
                self.collect()
        clock.advance(seconds=max(0.0, (end - clock.now()).total_seconds()))

    def _next_look(self) -> datetime:
        """The first of the looks every five minutes that finds something; the others would change nothing."""
        due = [delivery["due_at"].partition("#")[0] for delivery in self.deliveries() if "due_at" in delivery]
        found = max(datetime.fromisoformat(min(due)), self.stack.clock.now()) if due else NEVER
        return found + (FIRST_LOOK - found) % timedelta(minutes=5)

    def dead_letters(self) -> list[Any]:
        return [letter for letter, _ in self.stack.messages_sent_to("NotifyDeadLetters")]

    def answer(self, *statuses: int, then: int | None = None, **headers: str) -> None:
        """Have the receiver answer so, one after the other, and then take everything, or answer `then`."""
        left = list(statuses)
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]

        def behave(_: WebRequest, __: datetime) -> WebResponse | None:
            status = left.pop(0) if left else then
            return None if status is None else WebResponse(status, b"", headers=named)

        self.receiver.behaviour = behave

    def deliveries(self) -> list[dict[str, Any]]:
        return self.stack.items("DELIVERY#")


def event_of_the_fax() -> dict[str, Any]:
    event: dict[str, Any] = json.loads(event_file("notify")["Records"][0]["body"])
    return event


@pytest.fixture
def office(stack: Stack) -> Iterator[Office]:
    keys = [SIGNING_KEY]
    with WebhookReceiver(stack.clock, lambda: keys) as receiver:
        stack.neighbours = frozenset({receiver.url})
        stack.http("SoftlinxCallback", softlinx_post())
        yield Office(stack, receiver, keys)
