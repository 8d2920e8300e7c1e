"""Counts what the functions of a running bundle use of AWS, as AWS bills it.

Everything is counted but time: how long a run takes on AWS is put together from what each of its calls is
assumed to take, so that every run of the bench says the same.
"""

import math
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

import httpcore

from bench.cost_prices import Item
from local.dynamodb.in_moto import table_called
from local.dynamodb.tables import MemoryTable
from local.dynamodb.values import size_of
from local.runtime.bundle import TEMPLATE, Bundle
from local.runtime.function_plans import Daily, Every, FromQueue, FromStream, FunctionPlan, HttpRoute
from local.runtime.functions import Event
from local.runtime.shared_clients import listening
from local.runtime.template import read_template

# Assumed, in milliseconds: until a call in the same region is answered, and one at a provider.
CALL_MS: Final[Mapping[str, float]] = {
    "dynamodb": 5,
    "events": 15,
    "kms": 10,
    "s3": 30,
    "secretsmanager": 10,
    "sesv2": 30,
    "sqs": 10,
}
EXCHANGE_MS: Final = 100
# Assumed, in milliseconds of a whole processor: for a run, a call of AWS, an exchange with a provider.
RUN_PROCESSOR_MS: Final = 2
CALL_PROCESSOR_MS: Final = 1
EXCHANGE_PROCESSOR_MS: Final = 4
# With so much memory a function has a whole processor (Lambda's developer guide), with less its share.
WHOLE_PROCESSOR_MB: Final = 1769

# What CloudWatch Logs counts for an event beside its text (its quotas, "PutLogEvents").
_BYTES_OF_LOG_EVENT: Final = 26
# START, END and REPORT of a run as Lambda writes them, unless it is asked for warnings alone.
_PLATFORM_LINES: Final = (71, 53, 146)
# A line of the API's access log, with a request id, the longest callback route and an address.
_ACCESS_LINE_BYTES: Final = 244
_MOST_MESSAGES_OF_REQUEST: Final = 10
_BYTES_OF_WRITE_UNIT: Final = 1024
_BYTES_OF_READ_UNIT: Final = 4096

_S3_READS: Final = frozenset({"GetObject", "HeadObject"})
_FREE: Final = frozenset({"DeleteObject"})
_PAID: Final[Mapping[str, Item]] = {
    "kms": Item.KMS_REQUEST,
    "secretsmanager": Item.READ_OF_SECRET,
    "sesv2": Item.EMAIL,
}


@dataclass(slots=True)
class _Run:
    """One invocation under way; calls of other threads than its own are made side by side."""

    thread: int
    own_ms: float = 0.0
    others_ms: float = 0.0
    others: set[int] = field(default_factory=set)
    processor_ms: float = RUN_PROCESSOR_MS

    def takes(self, ms: float, processor_ms: float) -> None:
        self.processor_ms += processor_ms
        if threading.get_ident() == self.thread:
            self.own_ms += ms
        else:
            self.others.add(threading.get_ident())
            self.others_ms += ms

    def billed_ms(self, memory_megabytes: int) -> int:
        share = min(memory_megabytes / WHOLE_PROCESSOR_MB, 1)
        waits = self.own_ms + self.others_ms / max(len(self.others), 1)
        return math.ceil(waits + self.processor_ms / share)


