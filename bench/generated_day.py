"""A day of any number of faxes, in a DynamoDB that makes them up whenever it is asked: it holds one item.

Entries and items are as the ledger writes them, of faxes that a callback has settled and a poll has seen.
"""

import json
import math
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from threading import Lock, Thread
from time import sleep
from typing import Any, Final

from botocore.session import get_session

from bench.aws_stub import aws_stub
from bench.softlinx_world import our_tables
from faxledger.adapters.clock import SystemClock
from faxledger.domain.fax import Direction, FaxId, Provider, Source, Status
from faxledger.domain.report import Facts, Report
from faxledger.domain.timestamps import timestamp
from faxledger.ledger import keys
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.table import Table

DAY: Final = datetime(2026, 11, 26, tzinfo=UTC)
_NUMBER: Final = "777777777"
_LATE: Final = timedelta(seconds=3)
_SAMPLE: Final = FaxId(Provider.SOFTLINX, Direction.OUTBOUND, "acme", _NUMBER)
_PARTITIONS: Final = [
    keys.time_partition(provider, direction, shard)
    for provider in Provider
    for direction in Direction
    for shard in range(keys.SHARDS)
]


@dataclass(frozen=True, slots=True)
class Served:
    """What was asked of the table, and what that costs: read units as DynamoDB counts them."""

    queries: int = 0
    batches: int = 0
    items: int = 0
    read_units: float = 0.0


@contextmanager
def generated_day(faxes: int, latency_seconds: float) -> Iterator[tuple[str, Any]]:
    """The URL of the table, and a connection that answers with `Served` whatever it is sent."""
    context = multiprocessing.get_context("spawn")
    asks, asked = context.Pipe()
    process = context.Process(target=_serve, args=(asked, faxes, latency_seconds), daemon=True)
    process.start()
    try:
        yield asks.recv(), asks
    finally:
        process.terminate()
        process.join()


def _serve(asked: Connection, faxes: int, latency_seconds: float) -> None:
    server = _GeneratedTable(faxes, latency_seconds)
    Thread(target=server.serve_forever, daemon=True).start()
    asked.send(f"http://127.0.0.1:{server.server_port}")
    while True:
        asked.recv()
        asked.send(server.served)


class _GeneratedTable(ThreadingHTTPServer):
    """The faxes' numbers go up with their time, and round the partitions."""

    daemon_threads = True
    # Eight lanes connect at once.
    request_queue_size = 64

    def __init__(self, faxes: int, latency_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.latency_seconds = latency_seconds
        self.served = Served()
        self._faxes = faxes
        self._pause = timedelta(days=1) / faxes
        self._item = json.dumps(_sample_item())
        self._lock = Lock()

    def count(self, **more: float) -> None:
        with self._lock:
            fields = {name: getattr(self.served, name) + count for name, count in more.items()}
            self.served = Served(**{**_as_dict(self.served), **fields})

    def query(self, asked: dict[str, Any]) -> str:
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        if asked["IndexName"] != keys.BY_TIME.name:
            self.count(queries=1, read_units=0.5)
            return '{"Items":[],"Count":0,"ScannedCount":0}'
        place = _PARTITIONS.index(values[":partition"])
        # The span is the day; a position names the fax behind which to go on.
        since = values[":since"].partition("#")[2]
        first = int(since.rpartition(".")[2]) + len(_PARTITIONS) if since else place
        numbers = range(first, self._faxes, len(_PARTITIONS))[: asked["Limit"]]
        entries = [self._entry(number, values[":partition"]) for number in numbers]
        last = {"LastEvaluatedKey": entries[-1]} if len(entries) == asked["Limit"] else {}
        body = json.dumps({"Items": entries, "Count": len(entries), "ScannedCount": len(entries), **last})
        self.count(queries=1, read_units=max(1, math.ceil(len(body) / 4096)) * 0.5)
        return body

    def batch(self, asked: dict[str, Any]) -> str:
        ((table, wanted),) = asked["RequestItems"].items()
        found = [self._item_of(key["pk"]["S"]) for key in wanted["Keys"]]
        units = sum(max(1, math.ceil(len(item) / 4096)) for item in found)
        self.count(batches=1, items=len(found), read_units=units)
        return f'{{"Responses":{{"{table}":[{",".join(found)}]}},"UnprocessedKeys":{{}}}}'

    def _entry(self, number: int, partition: str) -> dict[str, Any]:
        fax = self._fax(number)
        return {
            **keys.of_fax(fax),
            keys.BY_TIME.partition: {"S": partition},
            keys.BY_TIME.sort: {"S": keys.position(self._at(number), str(fax))},
        }

    def _item_of(self, key: str) -> str:
        _, provider, direction, account, job_id = key.split("#")
        name, sample = f"{provider}.{direction}.{account}.{job_id}", str(_SAMPLE)
        completed = self._at(int(job_id))
        sample_key = keys.of_fax(_SAMPLE)["pk"]["S"]
        item = self._item.replace(sample_key, key).replace(sample, name).replace(_NUMBER, job_id)
        item = item.replace(timestamp(DAY + _LATE), timestamp(completed + _LATE))
        return item.replace(timestamp(DAY), timestamp(completed))

    def _fax(self, number: int) -> FaxId:
        provider, direction, _ = _PARTITIONS[number % len(_PARTITIONS)].split("#")
        return FaxId(Provider(provider), Direction(direction), "acme", str(number))

    def _at(self, number: int) -> datetime:
        return DAY + number * self._pause


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _GeneratedTable

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        sleep(self.server.latency_seconds)
        text = self.server.query(asked) if operation == "Query" else self.server.batch(asked)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the table is the output."""


class _SecondsLater(SystemClock):
    """Three seconds after the sample was completed."""

    def now(self) -> datetime:
        return DAY + _LATE


def _as_dict(served: Served) -> dict[str, float]:
    return {name: getattr(served, name) for name in ("queries", "batches", "items", "read_units")}


def _sample_item() -> dict[str, Any]:
    """What the ledger writes of a fax with a callback and a poll."""
    with aws_stub("", tables=our_tables()) as url:
        client: Any = get_session().create_client(
            "dynamodb",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="bench",
            aws_secret_access_key="bench",  # noqa: S106
        )
        ledger = DynamoFaxLedger(Table(client, "Table", 400, 24), _SecondsLater())
        given = {"FaxId": _NUMBER, "FaxStatus": "sent", "FaxNumber": "12125550101", "PagesSent": "3"}
        for source in (Source.CALLBACK, Source.POLL):
            facts = Facts("12125550101", "12125550100", "clinic1", "ORTHO-1001", 3, 3, 46, Decimal("0.12"))
            ledger.settle(Report(_SAMPLE, source, "sent", Status.SENT, given, DAY, facts=facts))
        found: dict[str, Any] = client.get_item(TableName="Table", Key=keys.of_fax(_SAMPLE))["Item"]
        return found
