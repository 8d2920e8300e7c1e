"""AWS on this machine: atomic where the ledger needs it, and the same for other processes."""

import math
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.runtime.aws import ENVIRONMENT, REGION, link_at
from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from tests.e2e.conftest import ACCOUNTS, START

THREADS, KEYS = 20, 20


@pytest.fixture
def bundle(tmp_path: Path) -> Iterator[Bundle]:
    clock = VirtualClock(START, speed=math.inf)
    # Nobody is asked: the clock is never started.
    given = {"SoftlinxRealm": "Acme", "GreenFaxAccountId": "12345"}
    with Bundle(clock, parameters=given, secrets=ACCOUNTS.secrets(), log=tmp_path / "log") as bundle:
        yield bundle


@pytest.mark.parametrize("host", ["b.s3.amazonaws.com", "b.s3.eu-central-1.amazonaws.com"])
def test_a_link_to_a_bucket_leads_to_this_machine(host: str) -> None:
    assert link_at("http://127.0.0.1:7", f"https://{host}/a/k.pdf?x=1") == "http://127.0.0.1:7/b/a/k.pdf?x=1"


@pytest.mark.parametrize("link", ["/faxes", "https://example.com/b.s3.amazonaws.com/", "http://b.s3.x/"])
def test_other_links_are_left_alone(link: str) -> None:
    assert link_at("http://127.0.0.1:7", link) == link


def dynamodb_of_another_process(bundle: Bundle) -> Any:
    """A client that goes over the port; moto answers no request to this machine in its stead."""
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=bundle.aws_url,
        aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )


def test_of_many_conditional_writes_one_wins(bundle: Bundle) -> None:
    client, table = bundle.aws.client("dynamodb"), bundle.cloud.ref("Table")

    def settle(attempt: int) -> int:
        try:
            client.update_item(
                TableName=table,
                Key={"pk": {"S": f"FAX#{attempt % KEYS}"}, "sk": {"S": "STATUS"}},
                UpdateExpression="SET final_status = :status",
                ConditionExpression="attribute_not_exists(final_status)",
                ExpressionAttributeValues={":status": {"S": str(attempt)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return 0
        return 1

    with ThreadPoolExecutor(THREADS) as pool:
        winners = sum(pool.map(settle, range(THREADS * KEYS)))
    assert winners == KEYS


def test_of_many_messages_each_is_received_once(bundle: Bundle) -> None:
    client = bundle.aws.client("sqs")
    url = client.create_queue(QueueName="busy")["QueueUrl"]
    sent = {str(number) for number in range(THREADS * KEYS)}

    def send_and_receive(number: str) -> list[str]:
        client.send_message(QueueUrl=url, MessageBody=number)
        # Whatever is received here, some other's or nothing.
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=2).get("Messages", [])
        for message in received:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in received]

    with ThreadPoolExecutor(THREADS) as pool:
        bodies = list(chain.from_iterable(pool.map(send_and_receive, sorted(sent))))
    while rest := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        bodies += [message["Body"] for message in rest]
    assert sorted(bodies) == sorted(sent)


def test_other_processes_see_the_same_table(bundle: Bundle) -> None:
    table = bundle.cloud.ref("Table")
    item = {
        "pk": {"S": "FAX#1"},
        "sk": {"S": "STATUS"},
        "raw": {"B": b"\0\1"},
        "given": {"M": {"n": {"N": "1"}}},
    }
    bundle.aws.client("dynamodb").put_item(TableName=table, Item=item)
    over_the_port = dynamodb_of_another_process(bundle)
    key = {name: item[name] for name in ("pk", "sk")}
    assert over_the_port.get_item(TableName=table, Key=key)["Item"] == item


def test_the_table_is_as_the_template_has_it(bundle: Bundle) -> None:
    client = bundle.aws.client("dynamodb")
    table = client.describe_table(TableName=bundle.cloud.ref("Table"))["Table"]
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        "by_time",
        "by_status",
        "by_reference",
        "by_number",
        "due",
    }
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    expiry = client.describe_time_to_live(TableName=bundle.cloud.ref("Table"))["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_secrets_hold_what_was_filled_in(bundle: Bundle) -> None:
    client = bundle.aws.client("secretsmanager")
    for name, value in ACCOUNTS.secrets().items():
        assert client.get_secret_value(SecretId=bundle.cloud.ref(name))["SecretString"] == value


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Which take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_of_many_who_put_an_object_that_nobody_has_put_one_does(bundle: Bundle) -> None:
    s3, bucket = bundle.aws.client("s3"), bundle.cloud.ref("Documents")

    def put(attempt: int) -> str:
        try:
            s3.put_object(Bucket=bucket, Key=f"{attempt % 10}", Body=b"1", IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "done"

    with ThreadPoolExecutor(THREADS) as threads:
        assert Counter(threads.map(put, sorted(range(100), key=lambda attempt: attempt % 10))) == {
            "done": 10,
            "PreconditionFailed": 90,
        }
