"""Gives the table's changes to a function: filtered, in order, repeated as the template says."""

from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from local.runtime.aws import REGION, Aws
from local.runtime.batch_answers import failed_ids
from local.runtime.clock import VirtualClock
from local.runtime.failed_events import keep_failed_event
from local.runtime.function_plans import FromStream
from local.runtime.functions import Function
from local.runtime.patterns import matcher_of

Record = Mapping[str, Any]

_LONGEST_PAUSE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Batch:
    records: Sequence[Record]
    failures: int = 0


class StreamReader:
    """One shard, so one batch at a time.

    `watch` sees every change of the table, before the filters: for the terminal.
    """

    def __init__(
        self,
        source: FromStream,
        function: Function,
        aws: Aws,
        clock: VirtualClock,
        watch: Callable[[Record], None],
    ) -> None:
        self._source = source
        self._function = function
        self._clock = clock
        self._watch = watch
        self._aws = aws
        self._s3 = aws.client("s3")
        self._matchers = [matcher_of(pattern) for pattern in source.filters]
        # arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<when>
        self._table = source.stream_arn.split("/")[1]
        self._position = aws.position_in(self._table, function.plan.name)
        # The number of the last change that was read, which is ahead of the position of what is done with.
        self._read_changes = self._position.number if self._position else 0
        self._batches: deque[_Batch] = deque()
        self._is_scheduled = False
        self._lock = Lock()

    def look(self) -> None:
        """Something may have changed: read on when the batching window is over."""
        if self._aws.number_of_changes(self._table) > self._read_changes:
            self._schedule(self._source.window)

    def _schedule(self, pause: timedelta) -> None:
        with self._lock:
            if self._is_scheduled:
                return
            self._is_scheduled = True
        self._clock.at(self._clock.now() + pause, self._work)

    def _work(self) -> None:
        pause = None
        try:
            self._read()
            self._note_position()
            while self._batches and pause is None:
                pause = self._deliver(self._batches.popleft())
                self._note_position()
        finally:
            with self._lock:
                self._is_scheduled = False
        if pause is not None:
            self._schedule(pause)

    def _read(self) -> None:
        records = [self._as_lambda_has_it(record) for record in self._new()]
        for record in records:
            self._watch(record)
        wanted = [record for record in records if self._is_wanted(record)]
        size = self._source.batch_size
        self._batches += [_Batch(wanted[start : start + size]) for start in range(0, len(wanted), size)]

    def _new(self) -> Sequence[Record]:
        changes = self._aws.changes_after(self._table, self._read_changes)
        self._read_changes += len(changes)
        return changes

    def _note_position(self) -> None:
        """What comes before the next batch is done with."""
        if self._position:
            first = self._batches[0].records[0]["dynamodb"]["SequenceNumber"] if self._batches else None
            self._position.reach(self._read_changes if first is None else int(first) - 1)

    def _is_wanted(self, record: Record) -> bool:
        return not self._matchers or any(matches(record) for matches in self._matchers)

    def _deliver(self, batch: _Batch) -> timedelta | None:
        """One invocation; how long to wait if something of the batch has to come again."""
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch.records]
        invocation = self._function.invoke({"Records": batch.records})
        failed = failed_ids(invocation, numbers, reports_item_failures=self._source.reports_item_failures)
        if not failed:
            return None
        # A shard is read in order, so everything from the first failure on comes again.
        first = min(numbers.index(number) for number in failed)
        if first:
            self._batches.appendleft(_Batch(batch.records[first:]))
        elif invocation.error is not None and self._source.bisects and len(numbers) > 1:
            # Halving costs no retry (Lambda's developer guide).
            middle = len(numbers) // 2
            self._batches.appendleft(_Batch(batch.records[middle:], batch.failures))
            self._batches.appendleft(_Batch(batch.records[:middle], batch.failures))
        elif batch.failures < self._source.most_retries:
            self._batches.appendleft(_Batch(batch.records, batch.failures + 1))
        else:
            self._give_up(batch, invocation.request_id)
            return None
        return timedelta(seconds=min(2**batch.failures, _LONGEST_PAUSE_SECONDS))

    def _give_up(self, batch: _Batch, request_id: str) -> None:
        if self._source.failures_to is None:
            return
        document = {
            "requestContext": {
                "requestId": request_id,
                "functionArn": self._function.plan.name,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": batch.failures + 1,
            },
            "version": "1.0",
            "timestamp": self._clock.now().isoformat(),
            "DDBStreamBatchInfo": {
                "startSequenceNumber": batch.records[0]["dynamodb"]["SequenceNumber"],
                "endSequenceNumber": batch.records[-1]["dynamodb"]["SequenceNumber"],
                "batchSize": len(batch.records),
                "streamArn": self._source.stream_arn,
            },
            "payload": {"Records": list(batch.records)},
        }
        keep_failed_event(self._s3, self._source.failures_to, "aws/lambda", self._clock.now(), document)

    def _as_lambda_has_it(self, record: Record) -> Record:
        change = {**record["dynamodb"], "ApproximateCreationDateTime": self._clock.now()}
        seen: Record = plain({**record, "dynamodb": change})
        return {**seen, "awsRegion": REGION, "eventSourceARN": self._source.stream_arn}


def plain(value: Any) -> Any:
    """A record as Lambda has it, which is JSON: bytes in base64, times as seconds."""
    # Most of it first: there are many records.
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {name: one if isinstance(one, str) else plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return int(value.timestamp()) if isinstance(value, datetime) else value
