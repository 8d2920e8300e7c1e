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
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
from botocore.exceptions import ConnectTimeoutError
from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ses.models import ses_backends
from moto.sqs.models import sqs_backends

from faxledger import bootstrap
from local.dynamodb.in_moto import tables_in_memory
from local.runtime.moto_at_once import moto_at_once
from local.runtime.our_accounts import DEFAULTS
from local.runtime.shared_clients import listening, shared_clients
from tests.support import iam
from tests.support.moto_aws import moto_aws
from tests.support.template import ACCOUNT, REGION, ROOT, Template, raw_template
from tests.support.virtual_time import VirtualTime

TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"
SIGNING_KEY = "c2lnbmluZy1rZXktb2YtdGhlLXRlc3RzLW5vdC1zZWNyZXQh"
NOW = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
MAIL_SENDER = "faxes@clinic.example"
# Whatever a role needs for a key of the organisation's shows only where there is one.
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/6f3c9a52"
PARAMETERS = {
    "SoftlinxRealm": "Acme",
    "GreenFaxAccountId": "12345",
    "GreenFaxSender": MAIL_SENDER,
    "KmsKeyArn": KEY,
}
# Each function's folder under functions/, which names its file under events/ too.
FOLDERS = {
    name: Path(resource["Properties"]["CodeUri"]).name
    for name, resource in raw_template()["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}
# The second ones stand in events/*.json, as `faxledger up` has them.
SECRETS = {
    "SoftlinxCallbackTokens": f"{TOKEN} {DEFAULTS['SOFTLINX_CALLBACK_TOKEN']}",
    "GreenFaxCallbackTokens": f"{TOKEN} {DEFAULTS['GREENFAX_CALLBACK_TOKEN']}",
    "SoftlinxCredentials": json.dumps({"login": "faxledger", "password": "not-a-secret"}),
    "NotifySigningKeys": SIGNING_KEY,
    "GreenFaxCredentials": json.dumps({"password": "not-a-secret"}),
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
    """A clock that stands still, and goes on only when somebody sleeps or says so.

    `tick` are seconds that pass whenever somebody looks at it.
    """

    def __init__(self, start: datetime = NOW) -> None:
        super().__init__(start)
        self.slept: list[float] = []
        self.tick = 0.0

    def now(self) -> datetime:
        if self.tick:
            self.advance(seconds=self.tick)
        return super().now()

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
        self._unanswered: Counter[str] = Counter()
        self._asked: list[tuple[str, str, Mapping[str, Any]]] = []
        self._sent: list[tuple[str, Mapping[str, Any]]] = []
        self._records: dict[tuple[str, str], bytes] = {}
        self._create()

    # --- what functions do ---------------------------------------------------------------------------

    def invoke(self, function: str, event: Any, context: Context | None = None) -> Any:
        """What the function's handler gives, after whose AWS calls were held against its role."""
        if function in {"Announce", "CloseDay", "Sweep"}:
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
            asked = iam.call_of(service, operation, parameters, self._arns)
            self.calls.append((function, asked))
            for call in (asked, *iam.calls_of_kms(asked, KEY, REGION)):
                assert iam.allowing(statements, call), f"the role of {function} does not allow {call}"

    # --- what stands in the account ------------------------------------------------------------------

    @property
    def template(self) -> Template:
        template = Template(self.parameters)
        template.attributes = dict(self._attributes)
        return template

    def item(self, fax: str) -> dict[str, Any] | None:
        """A fax's item by its public id, in plain values."""
        key = {"pk": _partition_of(fax), "sk": "STATUS"}
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

        def break_call(request: Any, event_name: str, **_: object) -> None:
            asked_service, asked_operation = event_name.replace("-", "").split(".")[1:]
            if asked_service == service and operation in {"*", asked_operation}:
                self._unanswered[service] += 1
                raise error(endpoint_url=request.url)

        with listening("before-send", break_call):
            yield

    def attempts(self, service: str) -> int:
        """How often a call of this service was tried, and nobody answered, so far."""
        return self._unanswered[service]

    def public_key(self, name: str) -> bytes:
        """Of a signing key, in DER, as anybody may have it."""
        found: bytes = _client("kms").get_public_key(KeyId=self._attributes[name])["PublicKey"]
        return found

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

    def records(self) -> dict[str, bytes]:
        """The records of closed days, by key."""
        s3, bucket = _client("s3"), self._attributes["Reports"]
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        # A chain is looked at whole after each step: what has been read before is not read again.
        self._records = {
            (key, tag): self._records.get((key, tag)) or s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key, tag in ((entry["Key"], entry["ETag"]) for entry in listed)
        }
        return {key: content for (key, _), content in self._records.items()}

    def put_record(self, key: str, content: bytes) -> None:
        """As whoever tampers with it does."""
        _client("s3").put_object(Bucket=self._attributes["Reports"], Key=key, Body=content)

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
        key = {"pk": {"S": _partition_of(fax)}, "sk": {"S": "STATUS"}}
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
        ses_backends[ACCOUNT][REGION].create_email_identity_v2(address, None, None, None)

    def announced(self) -> list[dict[str, Any]]:
        """What has reached the bundle's bus so far, oldest first."""
        return self._drained(self._observer)

    def take_messages(self) -> list[str]:
        """The bodies of all messages in all queues, also of the buses' observer, which are empty then."""
        queues = sqs_backends[ACCOUNT][REGION].queues.values()
        bodies = [message.body for queue in queues for message in queue._messages]
        for queue in queues:
            queue._messages.clear()
        return bodies

    def object_keys(self) -> list[str]:
        """The keys of all that lies in any bucket."""
        return [key for bucket in s3_backends[ACCOUNT]["aws"].buckets.values() for key in bucket.keys]

    def _drained(self, queue: str) -> list[dict[str, Any]]:
        sqs = _client("sqs")
        found = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _create(self) -> None:
        """Whatever the template has that functions speak to, by its logical id.

        Where moto's own insides are plain they are used: a call through botocore costs ten times as much, and
        every test needs everything anew.
        """
        self._attributes: dict[str, str] = {}
        self._arns = {"identities": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity"}
        template = Template(self.parameters)
        make = {
            "AWS::DynamoDB::Table": self._create_table,
            "AWS::Events::EventBus": self._name_bus,
            "AWS::KMS::Key": self._create_key,
            "AWS::Logs::LogGroup": self._name_log_group,
            "AWS::S3::Bucket": self._create_bucket,
            "AWS::SES::ConfigurationSet": self._create_configuration_set,
            "AWS::SQS::Queue": self._create_queue,
            "AWS::SecretsManager::Secret": self._create_secret,
        }
        for name, resource in template.document["Resources"].items():
            if resource["Type"] in make:
                make[resource["Type"]](name, template)
        self.verify_sender(MAIL_SENDER)

    def _create_table(self, name: str, template: Template) -> None:
        properties = template.resource(name)
        made = dynamodb_backends[ACCOUNT][REGION].create_table(
            name="faxledger-Table",
            schema=properties["KeySchema"],
            attr=properties["AttributeDefinitions"],
            global_indexes=properties["GlobalSecondaryIndexes"],
            streams={"StreamEnabled": True, **properties["StreamSpecification"]},
            billing_mode=properties["BillingMode"],
            indexes=[],
            tags=[],
            throughput=None,
            sse_specification=None,
            deletion_protection_enabled=None,
            warm_throughput=None,
        )
        self._know(name, made.name, made.table_arn)
        self._attributes[f"{name}.StreamArn"] = made.describe()["TableDescription"]["LatestStreamArn"]

    def _create_secret(self, name: str, _: Template) -> None:
        made = secretsmanager_backends[ACCOUNT][REGION].create_secret(
            name=name,
            secret_string=SECRETS[name],
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        self._attributes[name] = json.loads(made)["ARN"]

    def _create_key(self, name: str, template: Template) -> None:
        properties = template.resource(name)
        made = kms_backends[ACCOUNT][REGION].create_key(
            policy=None,
            key_usage=properties["KeyUsage"],
            key_spec=properties["KeySpec"],
            description="",
            tags=None,
        )
        self._know(name, made.id, made.arn)

    def _create_bucket(self, name: str, _: Template) -> None:
        bucket = f"faxledger-{name.lower()}"
        s3_backends[ACCOUNT]["aws"].create_bucket(bucket, REGION)
        self._know(name, bucket, f"arn:aws:s3:::{bucket}")

    def _create_queue(self, name: str, _: Template) -> None:
        sqs_backends[ACCOUNT][REGION].create_queue(name)
        url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        self._know(name, url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")

    def _create_configuration_set(self, name: str, _: Template) -> None:
        self._attributes[name] = f"faxledger-{name}"
        ses_backends[ACCOUNT][REGION].create_configuration_set(self._attributes[name])

    def _name_bus(self, name: str, template: Template) -> None:
        bus = template.resource(name)["Name"]
        self._know(name, bus, f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{bus}")

    def _name_log_group(self, name: str, _: Template) -> None:
        self._attributes[f"{name}.Arn"] = f"arn:aws:unused:{REGION}:{ACCOUNT}:{name}"

    def _know(self, name: str, reference: str, arn: str) -> None:
        self._attributes |= {name: reference, f"{name}.Arn": arn}
        self._arns[reference] = arn

    @cached_property
    def _observer(self) -> str:
        """The URL of a queue that gets all that comes to a bus; made late, as few tests need any of them."""
        events, sqs = _client("events"), _client("sqs")
        url = str(sqs.create_queue(QueueName="observer")["QueueUrl"])
        pattern = json.dumps({"source": [{"prefix": ""}]})
        target = {"Id": "observer", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:observer"}
        for name, resource in raw_template()["Resources"].items():
            if resource["Type"] == "AWS::Events::EventBus":
                bus = self._attributes[name]
                events.create_event_bus(Name=bus)
                events.put_rule(Name="everything", EventBusName=bus, EventPattern=pattern)
                events.put_targets(Rule="everything", EventBusName=bus, Targets=[target])
        return url

    # --- botocore's events ----------------------------------------------------------------------------

    def note_call(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        self._asked.append((model.service_model.service_name, model.name, dict(params)))
        if model.name == "SendMessageBatch":
            self._sent += [(str(params["QueueUrl"]), entry) for entry in params["Entries"]]


def _partition_of(fax: str) -> str:
    provider, direction, rest = fax.split(".", 2)
    account, _, job_id = rest.rpartition(".")
    return f"FAX#{provider}#{direction}#{account}#{job_id}"


@contextmanager
def bundle_on_moto(clock: BundleClock | None = None) -> Iterator[Stack]:
    # Powertools keeps a logger's stream from one test to the next, and pytest closes it in between.
    for name in ["ledger", *(folder.replace("_", "-") for folder in FOLDERS.values())]:
        logging.Logger.manager.loggerDict.pop(name, None)
    with moto_aws(), tables_in_memory(), moto_at_once(), shared_clients():
        stack = Stack(clock or BundleClock())
        with listening("before-parameter-build", stack.note_call):
            yield stack


# --- events as API Gateway makes them ----------------------------------------------------------------


def event_file(name: str) -> Event:
    event: Event = json.loads(_event_text(name))
    return event


@cache
def _event_text(name: str) -> str:
    return (ROOT / "events" / f"{name}.json").read_text()


def query(route: str, parameters: Mapping[str, str] | str = "", **path: str) -> Event:
    """A request to a route such as `GET /faxes/{id}`, as the gateway hands it over: the path is decoded."""
    event = event_file("query_faxes")
    method, _, template = route.partition(" ")
    http = event["requestContext"]["http"]
    event["routeKey"] = event["requestContext"]["routeKey"] = route
    event["rawPath"] = http["path"] = template.format_map(path)
    event["pathParameters"] = path
    event["rawQueryString"] = (
        parameters if isinstance(parameters, str) else urllib.parse.urlencode(parameters)
    )
    http["method"] = method
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
