"""The bundle as it is deployed: every function composed by bootstrap, and run by what the template says.

Nothing of the bundle is replaced but what leaves it: botocore's clients, the providers, receivers of
webhooks, threads, clocks and chance.
"""

import json
import random
import secrets
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from faxledger import bootstrap
from faxledger.adapters import aws as aws_adapter
from faxledger.bootstrap import announcing, api, components, greenfax, notifying, sending, softlinx, sweeping
from faxledger.egress import downloads, posts
from faxledger.errors import DeliveryFailed, FaxledgerError, ProviderUnavailable
from faxledger.ledger import index_pages
from faxledger.providers.greenfax import feed
from faxledger.usecases import concurrently
from tests.simulation.aws import TOKEN, Aws, Message, Queue, Wire, session_of
from tests.simulation.faults import Event, Fault
from tests.simulation.greenfax import GreenFax
from tests.simulation.patterns import matches
from tests.simulation.scheduler import Bell, HostClock, Killed, Lanes, Process, Scheduler, wait_for_first
from tests.simulation.softlinx import Softlinx
from tests.support.bundle_on_moto import event_file
from tests.support.template import Template, raw_template

PARAMETERS = {
    "SoftlinxRealm": "Acme",
    "SoftlinxUrl": "https://softlinx.example/",
    "GreenFaxAccountId": "12345",
    "GreenFaxSender": "faxes@clinic.example",
    "NotifySender": "faxes@clinic.example",
}
RECEIVER = "https://receiver.example/faxes"

COMPOSE: Mapping[str, Callable[[bootstrap.World], Any]] = {
    "SoftlinxCallback": softlinx.softlinx_callback,
    "GreenFaxNotify": greenfax.greenfax_notify,
    "SoftlinxPoll": softlinx.softlinx_poll,
    "GreenFaxFeed": greenfax.greenfax_feed,
    "Announce": announcing.announce,
    "JoinFax": announcing.join_fax,
    "MarkFax": softlinx.mark_fax,
    "RetrieveContent": softlinx.retrieve_content,
    "DownloadContent": greenfax.download_content,
    "SubmitFax": sending.submit_fax,
    "SendFax": softlinx.send_fax,
    "MailFax": greenfax.mail_fax,
    "Notify": notifying.notify,
    "NotifyDue": notifying.notify_due,
    "EditRoutes": notifying.edit_routes,
    "Sweep": sweeping.sweep,
    "AmendFax": api.amend_fax,
}
# What takes the time that is left as well.
_TIMED = frozenset(
    {"SoftlinxPoll", "GreenFaxFeed", "SendFax", "MailFax", "Sweep", "RetrieveContent", "DownloadContent"}
)
_SCHEDULED = {
    "SoftlinxPoll": lambda run, left: run({}, left),
    "GreenFaxFeed": lambda run, left: run(left),
    "NotifyDue": lambda run, _: run(),
    "Sweep": lambda run, left: run(left),
}
_PERIODS = {"SoftlinxPoll": 3600.0, "GreenFaxFeed": 1200.0, "NotifyDue": 300.0, "Sweep": 3600.0}


class _Log:
    """Implements `Log`; `said` is told of each line."""

    def __init__(self, said: Callable[[str], None]) -> None:
        self._said = said

    def info(self, message: str, *_: object, extra: Mapping[str, object] = {}) -> None:
        self._said(f"{message} {list(extra.values())}")

    warning = error = exception = info


@dataclass(slots=True)
class Receiver:
    """Who takes webhooks: what came, by its id, and how each was answered."""

    wire: Wire
    came: list[tuple[str, bytes, int]] = field(default_factory=list)

    def post(self, _url: str, body: bytes, headers: Mapping[str, str]) -> posts.Posted:
        def take() -> posts.Posted:
            event = self.wire.faults.at(Event.RECEIVER_DROPS, Event.RECEIVER_BUSY, Event.RECEIVER_GONE)
            status = {Event.RECEIVER_BUSY: 429, Event.RECEIVER_GONE: 410}.get(event, 200)  # type: ignore[arg-type]
            self.came.append((headers["webhook-id"], body, status))
            if event is Event.RECEIVER_DROPS:
                raise DeliveryFailed("the connection failed")
            return posts.Posted(status, "")

        return self.wire.call(
            take,
            (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.LOST),
            refused=lambda: DeliveryFailed("no answer in time"),
            lost=lambda: DeliveryFailed("the connection failed"),
        )


