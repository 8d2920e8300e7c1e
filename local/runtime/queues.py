"""Gives a queue's messages to a function, and back to the queue what failed, by the bundle's clock.

moto's queues know only the wall's time. So messages are taken out of sight there for good, and how long one
is held back or stays invisible, how often it was received and when it is a dead letter is decided here.
"""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any

from local.runtime import chains
from local.runtime.aws import REGION, Aws
from local.runtime.batch_answers import failed_ids
from local.runtime.clock import VirtualClock
from local.runtime.function_plans import FromQueue
from local.runtime.functions import Function, Invocation

_OUT_OF_SIGHT_SECONDS = 12 * 60 * 60  # the most that SQS allows
_MOST_TAKEN_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class _Message:
    message: Mapping[str, Any]
    chain: chains.Chain
    received: int = 1


class QueueReader:
    """One queue and the function that it triggers."""

    def __init__(self, source: FromQueue, function: Function, aws: Aws, clock: VirtualClock) -> None:
        self._source = source
        self._function = function
        self._clock = clock
        self._aws = aws
        self._client = aws.client("sqs")
        self._name = source.queue_arn.rpartition(":")[2]
        self._url = self._url_of(source.queue_arn)
        attributes = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["All"])[
            "Attributes"
        ]
        self._invisible_for = timedelta(seconds=int(attributes.get("VisibilityTimeout", 30)))
        redrive = json.loads(attributes.get("RedrivePolicy", "{}"))
        self._most_received = int(redrive.get("maxReceiveCount", 1_000_000))
        self._dead_letters = self._url_of(redrive["deadLetterTargetArn"]) if redrive else None
        self._ready: deque[_Message] = deque()
        self._running = 0
        self._is_scheduled = False
        self._lock = Lock()

    def look(self) -> None:
        """Something may have been sent: take it when the batching window is over."""
        if not self._aws.holds_messages(self._name):
            return
        with self._lock:
            if self._is_scheduled or not self._aws.has_messages(self._url):
                return
            self._is_scheduled = True
        self._clock.at(self._clock.now() + self._source.window, self._take)

    def _take(self) -> None:
        with self._lock:
            self._is_scheduled = False
        now = self._clock.now()
        while self._aws.has_messages(self._url) and (messages := self._receive()):
            for message in messages:
                delay = timedelta(seconds=self._aws.delay_of(message["MessageId"]))
                fresh = _Message(message, self._aws.chain_of(message["MessageId"]))
                if delay:
                    self._clock.at(now + delay, partial(self._put_back, fresh))
                else:
                    with self._lock:
                        self._ready.append(fresh)
        self._begin()

    def _receive(self) -> list[Mapping[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_MOST_TAKEN_AT_ONCE,
            VisibilityTimeout=_OUT_OF_SIGHT_SECONDS,
            AttributeNames=["SentTimestamp", "SenderId"],
        )
        messages: list[Mapping[str, Any]] = answer.get("Messages", [])
        return messages

    def _begin(self) -> None:
        """Begin as many invocations as there are messages for, and as are allowed."""
        with self._lock:
            while self._ready and self._running < self._source.most_at_once:
                size = min(self._source.batch_size, len(self._ready))
                batch = [self._ready.popleft() for _ in range(size)]
                self._running += 1
                self._clock.at(self._clock.now(), partial(self._deliver, batch))

    def _deliver(self, batch: list[_Message]) -> None:
        received_at = self._clock.now()
        try:
            invocation = self._invoke(batch)
        finally:
            with self._lock:
                self._running -= 1
        ids = [message.message["MessageId"] for message in batch]
        failed = failed_ids(invocation, ids, reports_item_failures=self._source.reports_item_failures)
        for message in batch:
            if message.message["MessageId"] not in failed:
                self._delete(message)
            elif message.received < self._most_received:
                again = replace(message, received=message.received + 1)
                self._clock.at(received_at + self._invisible_for, partial(self._put_back, again))
            else:
                self._bury(message)
        self._begin()

    def _invoke(self, batch: list[_Message]) -> Invocation:
        """A batch is as far along as the message of it that has come the longest way."""
        name = self._function.plan.name
        longest = max((message.chain for message in batch), key=lambda chain: chain.get(name, 0))
        chain = chains.one_more(longest, name)
        if chain[name] > chains.MOST_INVOCATIONS:
            return Invocation(name, "", None, "RecursiveInvocationException", "")
        with chains.within(chain):
            return self._function.invoke({"Records": [self._record(message) for message in batch]})

    def _put_back(self, message: _Message) -> None:
        with self._lock:
            self._ready.append(message)
        self._begin()

    def _bury(self, message: _Message) -> None:
        if self._dead_letters is not None:
            self._client.send_message(QueueUrl=self._dead_letters, MessageBody=message.message["Body"])
        self._delete(message)

    def _delete(self, message: _Message) -> None:
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message.message["ReceiptHandle"])

    def _record(self, message: _Message) -> dict[str, Any]:
        received_at = str(int(self._clock.now().timestamp() * 1000))
        return {
            "messageId": message.message["MessageId"],
            "receiptHandle": message.message["ReceiptHandle"],
            "body": message.message["Body"],
            "attributes": {
                **message.message.get("Attributes", {}),
                "ApproximateReceiveCount": str(message.received),
                "ApproximateFirstReceiveTimestamp": received_at,
            },
            "messageAttributes": {},
            "md5OfBody": message.message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.queue_arn,
            "awsRegion": REGION,
        }

    def _url_of(self, arn: str) -> str:
        url: str = self._client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        return url
