"""AWS as the bundle's functions see it: botocore's clients, each call of which can go wrong."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from local.dynamodb.refusals import RequestRefused
from local.dynamodb.requests import MemoryTables
from local.dynamodb.tables import MemoryTable
from tests.simulation.faults import Event, Fault, Faults
from tests.simulation.patterns import matcher_of
from tests.simulation.scheduler import BEGINNING, Bell, Process, Scheduler

Result = TypeVar("Result")
Document = dict[str, Any]

_READ = (Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.REFUSED, Fault.SLOW)
_WRITE = (*_READ, Fault.LOST, Fault.TWICE)
_BATCH = (*_WRITE, Fault.PARTIAL)
_READING = frozenset({"get_item", "query", "batch_get_item", "get_object", "get_secret_value"})


def client_error(code: str, operation: str, item: Any = None) -> ClientError:
    response: Document = {"Error": {"Code": code, "Message": "of the simulation"}}
    if item is not None:
        response["Item"] = item
    return ClientError(response, operation)  # type: ignore[arg-type]


@dataclass(slots=True)
class Wire:
    """Every call to somebody outside goes over it: time passes, others have their turn, things go wrong.

    `calls` counts them.
    """

    scheduler: Scheduler
    faults: Faults
    calls: int = 0
    # What went wrong so far: when, and at whose call.
    struck: list[tuple[float, Process, Fault]] = field(default_factory=list)

    def call(
        self,
        effect: Callable[[], Result],
        possible: tuple[Fault, ...],
        *,
        refused: Callable[[], Exception],
        lost: Callable[[], Exception],
        is_repeated: bool = False,
    ) -> Result:
        """What comes of it. One whose answer is lost is made again by botocore, if `is_repeated`."""
        scheduler = self.scheduler
        self.calls += 1
        fault = self.faults.at_call(scheduler.process.name, possible)
        if fault is not None:
            self.struck.append((scheduler.now, scheduler.process, fault))
        waits = scheduler.random.uniform(5, 300) if fault is Fault.SLOW else 0.0
        comes_late = scheduler.random.random() < 0.5
        scheduler.pause(self._latency() + (waits if comes_late else 0.0))
        if fault is Fault.DIES_BEFORE:
            raise scheduler.kill()
        if fault is Fault.REFUSED:
            raise refused()
        answer = effect()
        if fault is Fault.TWICE and is_repeated:
            scheduler.pause(1.0)
            answer = effect()
        scheduler.pause(self._latency() + (0.0 if comes_late else waits))
        if fault is Fault.DIES_AFTER:
            raise scheduler.kill()
        if fault is Fault.LOST:
            raise lost()
        return answer

    def _latency(self) -> float:
        return self.scheduler.random.uniform(0.001, 0.03)


class AwsClient:
    """A client: `operations` by name, as botocore spells them.

    Where it `tries_again`, a call that was not answered is made once more.
    """

    def __init__(
        self,
        wire: Wire,
        operations: Mapping[str, Callable[..., Any]],
        *,
        tries_again: bool,
    ) -> None:
        self._wire = wire
        self._operations = operations
        self._tries_again = tries_again

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = self._operations[name]
        possible = _READ if name in _READING else _BATCH if name in _BATCHED else _WRITE

        def call(**given: Any) -> Any:
            return self._wire.call(
                lambda: operation(**given),
                possible,
                refused=lambda: self._refusal(name),
                lost=lambda: ReadTimeoutError(endpoint_url="https://aws.example"),
                is_repeated=self._tries_again,
            )

        # Found without this method from now on.
        setattr(self, name, call)
        return call

    def _refusal(self, name: str) -> Exception:
        kind = self._wire.scheduler.random.randrange(3)
        if kind == 0:
            return ConnectTimeoutError(endpoint_url="https://aws.example")
        return client_error("ThrottlingException" if kind == 1 else "InternalServerError", name)


_BATCHED = frozenset({"send_message_batch", "put_events", "batch_get_item"})


@dataclass(slots=True)
class Message:
    id: str
    body: str
    visible_at: float
    received: int = 0
    is_deleted: bool = False


class Sent(NamedTuple):
    """A message, and the function that sent it."""

    by: str
    queue: str
    body: str


@dataclass(slots=True)
class Queue:
    """One SQS queue with what is in it, and what became of the messages that nobody could work off.

    While it is not there, nothing can be sent to it.
    """

    name: str
    visibility: float
    most_received: int
    messages: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    bell: Bell | None = None
    is_there: bool = True


class Aws:
    """All services of one account, made of what the template says."""

    def __init__(
        self,
        wire: Wire,
        table: Mapping[str, Any],
        queues: Mapping[str, Queue],
        rules: list[tuple[Any, Queue]],
    ) -> None:
        self.wire = wire
        self.queues = queues
        self.published: list[Document] = []
        self.objects: dict[tuple[str, str], bytes] = {}
        # The key of each object that was put, in turn.
        self.kept: list[str] = []
        self.sent: list[Sent] = []
        # The function that was the last to write an item, by the item's key.
        self.written_by: dict[str, str] = {}
        self.take_mail: Callable[[Document], None] = lambda _: None
        self.changed = Bell(wire.scheduler)
        self.table = MemoryTable(table, lambda: wire.scheduler.time, self._later)
        self._tables = MemoryTables(lambda _: self.table)
        self._lagging: deque[Callable[[], None]] = deque()
        self._rules = [(matcher_of(pattern), queue) for pattern, queue in rules]
        self._serials = count(1)
        self._matched: dict[str, list[Queue]] = {}

    def client(self, service: str, *, config: Any) -> AwsClient:
        """In the place of botocore's `Session.create_client`."""
        tries_again = config.retries["total_max_attempts"] > 1
        return AwsClient(self.wire, getattr(self, f"_{service}")(), tries_again=tries_again)

    def queue(self, name: str) -> Queue:
        """By its name in the template."""
        return self.queues[f"unresolved:{name}"]

    def put(self, queue: Queue, body: str, delay: float = 0.0) -> None:
        message = Message(f"m{next(self._serials)}", body, self.wire.scheduler.now + delay)
        queue.messages.append(message)
        if queue.bell is not None:
            queue.bell.ring(delay)

    # --- DynamoDB ----------------------------------------------------------------------------------------

    def _dynamodb(self) -> Mapping[str, Callable[..., Any]]:
        names = {
            "get_item": "GetItem",
            "put_item": "PutItem",
            "update_item": "UpdateItem",
            "delete_item": "DeleteItem",
            "query": "Query",
            "batch_get_item": "BatchGetItem",
        }

        def operation(name: str) -> Callable[..., Any]:
            return lambda **request: self._answer(names[name], request)

        described = {"Table": {"CreationDateTime": BEGINNING}}
        return {**{name: operation(name) for name in names}, "describe_table": lambda **_: described}

    def _answer(self, operation: str, request: Mapping[str, Any]) -> Any:
        if operation == "BatchGetItem" and self.wire.faults.at_call(
            self.wire.scheduler.process.name, (Fault.PARTIAL,)
        ):
            return self._partly(request)
        before = len(self.table.changes)
        try:
            answer = self._tables.answer(operation, request)
        except RequestRefused as refusal:
            raise client_error(refusal.code, operation, refusal.item) from None
        if len(self.table.changes) > before:
            key = self.table.changes[-1]["dynamodb"]["Keys"]["pk"]["S"]
            self.written_by[key] = self.wire.scheduler.process.name
            self.changed.ring(self.wire.scheduler.random.uniform(0.2, 1.0))
        return answer

    def _partly(self, request: Mapping[str, Any]) -> Any:
        ((name, asked),) = request["RequestItems"].items()
        half = (len(asked["Keys"]) + 1) // 2
        first, left = asked["Keys"][:half], asked["Keys"][half:]
        answer = self._tables.answer("BatchGetItem", {"RequestItems": {name: {**asked, "Keys": first}}})
        if left:
            answer["UnprocessedKeys"] = {name: {**asked, "Keys": left}}
        return answer

    def _later(self, change: Callable[[], None]) -> None:
        self._lagging.append(change)
        self.wire.scheduler.after(self.wire.scheduler.random.uniform(0.0, 2.0), self._catch_up)

    def _catch_up(self) -> None:
        self._lagging.popleft()()

    # --- SQS ---------------------------------------------------------------------------------------------

    def _sqs(self) -> Mapping[str, Callable[..., Any]]:
        return {"send_message_batch": self._send_message_batch, "send_message": self._send_message}

    def _send_message(self, QueueUrl: str, MessageBody: str) -> Document:  # noqa: N803 - botocore's names
        self.put(self.queues[QueueUrl], MessageBody)
        return {}

    def _send_message_batch(self, QueueUrl: str, Entries: list[Document]) -> Document:  # noqa: N803 - botocore's names
        failed = []
        queue = self.queues[QueueUrl]
        if not queue.is_there:
            raise client_error("AWS.SimpleQueueService.NonExistentQueue", "SendMessageBatch")
        for entry in Entries:
            if self.wire.faults.at_call(self.wire.scheduler.process.name, (Fault.PARTIAL,)):
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.sent.append(Sent(self.wire.scheduler.process.name, queue.name, entry["MessageBody"]))
                self.put(queue, entry["MessageBody"], float(entry.get("DelaySeconds", 0)))
        return {"Failed": failed} if failed else {}

    # --- EventBridge -------------------------------------------------------------------------------------

    def _events(self) -> Mapping[str, Callable[..., Any]]:
        return {"put_events": self._put_events}

    def _put_events(self, Entries: list[Document]) -> Document:  # noqa: N803 - as above
        results = []
        for entry in Entries:
            if self.wire.faults.at_call(self.wire.scheduler.process.name, (Fault.PARTIAL,)):
                results.append({"ErrorCode": "ThrottlingException"})
                continue
            results.append({"EventId": f"e{next(self._serials)}"})
            self._publish(entry)
        return {"FailedEntryCount": sum("ErrorCode" in one for one in results), "Entries": results}

    def _publish(self, entry: Document) -> None:
        detail = json.loads(entry["Detail"])
        event = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
        self.published.append(event)
        for queue in self._targets_of(event):
            # With a queue goes the rule that feeds it.
            if queue.is_there:
                self.carry(queue, json.dumps(event))

    def carry(self, queue: Queue, body: str) -> bool:
        """Deliver as a rule does; whether it arrives."""
        happens = self.wire.faults.at(Event.MESSAGE_LOST, Event.DELIVERED_TWICE)
        if happens is Event.MESSAGE_LOST:
            queue.dead.append(Message(f"m{next(self._serials)}", body, 0.0))
            return False
        for _ in range(2 if happens is Event.DELIVERED_TWICE else 1):
            self.put(queue, body, self.wire.scheduler.random.uniform(0.0, 5.0))
        return True

    def _targets_of(self, event: Document) -> list[Queue]:
        # By what rules look at.
        detail = event["detail"]
        kind = f"{event['detail-type']} {detail.get('provider')} {detail.get('direction')}"
        if kind not in self._matched:
            self._matched[kind] = [queue for matches, queue in self._rules if matches(event)]
        return self._matched[kind]

    # --- S3, Secrets Manager, SES ------------------------------------------------------------------------

    def _s3(self) -> Mapping[str, Callable[..., Any]]:
        return {
            "put_object": self._put_object,
            "get_object": self._get_object,
            "head_object": self._get_object,
            "delete_object": lambda Bucket, Key: self.objects.pop((Bucket, Key), None),  # noqa: N803 - as above
            "list_objects_v2": self._list_objects,
        }

    def _put_object(self, Bucket: str, Key: str, Body: Any, **_: object) -> Document:  # noqa: N803 - as above
        self.kept.append(Key)
        self.objects[Bucket, Key] = Body if isinstance(Body, bytes) else _whole(Body)
        return {}

    def _get_object(self, Bucket: str, Key: str, **_: object) -> Document:  # noqa: N803 - as above
        if (Bucket, Key) not in self.objects:
            raise client_error("NoSuchKey", "GetObject")
        content = self.objects[Bucket, Key]
        return {"Body": _Body(content), "ContentLength": len(content), "ContentType": "application/pdf"}

    def _list_objects(self, Bucket: str, **_: object) -> Document:  # noqa: N803 - as above
        return {"Contents": [{"Key": key} for bucket, key in self.objects if bucket == Bucket]}

    def _secretsmanager(self) -> Mapping[str, Callable[..., Any]]:
        return {"get_secret_value": lambda SecretId: {**_SECRETS[SecretId], "VersionId": "v1"}}  # noqa: N803 - as above

    def _sesv2(self) -> Mapping[str, Callable[..., Any]]:
        return {"send_email": self._send_email}

    def _send_email(self, **given: Any) -> Document:
        self.take_mail(given)
        return {"MessageId": f"mail{next(self._serials)}"}


class _Body(BytesIO):
    def iter_chunks(self, size: int = 65536) -> Iterator[bytes]:
        while piece := self.read(size):
            yield piece


def _whole(body: Any) -> bytes:
    # The same file may be sent again.
    body.seek(0)
    content: bytes = body.read()
    return content


TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"
_SECRETS = {
    f"unresolved:{name}": {"SecretString": text}
    for name, text in {
        "SoftlinxCallbackTokens": TOKEN,
        "GreenFaxCallbackTokens": TOKEN,
        "SoftlinxCredentials": json.dumps({"login": "faxledger", "password": "not-a-secret"}),
        "GreenFaxCredentials": json.dumps({"password": "not-a-secret"}),
        "NotifySigningKeys": "c2lnbmluZy1rZXktb2YtdGhlLXRlc3RzLW5vdC1zZWNyZXQh",
    }.items()
}


def session_of(aws: Aws) -> Any:
    """In the place of botocore's session."""
    return SimpleNamespace(create_client=aws.client)