class Bundle:
    """Functions and what starts them. `changed` is told of each change of the table."""

    def __init__(self, scheduler: Scheduler, wire: Wire, parameters: Mapping[str, str]) -> None:
        self.scheduler = scheduler
        self.wire = wire
        self.parameters = {**PARAMETERS, **parameters}
        self.template = Template(self.parameters)
        self.counts: Counter[str] = Counter()
        self.broken: list[tuple[str, BaseException]] = []
        self.told: list[str] = []
        self.receiver = Receiver(wire)
        queues = {f"unresolved:{name}": queue for name, queue in self._queues().items()}
        rules = self._rules(queues)
        self.aws = Aws(wire, self.template.resource("Table"), queues, rules)
        self._composed: dict[tuple[str, int], Any] = {}
        self._skews = [scheduler.random.uniform(-60, 60) for _ in range(2)]
        self.streams = [Stream(self, name, filters) for name, filters in self._stream_filters().items()]
        self._changes: list[Any] = []

    def start(self) -> None:
        for queue in self.aws.queues.values():
            queue.bell = Bell(self.scheduler)
            consumer = self._consumers.get(queue.name)
            if consumer is not None:
                for lane in range(2):
                    self._consume(queue, consumer, lane)
        for name, period in _PERIODS.items():
            self._schedule(name, period, self.scheduler.random.uniform(0, period))
        for stream in self.streams:
            stream.look()

    # --- functions ---------------------------------------------------------------------------------------

    def invoke(self, name: str, work: Callable[[Any, timedelta], Any]) -> Any:
        """Run a function in a process of its own; None if it dies or breaks. The caller waits."""
        process = Process(name)
        outcome = self.scheduler.begin(process, lambda: work(self._function(name), self._time_of(name)))
        self.scheduler.wait(outcome)
        if isinstance(outcome.error, Killed):
            return None
        if outcome.error is not None:
            if not isinstance(outcome.error, FaxledgerError):
                # Whatever went wrong, a function says so in words of its own.
                self.broken.append((name, outcome.error))
            return None
        return outcome.value

    def _function(self, name: str) -> Any:
        host = self.scheduler.random.randrange(len(self._skews))
        if (name, host) not in self._composed:
            clock = HostClock(self.scheduler, self._skews[host])
            world = bootstrap.World(self.template.environment(name), clock)
            self._composed[name, host] = COMPOSE[name](world)
        return self._composed[name, host]

    def _time_of(self, name: str) -> timedelta:
        return timedelta(seconds=raw_template()["Resources"][name]["Properties"].get("Timeout", 60))

    def redeploy(self, **parameters: str) -> None:
        """Every environment begins anew, with other settings if any are given."""
        self.parameters.update(parameters)
        self.template = Template(self.parameters)
        self._composed.clear()

    def changes(self) -> list[Any]:
        """Every change of the table as a stream has it."""
        changes = self.aws.table.changes
        self._changes += [_plain(one) for one in changes[len(self._changes) :]]
        return self._changes

    # --- what starts them --------------------------------------------------------------------------------

    def post(self, form: Mapping[str, str]) -> int | None:
        event = event_file("softlinx_callback")
        event["pathParameters"]["token"] = TOKEN
        event["body"] = b64encode(urlencode(form).encode()).decode()
        return self._status("SoftlinxCallback", event)

    def get(self, query: str, is_inbound: bool) -> int | None:  # noqa: FBT001 - one of two routes
        event = event_file("greenfax_notify")
        event["pathParameters"]["token"] = TOKEN
        event["rawQueryString"] = query
        event["routeKey"] += "/inbound" if is_inbound else ""
        return self._status("GreenFaxNotify", event)

    def ask(
        self, name: str, route: str, body: object, key: str = "", path: Mapping[str, str] = {}
    ) -> tuple[int, Any] | None:
        """An answer of the API for people: status and document. None where there was none."""
        event = event_file("submit_fax")
        event["routeKey"] = event["requestContext"]["routeKey"] = route
        event["headers"]["idempotency-key"] = key
        event["pathParameters"] = path
        event["body"] = json.dumps(body)
        answer = self.invoke(name, lambda run, _: run.answer(event))
        return None if answer is None else (answer["statusCode"], json.loads(answer["body"]))

    def _status(self, name: str, event: Mapping[str, Any]) -> int | None:
        answer = self.invoke(name, lambda run, _: run.answer(event))
        return None if answer is None else int(answer["statusCode"])

    def _schedule(self, name: str, period: float, first: float) -> None:
        def run() -> None:
            event = self.wire.faults.at(Event.SCHEDULE_MISSED, Event.SCHEDULE_TWICE, Event.SCHEDULE_LATE)
            late = self.scheduler.random.uniform(0, 6 * 3600) if event is Event.SCHEDULE_LATE else 0.0
            for _ in range(
                0 if event is Event.SCHEDULE_MISSED else 2 if event is Event.SCHEDULE_TWICE else 1
            ):
                started = Process("EventBridge")
                delay = late + self.scheduler.random.uniform(0, 20)
                self.scheduler.begin(started, lambda: self.invoke(name, _SCHEDULED[name]), seconds=delay)
            self.scheduler.after(period, run)

        self.scheduler.after(first, run)

    def _consume(self, queue: Queue, function: str, lane: int) -> None:
        size, bell = self._batch_sizes[function], queue.bell
        assert bell is not None

        def loop() -> None:
            while True:
                batch = self._receive(queue, size)
                if batch:
                    self._work_off(queue, function, batch)
                elif queue.messages:
                    soonest = min(message.visible_at for message in queue.messages)
                    self.scheduler.pause(max(soonest - self.scheduler.now, 0.0) + 1.0)
                else:
                    bell.wait()

        self.scheduler.begin(Process(f"{queue.name} {lane}"), loop)

    def _receive(self, queue: Queue, size: int) -> list[Message]:
        batch: list[Message] = []
        for message in queue.messages:
            if len(batch) == size:
                break
            if message.visible_at > self.scheduler.now:
                continue
            if message.received >= queue.most_received:
                message.is_deleted = True
                queue.dead.append(message)
                continue
            message.received += 1
            message.visible_at = self.scheduler.now + queue.visibility
            batch.append(message)
        queue.messages = [message for message in queue.messages if not message.is_deleted]
        return batch

    def _work_off(self, queue: Queue, function: str, batch: list[Message]) -> None:
        event = {
            "Records": [
                {
                    "messageId": message.id,
                    "body": message.body,
                    "attributes": {"ApproximateReceiveCount": str(message.received)},
                }
                for message in batch
            ]
        }
        is_timed = function in _TIMED
        answer = self.invoke(
            function, lambda run, left: run.answer(event, left) if is_timed else run.answer(event)
        )
        failed = {message.id for message in batch}
        if answer is not None:
            failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for message in batch:
            if message.id not in failed and not self.wire.faults.at(Event.DELIVERED_TWICE):
                message.is_deleted = True
        queue.messages = [message for message in queue.messages if not message.is_deleted]

    # --- the template ------------------------------------------------------------------------------------

    def _queues(self) -> dict[str, Queue]:
        queues = {}
        for name, resource in raw_template()["Resources"].items():
            if resource["Type"] != "AWS::SQS::Queue":
                continue
            properties = self.template.resource(name)
            most = properties.get("RedrivePolicy", {}).get("maxReceiveCount", 1_000_000)
            queues[name] = Queue(name, float(properties.get("VisibilityTimeout", 30)), int(most))
        self._consumers, self._batch_sizes = {}, {}
        for function in COMPOSE:
            for source in (self.template.resource(function).get("Events") or {}).values():
                if source["Type"] == "SQS":
                    queue = source["Properties"]["Queue"].removeprefix("unresolved:").partition(".")[0]
                    self._consumers[queue] = function
                    self._batch_sizes[function] = int(source["Properties"]["BatchSize"])
        return queues

    def _rules(self, queues: Mapping[str, Queue]) -> list[tuple[Any, Queue]]:
        rules = []
        for name, resource in raw_template()["Resources"].items():
            if resource["Type"] != "AWS::Events::Rule" or name == "BounceRule":
                continue
            properties = self.template.resource(name)
            pattern = {
                key: value for key, value in properties["EventPattern"].items() if key != "replay-name"
            }
            rules += [(pattern, queues[target["Arn"].partition(".")[0]]) for target in properties["Targets"]]
        return rules

    def _stream_filters(self) -> dict[str, list[Any]]:
        return {
            function: [
                json.loads(one["Pattern"])
                for one in source["Properties"].get("FilterCriteria", {}).get("Filters", [])
            ]
            for function in COMPOSE
            for source in (self.template.resource(function).get("Events") or {}).values()
            if source["Type"] == "DynamoDB"
        }


