"""Health data and secrets that come in lie in no queue, bus, log, metric or key, and elsewhere for a reason.

Queues, buses, buckets, log groups, tables, routes and functions are read from the template, so a new one is
searched without a word here. First all goes well; then everything that nobody waits for fails until it is
given up, so that dead letters and failed events come about.
"""

import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from moto.s3.models import s3_backends
from moto.sqs.models import Message, Queue
from werkzeug.test import Client

from local.runtime.aws import ACCOUNT
from local.runtime.function_plans import Daily, Every, FromQueue, FromStream, HttpRoute
from local.runtime.outbox import bounce_of
from local.runtime.stack_name import STACK
from tests.e2e.conftest import ACCOUNTS, Town, open_towns
from tests.support import canaries
from tests.support.template import raw_template

# The simulators go by a number's last four digits.
AREA = "1999555"
SENT, BUSY, BOUNCED = f"{AREA}0100", f"{AREA}0001", f"{AREA}0301"
CONTENT = "CanaryDocument"
HEALTH_DATA = (AREA, canaries.NAME, canaries.SUBJECT, "Birdsong", CONTENT)
# What stands in a webhook's address is a secret of its receiver.
ADDRESS = canaries.PASSWORD
SECRETS = (
    ACCOUNTS.softlinx_password,
    ACCOUNTS.greenfax_password,
    ACCOUNTS.softlinx_token,
    ACCOUNTS.greenfax_token,
    ACCOUNTS.signing_key,
)
EVERYTHING = f"{SENT} {canaries.NAME} {canaries.SUBJECT} {ADDRESS}"
DOCUMENT = {"type": "application/pdf", "content": b64encode(f"%PDF-1.4 {CONTENT}".encode()).decode()}
PARAMETERS = {
    "StatusEmailRuleSet": "inbound",
    "StatusEmailRecipient": "fax-status@in.clinic.example",
    "GreenFaxSender": "faxes@clinic.example",
    "NotifySender": "faxes@clinic.example",
    "GreenFaxAllowance": "separate",
}

