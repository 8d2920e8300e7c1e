"""moto, asked without a request: the few calls that a bundle makes by the thousand.

What moto does and answers stays the same; whatever is not as usual, errors included, takes the usual way.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final, cast
from unittest.mock import patch
from urllib.parse import urlparse

import moto.sqs.models
from jsonpath_ng import ext
from jsonpath_ng.ext.parser import parse as path_of
from moto.core.base_backend import BaseBackend
from moto.core.exceptions import ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import camelcase_to_underscores
from moto.events.models import events_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import Message, SQSBackend, sqs_backends
from werkzeug.exceptions import HTTPException

from local.at_once import AnswerAtOnce, answering

Asked = dict[str, Any]

# SQS's API reference, ReceiveMessage.
_MOST_RECEIVED: Final = 10

# What a message can be asked for beside its body.
_SYSTEM_ATTRIBUTES: Final[Mapping[str, Callable[[Message], str]]] = {
    "SenderId": lambda message: message.sender_id,
    "SentTimestamp": lambda message: str(message.sent_timestamp),
}


@dataclass(frozen=True, slots=True)
class _Operation:
    """What moto is asked in the place of a request that holds no more than `parameters`.

    Gives None, and has done nothing, for what is not as usual.
    """

    ask: Callable[[Asked, str], dict[str, Any] | None]
    parameters: frozenset[str]


@contextmanager
def moto_at_once() -> Iterator[None]:
    """In the block moto's queues, buses and secrets are asked at once."""
    with ExitStack() as blocks:
        for service, operations in _OPERATIONS.items():
            blocks.enter_context(answering(service, partial(_answer, operations)))
        for owner, name, quick in _QUICK:
            blocks.enter_context(patch.object(owner, name, quick))
        yield


def _answer(operations: Mapping[str, _Operation], name: str, body: bytes, region: str) -> AnswerAtOnce | None:
    operation = operations.get(name)
    if operation is None:
        return None
    asked = json.loads(body)
    if asked.keys() - operation.parameters:
        return None
    try:
        read = operation.ask(asked, region)
    except (HTTPException, ServiceException, LookupError):
        # moto has done nothing of it, and refuses it once more in the service's own words.
        return None
    return None if read is None else AnswerAtOnce(200, read)


# --- what it is asked ------------------------------------------------------------------------------------


def _send_message_batch(asked: Asked, region: str) -> dict[str, Any] | None:
    if any(entry.keys() - {"Id", "MessageBody", "DelaySeconds"} for entry in asked["Entries"]):
        return None
    entries = {
        str(at): {"MessageAttributes": {}, "DelaySeconds": None, **entry}
        for at, entry in enumerate(asked["Entries"])
    }
    sent, failed = _sqs(region).send_message_batch(_queue_of(asked), entries)
    successful = [
        {"Id": message.user_id, "MessageId": message.id, "MD5OfMessageBody": message.body_md5}  # type: ignore[attr-defined]
        for message in sent
    ]
    return {"Successful": successful, "Failed": failed}


def _receive_message(asked: Asked, region: str) -> dict[str, Any] | None:
    most = asked.get("MaxNumberOfMessages", 1)
    if not 1 <= most <= _MOST_RECEIVED:
        return None
    backend, name = _sqs(region), _queue_of(asked)
    queue = backend.get_queue(name)
    messages = backend.receive_message(
        name,
        most,
        int(queue.receive_message_wait_time_seconds),  # type: ignore[attr-defined]
        int(asked.get("VisibilityTimeout", queue.visibility_timeout)),  # type: ignore[attr-defined, arg-type]
        [],
    )
    wanted = {name: _SYSTEM_ATTRIBUTES[name] for name in asked.get("AttributeNames", ())}
    received = [
        {
            "MessageId": message.id,
            "ReceiptHandle": message.receipt_handle,
            "MD5OfBody": message.body_md5,
            "Body": message.body,
            **({"Attributes": {name: of(message) for name, of in wanted.items()}} if wanted else {}),
        }
        for message in messages
    ]
    return {"Messages": received} if received else {}


