"""A function that goes on sending to its own queue is stopped after 16 invocations, as on Lambda."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from local.runtime.aws import Aws
from local.runtime.clock import VirtualClock
from local.runtime.function_plans import FromQueue, FunctionPlan
from local.runtime.functions import Function
from local.runtime.logs import FunctionLog
from local.runtime.queues import QueueReader
from tests.e2e.conftest import START

# Writes down that it ran, and sends what it was given to its own queue again, as often as that says.
_SENDS_ITSELF = """
import json, os
from pathlib import Path
import boto3

def handler(event, context):
    ran = Path(__file__).with_name("ran")
    for record in event["Records"]:
        left = json.loads(record["body"]) - 1
        with ran.open("a") as out:
            out.write("x")
        if left:
            sqs = boto3.client("sqs", region_name="us-east-1")
            url = sqs.get_queue_url(QueueName="own")["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(left))
"""


@contextmanager
def a_function_and_its_queue(folder: Path) -> Iterator[tuple[Aws, VirtualClock, QueueReader]]:
    (folder / "app.py").write_text(_SENDS_ITSELF)
    clock = VirtualClock(START, speed=math.inf)
    log = FunctionLog(folder / "log")
    with Aws() as aws:
        sqs = aws.client("sqs")
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
        sqs.create_queue(QueueName="own", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "60"})
        plan = FunctionPlan("Echo", folder, "app.handler", timedelta(seconds=10), 128, 0, None, {}, ())
        source = FromQueue(
            arn.replace("dead", "own"), 1, timedelta(0), reports_item_failures=True, most_at_once=2
        )
        function = Function(plan, clock, log, stack="test", after_each=lambda: reader.look())  # noqa: PLW0108
        reader = QueueReader(source, function, aws, clock)
        with clock.activity():
            clock.start()
            yield aws, clock, reader
        clock.stop()
    log.close()


def runs_of(folder: Path, message: int) -> tuple[int, int]:
    """How often a message had the function run that wants to run so often, and how many letters are dead."""
    with a_function_and_its_queue(folder) as (aws, clock, reader):
        sqs = aws.client("sqs")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="own")["QueueUrl"], MessageBody=str(message))
        reader.look()
        clock.sleep(3600)
        dead = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"])
        return len((folder / "ran").read_text()), len(dead.get("Messages", []))


def test_sixteen_times_are_let_through(tmp_path: Path) -> None:
    assert runs_of(tmp_path, 16) == (16, 0)


def test_the_seventeenth_is_stopped_and_its_message_is_a_dead_letter(tmp_path: Path) -> None:
    assert runs_of(tmp_path, 40) == (16, 1)