# Why health data, or a receiver's address, may lie in items whose key begins so; in a key never.
ITEMS_THAT_MAY = {
    "FAX#": "what each source said of the fax",
    "SUBMISSION#": "whom it was sent to, and the sender's reference",
    "ORDER#": "what was asked for, until it is handed over",
    "UNREADABLE#": "the bytes that nobody could read, for a person",
    "ROUTE#": "who is told, and our own lines and users, which are its key",
    "DELIVERY#": "who is told, as the route says",
}
# Why it may lie in objects whose key begins so.
OBJECTS_THAT_MAY = {
    "Documents/softlinx/inbound/": "the document of a received fax",
    "Documents/greenfax/inbound/": "the document of a received fax",
    "Documents/outgoing/": "the document of a fax to be sent",
    "StatusEmails/greenfax/": "the email as it came",
    "StatusEmails/aws/lambda/async/": "what SES said of an email that could not be taken",
    "FailedRecords/aws/lambda/": "what the table's stream said of a fax, to be announced once more",
}
# Of what an access log can say of a request, what its caller has not written (API Gateway's developer guide).
OF_NO_CALLER = frozenset(
    f"$context.{name}"
    for name in (
        *("requestId", "requestTime", "routeKey", "status", "responseLatency"),
        *("identity.sourceIp", "identity.userArn"),
        # The issuer's word for a person, from a token whose signature was checked.
        "authorizer.claims.sub",
    )
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is after all of it: by the template's names, and each text as somebody may read it."""

    town: Town
    queued: Mapping[str, list[str]]
    announced: Mapping[str, list[str]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with open_towns(tmp_path_factory.mktemp("canaries")) as open_town, noted_messages() as queued:
        town = open_town(parameters=PARAMETERS)
        watch_buses(town)
        client = Client(town.bundle.api)
        for route in town.bundle.routes:
            call(client, route[0])
        everything_comes_in(town, 1)
        town.wait(minutes=70)
        fail(town, FromQueue, Every, Daily)
        everything_comes_in(town, 2)
        town.wait(minutes=5 * 60)
        fail(town, FromStream, type(None))
        everything_comes_in(town, 3)
        town.wait(minutes=30)
        named = {name.removeprefix(f"{STACK}-"): bodies for name, bodies in queued.items()}
        yield Seen(town, named, {bus: named.pop(f"listener-{bus}", []) for bus in of_type("EventBus")})


def of_type(kind: str) -> list[str]:
    """The template's resources of this kind: its queues, for `Queue`."""
    resources = raw_template()["Resources"]
    return [name for name, resource in resources.items() if resource["Type"].rpartition(":")[2] == kind]


@contextmanager
def noted_messages() -> Iterator[Mapping[str, list[str]]]:
    """The bodies of all messages that come into a queue in the block, by the queue's name."""
    bodies: dict[str, list[str]] = defaultdict(list)
    unnoted = Queue.add_message

    def add_message(queue: Queue, message: Message) -> None:
        bodies[queue.name].append(message.body)
        unnoted(queue, message)

    with patch.object(Queue, "add_message", add_message):
        yield bodies


def watch_buses(town: Town) -> None:
    events, sqs = town.bundle.aws.client("events"), town.bundle.aws.client("sqs")
    for bus in of_type("EventBus"):
        url = sqs.create_queue(QueueName=f"listener-{bus}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        name = town.bundle.cloud.ref(bus)
        events.put_rule(Name="everything", EventBusName=name, EventPattern='{"source": [{"prefix": ""}]}')
        events.put_targets(Rule="everything", EventBusName=name, Targets=[{"Id": "queue", "Arn": arn}])


def fail(town: Town, *triggers: type[Any]) -> None:
    """From now on the functions with such a trigger fail; those without any are SES's."""

    def failing(_: Any) -> AbstractContextManager[object]:
        raise RuntimeError("of the test")

    for function in town.bundle.functions.values():
        of_function: Sequence[Any] = function.plan.triggers or [None]
        if any(isinstance(trigger, triggers) for trigger in of_function):
            function.around = failing


def everything_comes_in(town: Town, time: int) -> None:
    """By every way: from the providers, by every route, by email and by what SES tells."""
    client = Client(town.bundle.api)
    targets = [
        {"webhook": f"{town.receiver.url}/{ADDRESS}?key={ADDRESS}"},
        {"email": "canary-pass-4711@example.org"},
    ]
    assert client.put("/routes/default", json={"targets": targets}).status_code == 200
    for provider, number in (("softlinx", SENT), ("greenfax", SENT), ("greenfax", BOUNCED)):
        order = {
            "provider": provider,
            "recipients": [{"number": number, **({"name": canaries.NAME} if provider == "softlinx" else {})}],
            "reference": canaries.SUBJECT,
            "documents": [DOCUMENT],
            "notify": targets,
        }
        key = {"Idempotency-Key": f"{provider}-{number[-4:]}-{time}"}
        assert client.post("/faxes", json=order, headers=key).status_code == 202
    for number in (SENT, BUSY):
        town.softlinx.send(number, tsi=canaries.NAME, recipient=canaries.NAME, project_code=canaries.SUBJECT)
        town.softlinx.receive(number, tsi=canaries.NAME, number=f"{AREA}0456")
        town.greenfax.send(number, sender="canary-pass-4711@example.org")
        town.greenfax.receive(number, number=f"{AREA}0456")
    assert town.bundle.mailbox is not None
    town.bundle.mailbox.receive(
        f"From: status@greenfax.com\r\nSubject: {EVERYTHING}\r\n\r\nFax to {EVERYTHING}\r\n".encode(),
        "status@greenfax.com",
    )
    tags = {"submission": "a-submission", "note": EVERYTHING}
    bounce = bounce_of(
        "a-message",
        f"{SENT}@greenfax.com",
        tags | {"ses:configuration-set": f"{STACK}-Mailings"},
        town.clock.now(),
    )
    event = {"Source": "aws.ses", "DetailType": "Email Bounced", "Detail": json.dumps(bounce)}
    town.bundle.aws.client("events").put_events(Entries=[event])
    town.bundle.look()


def call(client: Client, route: HttpRoute) -> None:
    """Canaries in each place of a request to this route, whose token is right where it has one."""
    token = ACCOUNTS.greenfax_token if "greenfax" in route.path else ACCOUNTS.softlinx_token
    path = route.path.replace("{token}", token)
    names = ("id", "status", "reference", "cursor", "FaxId", "result", "greenfaxreferenceid", EVERYTHING)
    said = dict.fromkeys(names, EVERYTHING)
    headers = {
        "Idempotency-Key": EVERYTHING,
        "User-Agent": EVERYTHING,
        EVERYTHING.replace(" ", "-"): EVERYTHING,
    }
    for part in ("default", quote(EVERYTHING), "softlinx.outbound.acme.1"):
        where = "/".join(part if step.startswith("{") else step for step in path.split("/"))
        for body in ({"json": said}, {"data": said}, {"data": EVERYTHING}):
            client.open(where, method=route.method, query_string=said, headers=headers, **body)
    client.open(path.replace(token, quote(EVERYTHING)), method=route.method, data=said)


def found(texts: Iterable[str], planted: Iterable[str]) -> list[str]:
    return [f"{canary} in {text[:200]}" for text in texts for canary in planted if canary in text]


def test_something_came_to_every_queue(seen: Seen) -> None:
    """Where nothing came, nothing could be found: let something come in above that leads there."""
    assert [queue for queue in of_type("Queue") if not seen.queued.get(queue)] == []


@pytest.mark.parametrize("queue", of_type("Queue"))
def test_no_queue_holds_any(seen: Seen, queue: str) -> None:
    assert found(seen.queued.get(queue, []), (*HEALTH_DATA, ADDRESS, *SECRETS)) == []


@pytest.mark.parametrize("bus", of_type("EventBus"))
def test_no_bus_holds_any(seen: Seen, bus: str) -> None:
    assert seen.announced[bus]
    assert found(seen.announced[bus], (*HEALTH_DATA, ADDRESS, *SECRETS)) == []


@pytest.mark.parametrize("group", of_type("LogGroup"))
def test_no_log_holds_any_nor_a_metric_in_it(seen: Seen, group: str) -> None:
    template = raw_template()
    access = template["Resources"]["Api"]["Properties"]["AccessLogSettings"]
    if template["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": group}:
        lines = seen.town.bundle.log.path.read_text().splitlines()
        assert any('"_aws"' in line for line in lines)
    else:
        assert access["DestinationArn"] == {"Fn::GetAtt": f"{group}.Arn"}, f"nobody knows what is in {group}"
        said = json.loads(access["Format"]).values()
        lines = [value if value in OF_NO_CALLER else EVERYTHING for value in said]
    assert found(lines, (*HEALTH_DATA, ADDRESS, *SECRETS)) == []


@pytest.mark.parametrize("bucket", of_type("Bucket"))
def test_no_bucket_holds_any_in_a_key_nor_in_an_object_that_has_no_reason_to(seen: Seen, bucket: str) -> None:
    objects = s3_backends[ACCOUNT]["aws"].buckets[seen.town.bundle.cloud.ref(bucket)].keys
    assert found(objects, (*HEALTH_DATA, ADDRESS, *SECRETS)) == []
    holding = set()
    for key, kept in objects.items():
        text = f"{json.dumps(dict(kept.metadata))} {kept.value.decode('latin-1')}"
        assert found([text], SECRETS) == []
        if found([text], (*HEALTH_DATA, ADDRESS)):
            holding.add(reason_for(f"{bucket}/{key}", OBJECTS_THAT_MAY))
    assert holding <= set(OBJECTS_THAT_MAY)


@pytest.mark.parametrize("table", of_type("Table"))
def test_no_table_holds_any_in_a_key_nor_in_an_item_that_has_no_reason_to(seen: Seen, table: str) -> None:
    client = seen.town.bundle.aws.client("dynamodb")
    pages = client.get_paginator("scan").paginate(TableName=seen.town.bundle.cloud.ref(table))
    items = [item for page in pages for item in page["Items"]]
    keys = [item for item in items if not item["pk"]["S"].startswith("ROUTE#")]
    assert canaries.found_in(canaries.keys_of(keys), *HEALTH_DATA, *SECRETS) == []
    holding = set()
    for item in items:
        text = json.dumps(item, default=lambda raw: bytes(raw).decode("latin-1"))
        assert found([text], SECRETS) == []
        if found([text], (*HEALTH_DATA, ADDRESS)):
            holding.add(reason_for(item["pk"]["S"], ITEMS_THAT_MAY))
    assert holding <= set(ITEMS_THAT_MAY)


def reason_for(key: str, reasons: Mapping[str, str]) -> str:
    (found,) = [place for place in reasons if key.startswith(place)] or [key]
    return found
