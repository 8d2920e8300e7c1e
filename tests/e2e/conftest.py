"""The whole bundle beside simulated providers, in this process, under a clock that the test moves."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from jsonschema import Draft202012Validator

from faxledger.domain.report import Fax
from local.runtime.bundle import Bundle
from local.runtime.clock import VirtualClock
from local.runtime.our_accounts import OurAccounts
from local.show.day_account import faxes_in
from local.show.simulation import Simulation
from local.show.simulators.faults import NO_FAULTS, Faults
from local.show.simulators.greenfax import GreenFaxSimulator
from local.show.simulators.softlinx import SoftlinxSimulator
from local.show.simulators.softlinx.options import SOFTLINX_OPTIONS, SoftlinxOptions
from local.show.simulators.webhook_receiver import WebhookReceiver
from tests.support import plain_http
from tests.support.template import ROOT

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # a Monday, 8:00 in New York
ACCOUNTS = OurAccounts.from_env({})
_SCHEMA, _DAY_SCHEMA = (
    Draft202012Validator(json.loads((ROOT / "docs" / "events" / name).read_text()))
    for name in ("fax-event.v1.json", "day-closed.v1.json")
)


@dataclass(frozen=True, slots=True)
class Town:
    """Time stands still here but for `wait`, because the test itself is an activity of the clock."""

    clock: VirtualClock
    bundle: Bundle
    simulation: Simulation
    events: "BusListener"
    receiver: WebhookReceiver

    @property
    def softlinx(self) -> SoftlinxSimulator:
        assert self.simulation.softlinx is not None
        return self.simulation.softlinx

    @property
    def greenfax(self) -> GreenFaxSimulator:
        assert self.simulation.greenfax is not None
        return self.simulation.greenfax

    def wait(self, *, minutes: float) -> None:
        self.clock.sleep(minutes * 60)

    def faxes(self) -> dict[str, Fax]:
        return faxes_in(self.bundle)

    def documents(self) -> dict[str, bytes]:
        """The documents in the bucket, by key."""
        s3, bucket = self.bundle.aws.client("s3"), self.bundle.cloud.ref("Documents")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        keys = [key for key in keys if not key.startswith(("feeds/", "partial/"))]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def get(self, path: str) -> httpx.Response:
        return plain_http.get(self.bundle.url + path)

    def post(self, path: str, body: Any, key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return plain_http.post(self.bundle.url + path, json=body, headers=headers)

    def put(self, path: str, body: Any) -> httpx.Response:
        return plain_http.put(self.bundle.url + path, json=body)

    def queue_named(self, name: str) -> str:
        return self.bundle.cloud.ref(name)


class BusListener:
    """A customer's own rule on the bundle's bus, with a queue behind it."""

    def __init__(self, bundle: Bundle) -> None:
        self._sqs = bundle.aws.client("sqs")
        bus = bundle.aws.client("events")
        self._url = self._sqs.create_queue(QueueName="listener")["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        pattern = '{"source": ["faxledger"]}'
        where = {"Rule": "listener", "EventBusName": bundle.cloud.ref("Bus")}
        bus.put_rule(Name=where["Rule"], EventBusName=where["EventBusName"], EventPattern=pattern)
        bus.put_targets(**where, Targets=[{"Id": "queue", "Arn": asked["Attributes"]["QueueArn"]}])
        self._heard: list[dict[str, Any]] = []
        self._days: list[dict[str, Any]] = []

    def heard(self) -> list[dict[str, Any]]:
        """Every event of a fax so far; each is held against the schema that customers are given."""
        self._hear()
        return list(self._heard)

    def days(self) -> list[dict[str, Any]]:
        """As `heard`, of closed days."""
        self._hear()
        return list(self._days)

    def _hear(self) -> None:
        for event in drain(self._sqs, self._url):
            of_a_day = event["detail-type"] == "Day Closed"
            (_DAY_SCHEMA if of_a_day else _SCHEMA).validate(event)
            (self._days if of_a_day else self._heard).append(event)


def drain(sqs: Any, url: str) -> list[dict[str, Any]]:
    """The bodies of all messages of a queue, which is empty then."""
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


class OpenTown(Protocol):
    def __call__(
        self,
        *,
        realm: str = "Acme",
        account_id: str = "12345",
        parameters: Mapping[str, str] | None = None,
        jobs: int = 0,
        seed: int = 1,
        faults: Faults = NO_FAULTS,
        softlinx_options: SoftlinxOptions = SOFTLINX_OPTIONS,
    ) -> Town: ...


@contextmanager
def open_towns(folder: Path) -> Iterator[OpenTown]:
    with ExitStack() as opened:
        yield partial(_open_town, opened, folder)


def _open_town(
    opened: ExitStack,
    folder: Path,
    *,
    realm: str = "Acme",
    account_id: str = "12345",
    parameters: Mapping[str, str] | None = None,
    jobs: int = 0,
    seed: int = 1,
    faults: Faults = NO_FAULTS,
    softlinx_options: SoftlinxOptions = SOFTLINX_OPTIONS,
) -> Town:
    clock = VirtualClock(START, speed=math.inf)
    simulation = Simulation(
        clock,
        realm=realm,
        account_id=account_id,
        accounts=ACCOUNTS,
        seed=seed,
        faults=faults,
        softlinx_options=softlinx_options,
    )
    opened.enter_context(simulation)
    given = {
        "SoftlinxRealm": realm,
        "GreenFaxAccountId": account_id,
        "TellFrom": "2026-11-23T13:00:00Z",
        **simulation.parameters(),
        **(parameters or {}),
    }
    receiver = opened.enter_context(WebhookReceiver(clock, lambda: [ACCOUNTS.signing_key]))
    bundle = Bundle(
        clock,
        parameters=given,
        secrets=ACCOUNTS.secrets(),
        log=folder / "functions.log",
        receivers=frozenset({receiver.url}),
    )
    opened.enter_context(bundle)
    simulation.register(bundle)
    if jobs:
        simulation.plan_day(jobs)
    town = Town(clock, bundle, simulation, BusListener(bundle), receiver)
    opened.enter_context(clock.activity())
    clock.start()
    return town


@pytest.fixture
def open_town(tmp_path: Path) -> Iterator[OpenTown]:
    with open_towns(tmp_path) as open_one:
        yield open_one


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    """Both providers, no faxes yet."""
    return open_town()
