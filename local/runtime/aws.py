"""AWS on this machine: moto in this process, atomic where threads meet in it, and served for other tools."""

import json
import os
import re
from base64 import b64decode
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from inspect import isfunction
from threading import RLock
from typing import Any, Final, Self, cast
from unittest.mock import patch
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from botocore.session import Session
from moto import mock_aws
from moto.core.config import DefaultConfig
from moto.events.utils import EventTemplateParser
from moto.kms.models import kms_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import s3_backends
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend
from moto.sesv2.responses import SESV2Response
from moto.sqs.models import Message, SQSBackend, sqs_backends

from faxledger.adapters import aws
from local.dynamodb.in_moto import table_called, tables_in_memory
from local.runtime.chains import NO_CHAIN, Chain, current_chain
from local.runtime.clock import VirtualClock
from local.runtime.moto_at_once import moto_at_once
from local.runtime.shared_clients import PLAIN, shared_clients
from local.runtime.web import QuietRequestHandler
from local.state.journal import Journal
from local.state.kept import KeptServices
from local.state.objects import atomic_puts
from local.state.tables import KeptTable, Position

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"

# https://<bucket>.s3.<region>.amazonaws.com/, with or without the region.
_BUCKET_LINK: Final = re.compile(r"\Ahttps://([a-z0-9.-]+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com/")

# Set before any client exists: a place, credentials that no AWS accepts, and nothing of this machine's own.
ENVIRONMENT: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # moto knows no account in an endpoint's name: its DynamoDB streams would answer 404.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}


class AwsRequestHandler(QuietRequestHandler, MotoRequestHandler):
    """moto's, because S3 has headers that werkzeug's own drops."""


@dataclass(frozen=True, slots=True)
class SentEmail:
    """A whole message as SES took it, and what it was told beside."""

    message_id: str
    recipient: str
    raw: bytes
    tags: Mapping[str, str]
    configuration_set: str


