"""What a bundle held when its process was killed, the next one holds."""

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.state.journal import Journal
from tests.e2e.conftest import ACCOUNTS, START
from tests.support import plain_http

GIVEN = {
    "SoftlinxRealm": "Acme",
    "GreenFaxAccountId": "12345",
    "SoftlinxUrl": "http://127.0.0.1:1/",
    "TellFrom": f"{START:%Y-%m-%dT%H:%M:%SZ}",
    "SignReceipts": "true",
}
ROTATED = "a-token-that-was-put-there-by-hand-012345"
LATER = START + timedelta(minutes=5)


def opened(journal: Journal, folder: Path, now: datetime) -> Bundle:
    return Bundle(
        VirtualClock(now, speed=math.inf),
        parameters=GIVEN,
        secrets=ACCOUNTS.secrets(),
        log=folder / "log",
        journal=journal,
    )


@dataclass(frozen=True)
class Held:
    """What is asked of both."""

    secrets: dict[str, str]
    key: dict[str, Any]


def held_by(bundle: Bundle) -> Held:
    secrets = bundle.aws.client("secretsmanager")
    (key,) = bundle.cloud.names_of("AWS::KMS::Key")
    public = bundle.aws.client("kms").get_public_key(KeyId=bundle.cloud.ref(key))
    return Held(
        {
            name: secrets.get_secret_value(SecretId=bundle.cloud.ref(name))["SecretString"]
            for name in bundle.cloud.names_of("AWS::SecretsManager::Secret")
        },
        {name: public[name] for name in ("KeyId", "PublicKey")},
    )


def messages(bundle: Bundle, queue: str) -> list[str]:
    sqs = bundle.aws.client("sqs")
    answer = sqs.receive_message(QueueUrl=bundle.cloud.ref(queue), MaxNumberOfMessages=10)
    return sorted(message["Body"] for message in answer.get("Messages", []))


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Held, Bundle]]:
    """What one held that was killed before it had done any of its work, and the next."""
    folder = tmp_path_factory.mktemp("state")
    with Journal(folder / "first") as journal, opened(journal, folder, START) as bundle:
        url = f"{bundle.url}/callbacks/softlinx/{ACCOUNTS.softlinx_token}"
        assert plain_http.post(url, data={"FaxId": "33", "FaxStatus": "sent"}).status_code == 200
        s3, bucket = bundle.aws.client("s3"), bundle.cloud.ref("Documents")
        for name in ("kept", "deleted"):
            s3.put_object(Bucket=bucket, Key=name, Body=b"\x00%PDF", ContentType="application/pdf")
        s3.delete_object(Bucket=bucket, Key="deleted")
        sqs, dead = bundle.aws.client("sqs"), bundle.cloud.ref("MarkDeadLetters")
        for body in ("kept", "deleted"):
            sqs.send_message(QueueUrl=dead, MessageBody=body)
        (taken, *_) = sqs.receive_message(QueueUrl=dead)["Messages"]
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=taken["ReceiptHandle"])
        (left,) = {"kept", "deleted"} - {taken["Body"]}
        sqs.send_message(QueueUrl=bundle.cloud.ref("MarkQueue"), MessageBody="later", DelaySeconds=600)
        tokens = bundle.cloud.ref("SoftlinxCallbackTokens")
        bundle.aws.client("secretsmanager").put_secret_value(SecretId=tokens, SecretString=ROTATED)
        held = held_by(bundle)
        shutil.copytree(folder / "first", folder / "second")
    assert left == "deleted"
    with Journal(folder / "second") as journal, opened(journal, folder, LATER) as bundle:
        yield held, bundle


def test_a_fax_is_known_again(lives: tuple[Held, Bundle]) -> None:
    _, bundle = lives
    fax = plain_http.get(f"{bundle.url}/faxes/softlinx.outbound.acme.33").json()
    assert (fax["status"], fax["settled_by"]) == ("sent", "callback")
    assert len(plain_http.get(f"{bundle.url}/faxes?status=sent").json()["faxes"]) == 1


def test_documents_are_there_with_their_headers_unless_they_were_deleted(lives: tuple[Held, Bundle]) -> None:
    _, bundle = lives
    s3, bucket = bundle.aws.client("s3"), bundle.cloud.ref("Documents")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"]
    found = s3.get_object(Bucket=bucket, Key="kept")
    assert (found["Body"].read(), found["ContentType"]) == (b"\x00%PDF", "application/pdf")


def test_secrets_and_keys_are_the_same_those_too_that_somebody_changed(lives: tuple[Held, Bundle]) -> None:
    held, bundle = lives
    assert held_by(bundle) == held
    assert held.secrets["SoftlinxCallbackTokens"] == ROTATED


def test_messages_that_nobody_deleted_come_again_and_no_earlier_than_they_were_to(
    lives: tuple[Held, Bundle],
) -> None:
    _, bundle = lives
    assert messages(bundle, "MarkDeadLetters") == ["deleted"]
    (later,) = bundle.aws.client("sqs").receive_message(QueueUrl=bundle.cloud.ref("MarkQueue"))["Messages"]
    assert later["Body"] == "later"
    assert bundle.aws.delay_of(later["MessageId"]) == pytest.approx(300, abs=1)


def test_what_the_stream_had_not_been_read_of_is_still_to_come(lives: tuple[Held, Bundle]) -> None:
    _, bundle = lives
    table = bundle.cloud.ref("Table")
    unread = bundle.aws.changes_of(table)
    assert any(change["dynamodb"]["Keys"]["pk"]["S"].startswith("FAX#") for change in unread)