class Stream:
    """The table's stream as one function reads it: one shard, in order, again from the first failure on."""

    def __init__(self, bundle: Bundle, function: str, filters: list[Any]) -> None:
        self._bundle = bundle
        self._function = function
        source = next(
            one["Properties"]
            for one in bundle.template.resource(function)["Events"].values()
            if one["Type"] == "DynamoDB"
        )
        self._most_retries = int(source["MaximumRetryAttempts"])
        self._keeps_failed = "DestinationConfig" in source
        self.filters = filters
        self._read = 0
        self._batches: deque[tuple[list[Any], int]] = deque()

    def look(self) -> None:
        self._bundle.scheduler.begin(Process(f"stream of {self._function}"), self._loop)

    def _loop(self) -> None:
        while True:
            changes = self._bundle.changes()
            new = changes[self._read :]
            self._read = len(changes)
            wanted = [one for one in new if any(matches(pattern, one) for pattern in self.filters)]
            self._batches += [(wanted[at : at + 100], 0) for at in range(0, len(wanted), 100)]
            if not self._batches:
                self._bundle.aws.changed.wait()
                continue
            self._deliver(*self._batches.popleft())

    def _deliver(self, records: list[Any], failures: int) -> None:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        answer = self._bundle.invoke(self._function, lambda run, _: run.answer({"Records": records}))
        failed = [] if answer is None else [one["itemIdentifier"] for one in answer["batchItemFailures"]]
        if answer is not None and not failed:
            if not self._bundle.wire.faults.at(Event.STREAM_AGAIN):
                return
            failed = numbers[:1]
        first = min(numbers.index(number) for number in failed) if failed else 0
        self._bundle.scheduler.pause(1.0)
        if first:
            self._batches.appendleft((records[first:], failures))
        elif answer is None and len(records) > 1:
            middle = len(records) // 2
            self._batches.appendleft((records[middle:], failures))
            self._batches.appendleft((records[:middle], failures))
        elif failures < self._most_retries:
            self._batches.appendleft((records, failures + 1))
        elif self._keeps_failed:
            document = json.dumps({"payload": {"Records": records}}).encode()
            place = ("unresolved:FailedRecords", f"aws/lambda/{numbers[0]}")
            self._bundle.aws.objects[place] = document


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as Lambda has it: JSON."""
    change = {**record["dynamodb"], "ApproximateCreationDateTime": 0}
    plain: dict[str, Any] = json.loads(
        json.dumps({**record, "dynamodb": change}, default=lambda content: b64encode(content).decode())
    )
    return plain


@dataclass(frozen=True, slots=True)
class _Posts:
    """In the place of what posts to receivers: no address is resolved, but each is looked at."""

    receiver: Receiver
    rule: Any

    def host_of(self, url: str) -> str:
        host: str = self.rule.read(url).host
        return host

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> posts.Posted:
        return self.receiver.post(url, body, headers)


@dataclass(frozen=True, slots=True)
class _Downloads:
    """In the place of what fetches documents, as `_Posts`."""

    wire: Wire
    rule: Any

    def check(self, url: str) -> None:
        self.rule.read(url)

    @contextmanager
    def get(self, url: str) -> Iterator[Iterator[bytes]]:
        yield self.wire.call(
            lambda: iter([b"%PDF-1.4 ", url.encode()]),
            (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.SLOW),
            refused=lambda: ProviderUnavailable("the document: no answer"),
            lost=lambda: ProviderUnavailable("the document: no answer"),
        )


@contextmanager
def outside(bundle: Bundle, softlinx_: Softlinx, greenfax_: GreenFax) -> Iterator[None]:
    """Everything that leaves the bundle goes to the simulation for as long as the block lasts."""
    scheduler = bundle.scheduler
    Lanes.scheduler = scheduler

    def count(name: str, value: int = 1, /, **_: str) -> None:
        bundle.counts[name] += value

    with ExitStack() as patches:
        for place, name, value in (
            (aws_adapter, "_session", lambda: session_of(bundle.aws)),
            (softlinx, "_asked_by", lambda *_: softlinx_),
            (feed, "http_client", greenfax_.http_client),
            (posts, "Posts", lambda rule: _Posts(bundle.receiver, rule)),
            (downloads, "Downloads", lambda rule: _Downloads(bundle.wire, rule)),
            (concurrently, "ThreadPoolExecutor", Lanes),
            (concurrently, "wait", wait_for_first),
            (index_pages, "ThreadPoolExecutor", Lanes),
            (secrets, "token_hex", lambda *_: f"{scheduler.random.getrandbits(64):016x}"),
            (random, "random", scheduler.random.random),
        ):
            patches.enter_context(patch.object(place, name, value))
        told: Mapping[str, object] = {
            "count": count,
            "logger": lambda _: _Log(bundle.told.append),
            "report_unreadable": lambda _: None,
        }
        for room in (announcing, api, components, greenfax, notifying, sending, softlinx, sweeping):
            for name in told.keys() & vars(room).keys():
                patches.enter_context(patch.object(room, name, told[name]))
        yield
