"""Any number of faxes in the tables in memory, behind an AWS in a process of its own.

Each is settled by the ledger itself, at a time of its own, and owes a mark since. Beside DynamoDB there is an
SQS that takes everything and an S3 in which nothing lies.
"""

import multiprocessing
import re
import sys
from collections import Counter
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

from bench.softlinx_world import TABLE_LATENCY_SECONDS, our_tables
from faxledger.adapters.clock import SystemClock
from faxledger.domain.fax import Direction, FailureClass, FaxId, Provider, Source, Status
from faxledger.domain.report import Duty, Facts, Failure, Report
from faxledger.ledger.faxes import DynamoFaxLedger
from faxledger.ledger.table import Table
from local.dynamodb.requests import MemoryTables
from local.dynamodb.wire import answer_of

TABLE: Final = "Table"
ACCOUNT: Final = "acme"
# One fax after the other, the newest one long enough ago that its mark is overdue.
APART: Final = timedelta(seconds=10)
_AGO: Final = timedelta(hours=6)
# Of each so many one has failed, is of this user, has this reference.
FAILED_OF: Final = 10
RARE_OF: Final = 20_000
RARE_USER: Final = "night desk"
_FAXES_OF_A_CASE: Final = 20
# In the text of a message, which is itself in a text.
_FAX: Final = re.compile(rb'fax_id\\": \\"([^"\\]+)')


@dataclass(frozen=True, slots=True)
class Asked:
    """Calls by operation, and what SQS was given."""

    calls: Counter[str]
    messages: int
    faxes: int


def fax_id(number: int) -> FaxId:
    return FaxId(Provider.SOFTLINX, Direction.OUTBOUND, ACCOUNT, str(number))


def case_of(number: int) -> str:
    return f"case-{number // _FAXES_OF_A_CASE}"


@contextmanager
def filled_table(faxes: int) -> Iterator[tuple[str, Any]]:
    """The URL of the AWS, and a connection that answers with `Asked` since the last time whatever it is sent.

    Numbers go from 1, the oldest, to `faxes`.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    asks, asked = context.Pipe()
    process = context.Process(target=_serve, args=(asked, faxes), daemon=True)
    process.start()
    try:
        yield asks.recv(), asks
    finally:
        process.terminate()
        process.join()


def _serve(asked: Connection, faxes: int) -> None:
    server = _Aws(_filled(faxes))
    Thread(target=server.serve_forever, daemon=True).start()
    asked.send(f"http://127.0.0.1:{server.server_port}")
    while True:
        asked.recv()
        asked.send(server.asked())


def _filled(faxes: int) -> MemoryTables:
    tables, clock = our_tables(), _Then()
    ledger = DynamoFaxLedger(Table(_AtOnce(tables), TABLE, 400, 24), clock)
    now = datetime.now(UTC)
    for number in range(1, faxes + 1):
        clock.moment = now - _AGO - (faxes - number) * APART
        ledger.settle(_report(number, clock.moment))
    return tables


def _report(number: int, at: datetime) -> Report:
    is_failed = number % FAILED_OF == 0
    word = "sendFailed" if is_failed else "sent"
    given = {"FaxId": str(number), "FaxStatus": word, "FaxNumber": f"1212555{number % 10_000:04}"}
    user = RARE_USER if number % RARE_OF == 1 else "clinic1"
    return Report(
        fax_id(number),
        Source.CALLBACK,
        word,
        Status.FAILED if is_failed else Status.SENT,
        given,
        at,
        failure=Failure(FailureClass.BUSY, "17", "Line busy") if is_failed else None,
        facts=Facts(given["FaxNumber"], "12125550100", user, case_of(number), 3, 3, 46, Decimal("0.12")),
        owes=frozenset({Duty.MARK}),
    )


class _Then(SystemClock):
    moment = datetime.now(UTC)

    def now(self) -> datetime:
        return self.moment


class _AtOnce:
    """A client of the tables that goes over no wire: the ledger settles by one call of it."""

    def __init__(self, tables: MemoryTables) -> None:
        self._tables = tables

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self._tables.answer("UpdateItem", request)


class _Aws(ThreadingHTTPServer):
    daemon_threads = True
    # Lanes connect at once.
    request_queue_size = 64

    def __init__(self, tables: MemoryTables) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self._tables = tables
        self._calls: Counter[str] = Counter()
        self._sent: Counter[bytes] = Counter()
        self._lock = Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was out of patience has hung up, and asks again."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def answer(self, operation: str, body: bytes) -> tuple[int, str]:
        with self._lock:
            self._calls[operation] += 1
        if self._tables.knows(operation):
            status, _, text = answer_of(self._tables, operation, body)
            return status, text
        with self._lock:
            self._sent.update(_FAX.findall(body))
        return 200, '{"Successful":[],"Failed":[]}'

    def asked(self) -> Asked:
        with self._lock:
            asked = Asked(self._calls, self._sent.total(), len(self._sent))
            self._calls, self._sent = Counter(), Counter()
        return asked


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Aws

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        sleep(TABLE_LATENCY_SECONDS)
        status, text = self.server.answer(self.headers.get("X-Amz-Target", "").rpartition(".")[2], body)
        self._send(status, "application/x-amz-json-1.0", text)

    def do_GET(self) -> None:
        self._send(
            200, "application/xml", "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        )

    def _send(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the table is the output."""
