"""The bundle's functions over moto's AWS, in this process: resources, settings and roles from template.yaml.

Whatever a handler asks of AWS is held against the role its function has, so that each test of a handler is
also one of its permissions.
"""

import importlib.util
import json
import logging
import urllib.parse
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from types import ModuleType
from typing import Any

import boto3
from botocore.exceptions import ConnectTimeoutError
from moto import mock_aws
from moto.ses.models import ses_backends

from faxledger import bootstrap
from faxledger.adapters import aws
from local.runtime.our_accounts import DEFAULTS
from tests.functions.simulators.virtual_time import VirtualTime
from tests.support import iam
from tests.support.template import ACCOUNT, REGION, ROOT, Template

TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"
SIGNING_KEY = "c2lnbmluZy1rZXktb2YtdGhlLXRlc3RzLW5vdC1zZWNyZXQh"
NOW = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
MAIL_SENDER = "faxes@clinic.example"
PARAMETERS = {"SoftlinxRealm": "Acme", "GreenFaxAccountId": "12345", "GreenFaxSender": MAIL_SENDER}
FOLDERS = {
    "SoftlinxCallback": "softlinx_callback",
    "GreenFaxNotify": "greenfax_notify",
    "SoftlinxPoll": "softlinx_poll",
    "GreenFaxFeed": "greenfax_feed",
    "Announce": "announce",
    "MarkFax": "mark_fax",
    "RetrieveContent": "retrieve_content",
    "DownloadContent": "download_content",
    "SubmitFax": "submit_fax",
    "SendFax": "send_fax",
    "MailFax": "mail_fax",
    "JoinFax": "join_fax",
    "GreenFaxBounces": "greenfax_bounces",
    "AdmitEmail": "admit_email",
    "GreenFaxEmail": "greenfax_email",
    "Notify": "notify",
    "NotifyDue": "notify_due",
    "EditRoutes": "edit_routes",
    "QueryFaxes": "query_faxes",
    "AmendFax": "amend_fax",
    "Sweep": "sweep",
}

Event = dict[str, Any]


@cache
def _client(service: str) -> Any:
    # Kept over all tests: making one takes longer than most calls, and moto stands behind all of them.
    return boto3.client(service)  # type: ignore[call-overload]


@cache
def _table(name: str) -> Any:
    return boto3.resource("dynamodb").Table(name)


class BundleClock(VirtualTime):
    """A clock that stands still, and goes on only when somebody sleeps or says so."""

    def __init__(self, start: datetime = NOW) -> None:
        super().__init__(start)
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds=seconds)


@dataclass
class Context:
    aws_request_id: str = "6f3c9a52-34c8-4cf4-8d3f-3f8c3f8a9a11"
    function_name: str = "function"
    seconds_left: float = 900

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds_left * 1000)