def _delete_message(asked: Asked, region: str) -> dict[str, Any]:
    _sqs(region).delete_message(_queue_of(asked), asked["ReceiptHandle"])
    return {}


def _get_queue_url(asked: Asked, region: str) -> dict[str, Any]:
    queue = _sqs(region).get_queue(asked["QueueName"])
    return {"QueueUrl": queue.url(urlparse(f"https://sqs.{region}.amazonaws.com"))}


def _get_queue_attributes(asked: Asked, region: str) -> dict[str, Any]:
    attributes = _sqs(region).get_queue_attributes(_queue_of(asked), asked["AttributeNames"])
    given = {name: str(value) for name, value in attributes.items() if value is not None}
    return {"Attributes": given} if given else {}


def _put_events(asked: Asked, region: str) -> dict[str, Any]:
    entries = events_backends[DEFAULT_ACCOUNT_ID][region].put_events(asked["Entries"])
    return {"FailedEntryCount": sum("ErrorCode" in entry for entry in entries), "Entries": entries}


def _get_secret_value(asked: Asked, region: str) -> dict[str, Any]:
    read = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].get_secret_value(
        secret_id=asked["SecretId"],
        version_id=None,  # type: ignore[arg-type]
        version_stage=None,  # type: ignore[arg-type]
    )
    return {**read, "CreatedDate": datetime.fromtimestamp(read["CreatedDate"], UTC)}


def _sqs(region: str) -> SQSBackend:
    return sqs_backends[DEFAULT_ACCOUNT_ID][region]


def _queue_of(asked: Asked) -> str:
    name: str = asked["QueueUrl"].rpartition("/")[2]
    return name


_OPERATIONS: Final[Mapping[str, Mapping[str, _Operation]]] = {
    "sqs": {
        "SendMessageBatch": _Operation(_send_message_batch, frozenset({"QueueUrl", "Entries"})),
        "ReceiveMessage": _Operation(
            _receive_message,
            frozenset({"QueueUrl", "MaxNumberOfMessages", "VisibilityTimeout", "AttributeNames"}),
        ),
        "GetQueueUrl": _Operation(_get_queue_url, frozenset({"QueueName"})),
        "GetQueueAttributes": _Operation(_get_queue_attributes, frozenset({"QueueUrl", "AttributeNames"})),
        "DeleteMessage": _Operation(_delete_message, frozenset({"QueueUrl", "ReceiptHandle"})),
    },
    "events": {"PutEvents": _Operation(_put_events, frozenset({"Entries"}))},
    "secretsmanager": {"GetSecretValue": _Operation(_get_secret_value, frozenset({"SecretId"}))},
}


# --- what it does slowly, many times for each message ----------------------------------------------------


def _is_kept(backend: SQSBackend, queue: str, message: Message) -> bool:
    """moto reads all of a queue's attributes, counting its messages thrice, to see one of them."""
    seconds: int = backend.get_queue(queue).message_retention_period  # type: ignore[attr-defined]
    return seconds + message.sent_timestamp / 1000 > time.time()  # type: ignore[operator]


def _milliseconds() -> float:
    return time.time() * 1000.0


_urls: dict[type[BaseBackend], dict[str, Any]] = {}
_slow_urls = cast("property", vars(BaseBackend)["urls"])


def _urls_of(backend: BaseBackend) -> dict[str, Any]:
    """By which it finds out what a request asks for, made anew at every one."""
    kind = type(backend)
    if kind not in _urls:
        _urls[kind] = _slow_urls.__get__(backend)
    return _urls[kind]


_QUICK: Final = (
    (BaseBackend, "urls", property(_urls_of)),
    (SQSBackend, "is_message_valid_based_on_retention_period", _is_kept),
    (moto.sqs.models, "camelcase_to_underscores", cache(camelcase_to_underscores)),
    (moto.sqs.models, "unix_time_millis", _milliseconds),
    # A parser is made for each path of each rule's template, at every event.
    (ext, "parse", cache(path_of)),
)
