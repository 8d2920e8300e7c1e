"""The bundle as it is deployed: every function composed by bootstrap, and run by what the template says.

Nothing of the bundle is replaced but what leaves it: botocore's clients, the providers, receivers of
webhooks, threads, clocks and chance.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from faxledger import bootstrap
from faxledger.bootstrap import announcing, api, greenfax, notifying, sending, softlinx, sweeping
from faxledger.errors import FaxledgerError
from tests.simulation.aws import TOKEN, Aws, Message, Queue, Wire
from tests.simulation.deployments import Deployments
from tests.simulation.faults import Event, Fault
from tests.simulation.outside import Receiver
from tests.simulation.scheduler import Bell, Killed, Outcome, Process, Scheduler
from tests.simulation.stream import Stream
from tests.support.bundle_on_moto import event_file
from tests.support.template import Template, raw_template

PARAMETERS = {
    "SoftlinxRealm": "Acme",
    "SoftlinxUrl": "https://softlinx.example/",
    "GreenFaxAccountId": "12345",
    "GreenFaxSender": "faxes@clinic.example",
    "NotifySender": "faxes@clinic.example",
    "StatusEmailRecipient": "fax-status@in.clinic.example",
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
    "AdmitEmail": greenfax.admit_email,
    "GreenFaxEmail": greenfax.greenfax_email,
    "GreenFaxBounces": greenfax.greenfax_bounces,
    "Notify": notifying.notify,
    "NotifyDue": notifying.notify_due,
    "EditRoutes": notifying.edit_routes,
    "Sweep": sweeping.sweep,
    "AmendFax": api.amend_fax,
    "QueryFaxes": api.query_faxes,
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
_SECONDS = {"minute": 60.0, "minutes": 60.0, "hour": 3600.0, "hours": 3600.0}


class Answered(NamedTuple):
    """A callback and its answer, None where its function died; `struck` is what went wrong at its calls."""

    function: str
    body: bytes
    fields: Mapping[str, str]
    has_token: bool
    answer: Mapping[str, Any] | None
    struck: frozenset[Fault]


class Bundle:
    """Functions and what starts them."""

    def __init__(self, scheduler: Scheduler, wire: Wire, parameters: Mapping[str, str]) -> None:
        self.scheduler = scheduler
        self.wire = wire
        self.deployments = Deployments(scheduler, {**PARAMETERS, **parameters}, COMPOSE)
        self.counts: Counter[str] = Counter()
        self.broken: list[tuple[str, BaseException]] = []
        self.told: list[str] = []
        self.answered: list[Answered] = []
        self.receiver = Receiver(wire)
        queues = {f"unresolved:{name}": queue for name, queue in self._queues().items()}
        rules = self._rules(queues)
        self.aws = Aws(wire, self.template.resource("Table"), queues, rules)
        self.streams = [Stream(self, name, filters) for name, filters in self._stream_filters().items()]

    @property
    def template(self) -> Template:
        return self.deployments.template

    def start(self) -> None:
        self._make_queues()
        for queue in self.aws.queues.values():
            queue.bell = Bell(self.scheduler)
            consumer = self._consumers.get(queue.name)
            if consumer is not None:
                for lane in range(2):
                    self._consume(queue, consumer, lane)
        for name in _SCHEDULED:
            period = self._period_of(name)
            self._schedule(name, period, self.scheduler.random.uniform(0, period))
        for stream in self.streams:
            stream.look()

    # --- functions ---------------------------------------------------------------------------------------

    def invoke(self, name: str, work: Callable[[Any, timedelta], Any], process: Process | None = None) -> Any:
        """Run a function in a process of its own; None if it dies or breaks. The caller waits."""
        process = process or Process(name)
        time = self._time_of(name)
        outcome = self.scheduler.begin(
            process, lambda: self.deployments.run(name, lambda run: work(run, time))
        )
        self.scheduler.after(time.total_seconds(), lambda: _end(process, outcome))
        self.scheduler.wait(outcome)
        if isinstance(outcome.error, Killed):
            return None
        if outcome.error is not None:
            if not isinstance(outcome.error, FaxledgerError):
                # Whatever went wrong, a function says so in words of its own.
                self.broken.append((name, outcome.error))
            return None
        return outcome.value

    def _time_of(self, name: str) -> timedelta:
        return timedelta(seconds=raw_template()["Resources"][name]["Properties"].get("Timeout", 60))

    def redeploy(self, **parameters: str) -> None:
        """Deploy with other parameters, if any are given; a queue that is not wanted any more is gone."""
        self.deployments.deploy(**parameters)
        self._make_queues()

    def roll_back(self) -> None:
        self.deployments.roll_back()
        self._make_queues()

    def _make_queues(self) -> None:
        for queue in self.aws.queues.values():
            queue.is_there = self.template.exists(queue.name)
            if not queue.is_there:
                queue.messages.clear()

    # --- what starts them --------------------------------------------------------------------------------

    def post(self, form: Mapping[str, str], token: str = TOKEN) -> int | None:
        event = event_file("softlinx_callback")
        event["pathParameters"]["token"] = token
        body = urlencode(form).encode()
        event["body"] = b64encode(body).decode()
        return self._call_back("SoftlinxCallback", event, body, form)

    def get(self, query: str, is_inbound: bool, token: str = TOKEN) -> int | None:  # noqa: FBT001 - one of two routes
        event = event_file("greenfax_notify")
        event["pathParameters"]["token"] = token
        event["rawQueryString"] = query
        event["routeKey"] += "/inbound" if is_inbound else ""
        return self._call_back("GreenFaxNotify", event, query.encode(), dict(parse_qsl(query)))

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

    def _call_back(
        self, name: str, event: Mapping[str, Any], body: bytes, fields: Mapping[str, str]
    ) -> int | None:
        has_token = event["pathParameters"]["token"] == TOKEN
        process, before = Process(name), len(self.wire.struck)
        answer = self.invoke(name, lambda run, _: run.answer(event), process)
        struck = frozenset(fault for _, whose, fault in self.wire.struck[before:] if whose is process)
        self.answered.append(Answered(name, body, fields, has_token, answer, struck))
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

    def _period_of(self, function: str) -> float:
        """Between two runs on schedule, in seconds, as the template says: `rate(23 minutes)`."""
        (expression,) = (
            source["Properties"]["ScheduleExpression"]
            for source in self.template.resource(function)["Events"].values()
            if source["Type"] == "ScheduleV2"
        )
        count, unit = expression.removeprefix("rate(").removesuffix(")").split()
        return int(count) * _SECONDS[unit]

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


def _end(process: Process, outcome: Outcome) -> None:
    """Lambda ends what has not come to its end when its time is up."""
    if not outcome.is_there:
        process.is_dead = True