@dataclass
class Answer:
    """An HTTP answer of a handler."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


class Stack:
    """What a deployment has made; `parameters` may be changed until a function has started.

    `neighbours` are servers of this machine that stand for a provider's own, as under the local runner.
    """

    def __init__(self, clock: BundleClock) -> None:
        self.clock = clock
        self.parameters = dict(PARAMETERS)
        self.neighbours: frozenset[str] = frozenset()
        self.calls: list[tuple[str, iam.Call]] = []
        self._modules: dict[str, ModuleType] = {}
        self._running = ""
        self._broken: dict[tuple[str, str], Callable[..., Exception]] = {}
        self._unanswered: Counter[str] = Counter()
        self._asked: list[tuple[str, str, Mapping[str, Any]]] = []
        self._sent: list[tuple[str, Mapping[str, Any]]] = []
        self._create()

    # --- what functions do ---------------------------------------------------------------------------

    def invoke(self, function: str, event: Any, context: Context | None = None) -> Any:
        """What the function's handler gives, after whose AWS calls were held against its role."""
        if function in {"Announce", "Sweep"}:
            assert self._observer
        self._asked.clear()
        world = bootstrap.World(self.template.environment(function), self.clock, self.neighbours)
        with bootstrap.within(world):
            try:
                return self._module(function).handler(event, context or Context())
            finally:
                self._hold_against_role(function)

    def http(self, function: str, event: Event) -> Answer:
        answer = self.invoke(function, event)
        headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        headers |= {name.lower(): value[0] for name, value in (answer.get("multiValueHeaders") or {}).items()}
        return Answer(answer["statusCode"], headers, answer["body"])

    def restart(self) -> None:
        """As after a deployment: functions start anew, with nothing in memory."""
        self._modules.clear()

    def _module(self, function: str) -> ModuleType:
        if function not in self._modules:
            path = ROOT / "functions" / FOLDERS[function] / "app.py"
            spec = importlib.util.spec_from_file_location(f"app_of_{FOLDERS[function]}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self._modules[function] = module
        return self._modules[function]

    def _hold_against_role(self, function: str) -> None:
        statements = self.template.statements(function)
        for service, operation, parameters in self._asked:
            call = iam.call_of(service, operation, parameters, self._arns)
            self.calls.append((function, call))
            assert iam.allowing(statements, call), f"the role of {function} does not allow {call}"

    # --- what stands in the account ------------------------------------------------------------------

    @property
    def template(self) -> Template:
        template = Template(self.parameters)
        template.attributes = dict(self._attributes)
        return template

    def item(self, fax: str) -> dict[str, Any] | None:
        """A fax's item by its public id, in plain values."""
        provider, direction, rest = fax.split(".", 2)
        account, _, job_id = rest.rpartition(".")
        key = {"pk": f"FAX#{provider}#{direction}#{account}#{job_id}", "sk": "STATUS"}
        found: dict[str, Any] | None = self.table.get_item(Key=key).get("Item")
        return found

    def items(self, kind: str = "") -> list[dict[str, Any]]:
        """Every item whose key begins so, in plain values."""
        found: list[dict[str, Any]] = []
        request: dict[str, Any] = {}
        while True:
            answer = self.table.scan(**request)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return [item for item in found if item["pk"].startswith(kind)]

    def unreadable(self) -> list[dict[str, Any]]:
        return self.items("UNREADABLE#")

    @property
    def table(self) -> Any:
        return _table(self._attributes["Table"])

    def put_secret(self, name: str, value: str) -> None:
        _client("secretsmanager").put_secret_value(SecretId=self._attributes[name], SecretString=value)

    def count_of(self, action: str) -> int:
        """How often functions have called this so far, as in `secretsmanager:GetSecretValue`."""
        return sum(call.action == action for _, call in self.calls)

    @contextmanager
    def out_of_reach(
        self, service: str, operation: str = "*", error: Callable[..., Exception] = ConnectTimeoutError
    ) -> Iterator[None]:
        """Nobody answers calls of this service, or only of this operation, as in a network fault."""
        self._broken[service, operation] = error
        try:
            yield
        finally:
            del self._broken[service, operation]

    def attempts(self, service: str) -> int:
        """How often a call of this service was tried, and nobody answered, so far."""
        return self._unanswered[service]

    def put_email(self, message_id: str, raw: bytes) -> None:
        """As SES does before it tells the function."""
        key = f"greenfax/{message_id}"
        _client("s3").put_object(Bucket=self._attributes["StatusEmails"], Key=key, Body=raw)

    def documents(self) -> dict[str, bytes]:
        """The documents in the bucket, by key."""
        s3, bucket = _client("s3"), self._attributes["Documents"]
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        keys = [key for key in keys if not key.startswith("feeds/")]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def media_types(self) -> dict[str, str]:
        """What each of the documents says it is."""
        s3, bucket = _client("s3"), self._attributes["Documents"]
        return {key: s3.head_object(Bucket=bucket, Key=key)["ContentType"] for key in self.documents()}

    def sent_for(self, queue: str = "RetrieveQueue") -> list[dict[str, Any]]:
        """The messages of a queue, which is empty then."""
        return self._drained(self._attributes[queue])

    def leave_failed(self, name: str, document: Any) -> None:
        """As Lambda leaves a batch of the stream that failed for good."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        _client("s3").put_object(Bucket=self._attributes["FailedRecords"], Key=name, Body=body)

    def failed_batches(self) -> list[str]:
        listed = _client("s3").list_objects_v2(Bucket=self._attributes["FailedRecords"])
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def messages_sent_to(self, queue: str) -> list[tuple[Any, int]]:
        """The messages that functions have sent there since the last look, with their delays in seconds."""
        url = self._attributes[queue]
        found = [entry for sent_to, entry in self._sent if sent_to == url]
        self._sent = [(sent_to, entry) for sent_to, entry in self._sent if sent_to != url]
        return [(json.loads(entry["MessageBody"]), entry.get("DelaySeconds", 0)) for entry in found]

    def to_be_sent(self, queue: str = "OrderQueue") -> list[dict[str, Any]]:
        """The messages of an order queue, which is empty then."""
        return self._drained(self._attributes[queue])

    def image(self, fax: str) -> dict[str, Any]:
        """A fax's item by its public id, as the stream has it."""
        item = self.item(fax)
        assert item is not None
        key = {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
        answer = _client("dynamodb").get_item(TableName=self._attributes["Table"], Key=key)
        found: dict[str, Any] = answer["Item"]
        return found

    def submission_image(self, submission_id: str) -> dict[str, Any]:
        """A submission's item, as the stream has it."""
        key = {"pk": {"S": f"SUBMISSION#{submission_id}"}, "sk": {"S": "SUBMISSION"}}
        answer = _client("dynamodb").get_item(TableName=self._attributes["Table"], Key=key)
        found: dict[str, Any] = answer["Item"]
        return found

    def put_document(self, key: str, content: bytes, **more: Any) -> None:
        """As whoever has a link puts it there."""
        _client("s3").put_object(Bucket=self._attributes["Documents"], Key=key, Body=content, **more)

    def emails(self) -> list[Any]:
        """What SES has sent so far."""
        sent: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
        return sent

    def verify_sender(self, address: str) -> None:
        """As its owner does in SES."""
        _client("sesv2").create_email_identity(EmailIdentity=address)

    def announced(self) -> list[dict[str, Any]]:
        """What has reached the bundle's bus so far, oldest first."""
        return self._drained(self._observer)

    def _drained(self, queue: str) -> list[dict[str, Any]]:
        sqs = _client("sqs")
        found = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _create(self) -> None:
        self._attributes: dict[str, str] = {}
        template = Template(self.parameters)
        properties = template.resource("Table")
        names = (
            "KeySchema",
            "AttributeDefinitions",
            "GlobalSecondaryIndexes",
            "BillingMode",
        )
        made = _client("dynamodb").create_table(
            TableName="faxledger-Table",
            StreamSpecification={"StreamEnabled": True, **properties["StreamSpecification"]},
            **{name: properties[name] for name in names},
        )["TableDescription"]
        self._attributes |= {
            "Table": made["TableName"],
            "Table.Arn": made["TableArn"],
            "Table.StreamArn": made["LatestStreamArn"],
        }
        self._create_secrets(template)
        bus = template.resource("Bus")["Name"]
        self._attributes |= {"Bus": bus, "Bus.Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}"}
        for name in ("Logs", "MarkDeadLetters"):
            self._attributes |= {f"{name}.Arn": f"arn:aws:unused:{REGION}:{ACCOUNT}:{name}"}
        self._create_documents()
        self._create_mailings()
        self._arns = {
            self._attributes["Table"]: self._attributes["Table.Arn"],
            self._attributes["Bus"]: self._attributes["Bus.Arn"],
            self._attributes["MarkQueue"]: self._attributes["MarkQueue.Arn"],
            self._attributes["RetrieveQueue"]: self._attributes["RetrieveQueue.Arn"],
            self._attributes["DownloadQueue"]: self._attributes["DownloadQueue.Arn"],
            self._attributes["OrderQueue"]: self._attributes["OrderQueue.Arn"],
            self._attributes["GreenFaxOrderQueue"]: self._attributes["GreenFaxOrderQueue.Arn"],
            self._attributes["StatusEmailQueue"]: self._attributes["StatusEmailQueue.Arn"],
            self._attributes["NotifyQueue"]: self._attributes["NotifyQueue.Arn"],
            self._attributes["NotifyDeadLetters"]: self._attributes["NotifyDeadLetters.Arn"],
            "identities": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity",
        }

    def _create_secrets(self, template: Template) -> None:
        secrets = _client("secretsmanager")
        values = {
            # The second ones stand in events/*.json, as `faxledger up` has them.
            "SoftlinxCallbackTokens": f"{TOKEN} {DEFAULTS['SOFTLINX_CALLBACK_TOKEN']}",
            "GreenFaxCallbackTokens": f"{TOKEN} {DEFAULTS['GREENFAX_CALLBACK_TOKEN']}",
            "SoftlinxCredentials": json.dumps({"login": "faxledger", "password": "not-a-secret"}),
            "NotifySigningKeys": SIGNING_KEY,
            "GreenFaxCredentials": json.dumps({"password": "not-a-secret"}),
        }
        for name, resource in template.document["Resources"].items():
            if resource["Type"] == "AWS::SecretsManager::Secret":
                made = secrets.create_secret(Name=name, SecretString=values[name])
                self._attributes[name] = made["ARN"]

    def _create_documents(self) -> None:
        bucket = "faxledger-documents"
        _client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self._attributes |= {"Documents": bucket, "Documents.Arn": f"arn:aws:s3:::{bucket}"}
        failed = "faxledger-failed-records"
        _client("s3").create_bucket(Bucket=failed, CreateBucketConfiguration={"LocationConstraint": REGION})
        self._attributes |= {"FailedRecords": failed, "FailedRecords.Arn": f"arn:aws:s3:::{failed}"}
        emails = "faxledger-emails"
        _client("s3").create_bucket(Bucket=emails, CreateBucketConfiguration={"LocationConstraint": REGION})
        self._attributes |= {"StatusEmails": emails, "StatusEmails.Arn": f"arn:aws:s3:::{emails}"}
        queues = (
            "MarkQueue",
            "RetrieveQueue",
            "DownloadQueue",
            "OrderQueue",
            "GreenFaxOrderQueue",
            "BounceQueue",
            "StatusEmailQueue",
        )
        for name in (*queues, "NotifyQueue", "NotifyDeadLetters"):
            url = _client("sqs").create_queue(QueueName=name)["QueueUrl"]
            self._attributes |= {name: url, f"{name}.Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"}
            self._attributes.setdefault(
                f"{name}.Arn".replace("Queue", "DeadLetters"), f"arn:aws:unused:{name}"
            )

    def _create_mailings(self) -> None:
        self._attributes["Mailings"] = "faxledger-Mailings"
        _client("sesv2").create_configuration_set(ConfigurationSetName="faxledger-Mailings")
        self.verify_sender(MAIL_SENDER)

    @cached_property
    def _observer(self) -> str:
        """The URL of a queue that gets all that comes to the bus; made late, as few tests need either."""
        events, sqs = _client("events"), _client("sqs")
        bus = self._attributes["Bus"]
        events.create_event_bus(Name=bus)
        url = str(sqs.create_queue(QueueName="observer")["QueueUrl"])
        pattern = json.dumps({"source": ["faxledger"]})
        events.put_rule(Name="everything", EventBusName=bus, EventPattern=pattern)
        target = {"Id": "observer", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:observer"}
        events.put_targets(Rule="everything", EventBusName=bus, Targets=[target])
        return url

    # --- botocore's hooks ----------------------------------------------------------------------------

    def note_call(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        self._asked.append((model.service_model.service_name, model.name, dict(params)))
        if model.name == "SendMessageBatch":
            self._sent += [(str(params["QueueUrl"]), entry) for entry in params["Entries"]]

    def break_call(self, request: Any, event_name: str, **_: object) -> None:
        service, operation = event_name.replace("-", "").split(".")[1:]
        error = self._broken.get((service, "*")) or self._broken.get((service, operation))
        if error is not None:
            self._unanswered[service] += 1
            raise error(endpoint_url=request.url)


@contextmanager
def bundle_on_moto(clock: BundleClock | None = None) -> Iterator[Stack]:
    # Powertools keeps a logger's stream from one test to the next, and pytest closes it in between.
    for name in [f.replace("_", "-") for f in FOLDERS.values()]:
        logging.Logger.manager.loggerDict.pop(name, None)
    session = aws._session()
    with mock_aws():
        stack = Stack(clock or BundleClock())
        emitter = session.get_component("event_emitter")
        emitter.register("before-parameter-build", stack.note_call)
        # Before moto's own, which would have done what was asked.
        emitter.register_first("before-send", stack.break_call)
        try:
            yield stack
        finally:
            emitter.unregister("before-parameter-build", stack.note_call)
            emitter.unregister("before-send", stack.break_call)


# --- events as API Gateway makes them ----------------------------------------------------------------


def event_file(name: str) -> Event:
    event: Event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def softlinx_post(
    fields: Mapping[str, str] | str | bytes | None = None,
    *,
    token: str | None = TOKEN,
    address: str | None = None,
    content_type: str | None = "application/x-www-form-urlencoded",
) -> Event:
    """The callback of events/softlinx_callback.json with these fields, or this raw body, instead."""
    event = event_file("softlinx_callback")
    if fields is not None:
        body = urllib.parse.urlencode(fields) if isinstance(fields, Mapping) else fields
        event["body"] = b64encode(body.encode() if isinstance(body, str) else body).decode()
    if content_type is None:
        del event["headers"]["content-type"]
    else:
        event["headers"]["content-type"] = content_type
    return _called(event, token, address)


def greenfax_get(
    fields: Mapping[str, str] | str | None = None,
    *,
    token: str | None = TOKEN,
    address: str | None = None,
    is_inbound: bool = False,
) -> Event:
    """The notification of events/greenfax_notify.json with these fields, or this raw query, instead."""
    event = event_file("greenfax_notify")
    if fields is not None:
        event["rawQueryString"] = urllib.parse.urlencode(fields) if isinstance(fields, Mapping) else fields
        event.pop("queryStringParameters")
    if is_inbound:
        event["routeKey"] += "/inbound"
        event["rawPath"] += "/inbound"
    return _called(event, token, address)


def _called(event: Event, token: str | None, address: str | None) -> Event:
    if token is None:
        del event["pathParameters"]
    else:
        event["pathParameters"]["token"] = token
    if address is not None:
        event["requestContext"]["http"]["sourceIp"] = address
    return event