class Meter:
    """`counted` is what was used since the bundle was opened; `runs` and `calls` say by what."""

    def __init__(self) -> None:
        self.counted: defaultdict[Item, float] = defaultdict(float)
        self.runs: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        logging = read_template(TEMPLATE).function_globals.get("LoggingConfig", {})
        self._platform_lines = () if logging.get("SystemLogLevel") == "WARN" else _PLATFORM_LINES
        self._under_way: list[_Run] = []
        self._lock = threading.Lock()
        # By queue: what functions have sent there themselves. All else was sent by a rule.
        self._sent: Counter[str] = Counter()
        self._received: Counter[str] = Counter()

    @contextmanager
    def of(self, bundle: Bundle) -> Iterator[None]:
        """While the block runs, everything that the bundle's functions do is counted."""
        request = httpcore.ConnectionPool.handle_request

        def exchange(pool: httpcore.ConnectionPool, asked: httpcore.Request) -> httpcore.Response:
            self._take("exchanges", EXCHANGE_MS, EXCHANGE_PROCESSOR_MS)
            return request(pool, asked)

        with ExitStack() as opened:
            opened.enter_context(listening("before-parameter-build", self._begin_call))
            opened.enter_context(listening("after-call", self._end_call))
            opened.enter_context(patch.object(httpcore.ConnectionPool, "handle_request", exchange))
            for function in bundle.functions.values():
                function.around = self._around(function.plan)
            yield
        self._count_log(bundle)
        for queue, messages in self._received.items():
            self.counted[Item.SQS_REQUEST] += max(messages - self._sent[queue], 0)

    # --- runs ---------------------------------------------------------------------------------------

    def _around(self, plan: FunctionPlan) -> Callable[[Event], AbstractContextManager[object]]:
        @contextmanager
        def counted(event: Event) -> Iterator[None]:
            run = _Run(threading.get_ident())
            with self._lock:
                self._under_way.append(run)
            try:
                yield
            finally:
                with self._lock:
                    self._under_way.remove(run)
                    self._count_run(plan, event, run)

        return counted

    def _count_run(self, plan: FunctionPlan, event: Event, run: _Run) -> None:
        gigabytes = plan.memory_megabytes / 1024
        self.runs[plan.name] += 1
        self.counted[Item.LAMBDA_REQUEST] += 1
        self.counted[Item.LAMBDA_GB_SECOND] += run.billed_ms(plan.memory_megabytes) / 1000 * gigabytes
        self._count_lines(*self._platform_lines)
        for trigger in plan.triggers:
            match trigger:
                case HttpRoute() if "routeKey" in event:
                    self.counted[Item.API_REQUEST] += 1
                    self._count_lines(_ACCESS_LINE_BYTES)
                    return
                case FromQueue() if "Records" in event:
                    queue, messages = trigger.queue_arn.rpartition(":")[2], len(event["Records"])
                    new = sum(one["attributes"]["ApproximateReceiveCount"] == "1" for one in event["Records"])
                    self._received[queue] += new
                    # Received, and deleted, ten at a time.
                    self.counted[Item.SQS_REQUEST] += 2 * math.ceil(messages / _MOST_MESSAGES_OF_REQUEST)
                    return
                case Every() | Daily() if "Records" not in event and "routeKey" not in event:
                    self.counted[Item.SCHEDULED_RUN] += 1
                    return
                case FromStream():
                    # Lambda's own reading of a table's stream is free.
                    return

    def _take(self, what: str, ms: float, processor_ms: float) -> None:
        with self._lock:
            # A simulated provider's own calls are made while no function runs.
            if self._under_way:
                self.calls[what] += 1
                self._under_way[-1].takes(ms, processor_ms)

    # --- calls --------------------------------------------------------------------------------------

    def _begin_call(
        self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: object
    ) -> None:
        service = model.service_model.service_name
        asked = context["metered"] = dict(params)
        self._take(f"{service}:{model.name}", CALL_MS[service], CALL_PROCESSOR_MS)
        if service == "dynamodb" and model.name in _WRITES:
            table = table_called(asked["TableName"])
            context["old"] = table.get(_key_of(table, asked))

    def _end_call(self, model: Any, parsed: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        service, operation = model.service_model.service_name, model.name
        asked = context.get("metered")
        if asked is None or operation in _FREE:
            return
        match service:
            case "dynamodb" if operation in _WRITES:
                table = table_called(asked["TableName"])
                new = context["old"] if "Error" in parsed else table.get(_key_of(table, asked))
                self.counted[Item.WRITE_UNIT] += write_units(table, context["old"], new)
            case "dynamodb":
                self.counted[Item.READ_UNIT] += _read_units(operation, asked, parsed)
            case "events":
                self.counted[Item.EVENT] += len(asked["Entries"])
            case "sqs":
                self.counted[Item.SQS_REQUEST] += 1
                self._sent[asked["QueueUrl"].rpartition("/")[2]] += len(asked.get("Entries", [None]))
            case "s3":
                self.counted[Item.S3_READ if operation in _S3_READS else Item.S3_WRITE] += 1
            case _:
                self.counted[_PAID[service]] += 1

    # --- logs ---------------------------------------------------------------------------------------

    def _count_log(self, bundle: Bundle) -> None:
        with bundle.log.path.open("rb") as log:
            for line in log:
                self._count_lines(len(line) - line.index(b"\t") - 1)

    def _count_lines(self, *sizes: int) -> None:
        self.counted[Item.LOG_BYTE] += sum(size + _BYTES_OF_LOG_EVENT for size in sizes)


_WRITES: Final = frozenset({"UpdateItem", "PutItem", "DeleteItem"})


def _key_of(table: MemoryTable, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    where = asked.get("Key", asked.get("Item", {}))
    return {name: where[name] for name in table.keys.names}


def write_units(table: MemoryTable, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> int:
    """Of a standard write, a refused one too; an index takes one for an entry put, and one for one gone."""
    sizes = [size_of(item) for item in (old, new) if item is not None]
    units = max(1, math.ceil(max(sizes, default=0) / _BYTES_OF_WRITE_UNIT))
    for index in table.indexes:
        before, after = (_entry(item, index.names) for item in (old, new))
        if before != after:
            units += (before is not None) + (after is not None)
    return units


def _entry(item: Mapping[str, Any] | None, names: tuple[str, ...]) -> tuple[Any, ...] | None:
    if item is None or not all(name in item for name in names):
        return None
    return tuple(item[name] for name in names)


def _read_units(operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Items are rounded up one by one where they are asked for by key, and together where they are a page."""
    match operation:
        case "GetItem":
            return _units([answer.get("Item", {})], is_consistent=asked.get("ConsistentRead", False))
        case "BatchGetItem":
            units = 0.0
            for name, one in asked["RequestItems"].items():
                found = answer.get("Responses", {}).get(name, [])
                missing: list[Mapping[str, Any]] = [{}] * (len(one["Keys"]) - len(found))
                for item in (*found, *missing):
                    units += _units([item], is_consistent=one.get("ConsistentRead", False))
            return units
        case _:
            return _units(answer.get("Items", []), is_consistent=asked.get("ConsistentRead", False))


def _units(items: list[Mapping[str, Any]], *, is_consistent: bool) -> float:
    # An answer without anything takes as much as the smallest.
    units = max(1, math.ceil(sum(map(size_of, items)) / _BYTES_OF_READ_UNIT))
    return units if is_consistent else units / 2
