"""What moto answers at once is what it answers to a request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.at_once import over_the_wire
from local.runtime.aws import Aws

# Of each message, event and secret its own.
_ONES_OWN = {"ResponseMetadata", "MessageId", "ReceiptHandle", "EventId", "ARN", "VersionId", "CreatedDate"}
_PATTERN = '{"source": ["ours"]}'


def without_ones_own(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: without_ones_own(one) for name, one in answer.items() if name not in _ONES_OWN}
    return [without_ones_own(one) for one in answer] if isinstance(answer, list | tuple) else answer


@contextmanager
def world() -> Iterator[Aws]:
    with Aws() as aws:
        events, sqs = aws.client("events"), aws.client("sqs")
        sqs.create_queue(QueueName="queue", Attributes={"VisibilityTimeout": "0"})
        events.create_event_bus(Name="bus")
        events.put_rule(Name="rule", EventBusName="bus", EventPattern=_PATTERN)
        arn = sqs.get_queue_attributes(QueueUrl=url(aws), AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        events.put_targets(Rule="rule", EventBusName="bus", Targets=[{"Id": "queue", "Arn": arn}])
        aws.client("secretsmanager").create_secret(Name="secret", SecretString="not-a-secret")
        yield aws


def url(aws: Aws) -> str:
    found: str = aws.client("sqs").get_queue_url(QueueName="queue")["QueueUrl"]
    return found


def send(aws: Aws, **entry: Any) -> Any:
    return aws.client("sqs").send_message_batch(
        QueueUrl=url(aws), Entries=[{"Id": "1", "MessageBody": "what is new", **entry}]
    )


def receive(aws: Aws, **more: Any) -> Any:
    return aws.client("sqs").receive_message(QueueUrl=url(aws), **more)


def send_and_receive(aws: Aws, **more: Any) -> Any:
    send(aws)
    return receive(aws, **more)


def attributes(aws: Aws, *names: str) -> Any:
    (message,) = send_and_receive(aws, AttributeNames=names)["Messages"]
    return sorted(message["Attributes"])


def delete(aws: Aws) -> Any:
    send(aws)
    (message,) = receive(aws)["Messages"]
    answer = aws.client("sqs").delete_message(QueueUrl=url(aws), ReceiptHandle=message["ReceiptHandle"])
    assert "Messages" not in receive(aws)
    return answer


def publish(aws: Aws, detail: str, source: str = "ours") -> Any:
    entry = {"Source": source, "DetailType": "Fax Sent", "Detail": detail, "EventBusName": "bus"}
    return aws.client("events").put_events(Entries=[entry])


def hear(aws: Aws, source: str) -> Any:
    publish(aws, "{}", source)
    return len(receive(aws).get("Messages", []))


def secret(aws: Aws, name: str) -> Any:
    return aws.client("secretsmanager").get_secret_value(SecretId=name)


def of_queue(aws: Aws, *names: str) -> Any:
    return aws.client("sqs").get_queue_attributes(QueueUrl=url(aws), AttributeNames=names)


CALLS: dict[str, Callable[[Aws], Any]] = {
    "a message sent": send,
    "a message sent too late": lambda aws: send(aws, DelaySeconds=901),
    "a message that is too long": lambda aws: send(aws, MessageBody="x" * 1_100_000),
    "a message with an attribute": lambda aws: send(
        aws, MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}}
    ),
    "a message of no queue": lambda aws: aws.client("sqs").send_message_batch(
        QueueUrl=f"{url(aws)}-of-nobody", Entries=[{"Id": "1", "MessageBody": "lost"}]
    ),
    "a message received": send_and_receive,
    "messages received": lambda aws: (send(aws), send_and_receive(aws, MaxNumberOfMessages=10)),
    "a message received with its sender": lambda aws: send_and_receive(aws, AttributeNames=["SenderId"]),
    "a message received with its time": lambda aws: attributes(aws, "SentTimestamp", "SenderId"),
    "a message received with anything": lambda aws: attributes(aws, "All"),
    "messages of an empty queue": receive,
    "more messages than there may be": lambda aws: receive(aws, MaxNumberOfMessages=11),
    "a message deleted": delete,
    "a message deleted by nothing": lambda aws: aws.client("sqs").delete_message(
        QueueUrl=url(aws), ReceiptHandle="of nobody"
    ),
    "a queue's address": url,
    "the address of no queue": lambda aws: aws.client("sqs").get_queue_url(QueueName="of-nobody"),
    "a queue's attributes": lambda aws: of_queue(aws, "QueueArn", "VisibilityTimeout", "RedrivePolicy"),
    "an attribute that a queue has not": lambda aws: of_queue(aws, "RedrivePolicy"),
    "an attribute that there is not": lambda aws: of_queue(aws, "Colour"),
    "no attributes": of_queue,
    "an event": lambda aws: publish(aws, '{"a": 1}'),
    "an event that can't be read": lambda aws: publish(aws, "{"),
    "an event that is heard": lambda aws: hear(aws, "ours"),
    "an event that is not heard": lambda aws: hear(aws, "theirs"),
    "a secret": lambda aws: secret(aws, "secret"),
    "a secret that is none": lambda aws: secret(aws, "of-nobody"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_moto_answers_at_once_as_it_answers_a_request(call: Callable[[Aws], Any]) -> None:
    def answer() -> Any:
        with world() as aws:
            try:
                return without_ones_own(call(aws))
            except ClientError as error:
                return type(error), without_ones_own(error.response)

    at_once = answer()
    with over_the_wire():
        assert answer() == at_once