class Aws:
    """The services and their state. Only one can be open in a process at a time.

    What they hold is kept in `journal`, if there is one; `now` is the time by which messages are held back.
    """

    def __init__(
        self, journal: Journal | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._open = ExitStack()
        self._delays: dict[str, int] = {}
        self._chains: dict[str, Chain] = {}
        self._emails: deque[SentEmail] = deque()
        self._kept = KeptServices(journal, now, delays=self._delays, chains=self._chains) if journal else None
        self._tables: dict[str, KeptTable] = {}

    def __enter__(self) -> Self:
        config: DefaultConfig = {"core": {"mock_credentials": False, "reset_boto3_session": True}}
        self._open.enter_context(patch.dict(os.environ, ENVIRONMENT))
        os.environ.pop("AWS_PROFILE", None)
        if self._kept:
            self._open.enter_context(self._kept.keeping())
        self._open.enter_context(_atomic_queues())
        self._open.enter_context(atomic_puts())
        self._open.enter_context(tables_in_memory())
        self._open.enter_context(moto_at_once())
        self._open.enter_context(_moved_labels())
        self._open.enter_context(shared_clients())
        self._open.enter_context(_empty_variables())
        self._open.enter_context(_noted_messages(self._delays, self._chains))
        self._open.enter_context(_noted_emails(self._emails))
        self._open.enter_context(mock_aws(config=config))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def client(self, service: str) -> Any:
        """One for all threads: to make it takes longer than most calls."""
        return _client(service)

    def delay_of(self, message_id: str) -> int:
        """For how many seconds the message was to be held back: asked once, by whoever takes it."""
        return self._delays.pop(message_id, 0)

    def chain_of(self, message_id: str) -> Chain:
        """Of the invocation in which the message was sent: asked once, by whoever takes it."""
        return self._chains.pop(message_id, NO_CHAIN)

    def has_messages(self, queue_url: str) -> bool:
        """Without asking the service, which takes a hundred times as long and is mostly in vain."""
        return bool(sqs_backends[ACCOUNT][REGION].queues[queue_url.rpartition("/")[2]].messages)

    def sent_emails(self) -> Iterator["SentEmail"]:
        """The whole messages that SES was given since the last look, oldest first."""
        while self._emails:
            yield self._emails.popleft()

    def holds_messages(self, queue: str) -> bool:
        """Whether there is something to receive from the queue of this name.

        To ask by the API takes moto milliseconds, after each invocation and of each queue.
        """
        return bool(sqs_backends[ACCOUNT][REGION].queues[queue].messages)

    def restore_table(self, name: str) -> None:
        """Put into the table of this name, which was just made, what was kept of it; likewise the others."""
        if self._kept:
            self._tables[name] = self._kept.table(name, table_called(name))

    def restore_queue(self, name: str) -> None:
        if self._kept:
            self._kept.queues.restore(sqs_backends[ACCOUNT][REGION].queues[name])

    def restore_bucket(self, name: str) -> None:
        if self._kept:
            self._kept.objects.restore(s3_backends[ACCOUNT]["aws"], name)

    def restore_signing_key(self, name: str, id_: str) -> str:
        """The key's id, which may be another now."""
        backend = kms_backends[ACCOUNT][REGION]
        key = backend.keys[id_]
        if self._kept:
            self._kept.secrets.restore_key(name, key, backend)
        return key.id

    def kept_secret(self, name: str) -> str | None:
        """What the secret of this name held before; None where nothing is known."""
        return self._kept.secrets.value_of(name) if self._kept else None

    def changes_of(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Its changes since the start, and those before that somebody had still to read, oldest first."""
        return table_called(table).changes

    def number_of_changes(self, table: str) -> int:
        return table_called(table).number_of_changes

    def changes_after(self, table: str, number: int) -> Sequence[Mapping[str, Any]]:
        return table_called(table).changes_after(number)

    def position_in(self, table: str, reader: str) -> Position | None:
        """How far a reader of the table's stream has come, where that is kept."""
        return self._tables[table].reader(reader) if table in self._tables else None

    def application(self, clock: VirtualClock, after_each: Callable[[], None]) -> WSGIApplication:
        """The same services for the AWS CLI, `sam local invoke` and others, as an endpoint to be served."""
        moto = DomainDispatcherApplication(create_backend_app)

        def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            with clock.activity():
                chunks = list(moto(environ, start_response))
            after_each()
            return chunks

        return answer


@cache
def _client(service: str) -> Any:
    # Outlives the bundles of a process. The session has read what the functions' clients are made of.
    return Session.create_client(aws._session(), service, region_name=REGION, config=PLAIN)  # noqa: SLF001 - as shared_clients


def link_at(url: str, link: str) -> str:
    """A link to a bucket of AWS as it can be followed here, at the services served under `url`."""
    return _BUCKET_LINK.sub(rf"{url}/\1/", link)


@contextmanager
def _atomic_queues() -> Iterator[None]:
    """moto's queues lose messages, and give them out twice, where several threads use one at once.

    The lock is behind the service's door, because moto's bus puts its events there by itself. Receiving never
    waits for a message: whoever waits with the lock in his hand keeps every message from coming.
    """
    lock = RLock()

    def locked(name: str, unlocked: Callable[..., Any]) -> Callable[..., Any]:
        def call(backend: SQSBackend, *given: Any, **named: Any) -> Any:
            with lock:
                return unlocked(backend, *given, **named)

        def receive(backend: SQSBackend, queue: str, most: int, _wait: int, *given: Any) -> Any:
            return call(backend, queue, most, 0, *given)

        return receive if name == "receive_message" else call

    with ExitStack() as patches:
        for name, method in list(vars(SQSBackend).items()):
            if isfunction(method) and not name.startswith("_"):
                patches.enter_context(patch.object(SQSBackend, name, locked(name, method)))
        yield


@contextmanager
def _empty_variables() -> Iterator[None]:
    """EventBridge leaves empty what an event does not have; moto leaves the variable's name there."""
    unpatched = EventTemplateParser.parse

    def parse(input_template: str, input_paths_map: dict[str, Any], event: Any) -> Any:
        given = json.dumps(unpatched(input_template, input_paths_map, event))
        for variable in input_paths_map:
            given = given.replace(f'"<{variable}>"', '""')
        return json.loads(given)

    with patch.object(EventTemplateParser, "parse", staticmethod(parse)):
        yield


@contextmanager
def _noted_messages(delays: dict[str, int], chains: dict[str, Chain]) -> Iterator[None]:
    """moto holds messages back by the wall's time: they are to be had at once, and their delays noted.

    The chain that a message belongs to, which moto does not keep, is noted beside.
    """
    unpatched = Message.mark_sent

    def mark_sent(message: Message, delay_seconds: int | None = None) -> None:
        unpatched(message)
        if delay_seconds:
            delays[message.id] = int(delay_seconds)
        if chain := current_chain():
            chains[message.id] = chain

    with patch.object(Message, "mark_sent", mark_sent):
        yield


@contextmanager
def _moved_labels() -> Iterator[None]:
    """A secret's value is that of the version that is labelled as current; moto answers the one put last."""
    unpatched = SecretsManagerBackend.update_secret_version_stage

    def update(backend: SecretsManagerBackend, **asked: str) -> tuple[str, str]:
        moved = unpatched(backend, **asked)
        if asked["version_stage"] == "AWSCURRENT":
            secret = cast("FakeSecret", backend.secrets[asked["secret_id"]])
            secret.set_default_version_id(asked["move_to_version_id"])
        return moved

    with patch.object(SecretsManagerBackend, "update_secret_version_stage", update):
        yield


@contextmanager
def _noted_emails(emails: deque[SentEmail]) -> Iterator[None]:
    """moto keeps the messages, but neither their tags nor their configuration set."""
    unpatched = SESV2Response.send_email

    def send_email(response: SESV2Response) -> str:
        answer = unpatched(response)
        asked = json.loads(response.body)
        if "Raw" in asked["Content"]:
            emails.append(
                SentEmail(
                    json.loads(answer)["MessageId"],
                    asked["Destination"]["ToAddresses"][0],
                    b64decode(asked["Content"]["Raw"]["Data"]),
                    {tag["Name"]: tag["Value"] for tag in asked.get("EmailTags", [])},
                    asked.get("ConfigurationSetName", ""),
                )
            )
        return answer

    with patch.object(SESV2Response, "send_email", send_email):
        yield
