"""The table's stream as one function reads it: one shard, in order, again from the first failure on."""

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from local.runtime.stream import plain
from tests.simulation.faults import Event
from tests.simulation.patterns import any_of, matcher_of
from tests.simulation.scheduler import Process

if TYPE_CHECKING:
    from tests.simulation.bundle import Bundle


class Stream:
    def __init__(self, bundle: "Bundle", function: str, filters: list[Any]) -> None:
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
        self._takes = any_of([matcher_of(pattern) for pattern in filters])
        self._read = 0
        self._batches: deque[tuple[list[Any], int]] = deque()

    def look(self) -> None:
        self._bundle.scheduler.begin(Process(f"stream of {self._function}"), self._loop)

    def _loop(self) -> None:
        while True:
            changes = self._bundle.aws.table.changes
            new = changes[self._read :]
            self._read = len(changes)
            wanted = [plain(one) for one in new if self._takes(one)]
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
