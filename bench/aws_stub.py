"""An AWS on the loopback that answers at once: what is timed against it is the function alone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from time import sleep
from typing import Any

from local.dynamodb.requests import MemoryTables
from local.dynamodb.wire import answer_of


@contextmanager
def aws_stub(
    secret: str,
    *,
    latency_seconds: float = 0,
    tables: MemoryTables | None = None,
    tls: SSLContext | None = None,
) -> Iterator[str]:
    """Serves one secret and a DynamoDB on a free port, with `tls` by https; gives its URL.

    Without `tables` the DynamoDB takes every write and is empty all the same.
    """
    server = _AwsStub(secret, latency_seconds, tables)
    if tls is not None:
        # A connection's own thread shakes hands, at its first read: whoever accepts waits for nobody.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _AwsStub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, secret: str, latency_seconds: float, tables: MemoryTables | None) -> None:
        super().__init__(("127.0.0.1", 0), _AwsRequest)
        self.latency_seconds = latency_seconds
        self.tables = tables
        self.answers: dict[str, dict[str, Any]] = {
            "GetSecretValue": {"SecretString": secret, "VersionId": "1"},
            "BatchGetItem": {"Responses": {}},
            "DeleteItem": {},
            "GetItem": {},
            "PutItem": {},
            "UpdateItem": {},
        }


class _AwsRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _AwsStub

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        sleep(self.server.latency_seconds)
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        status, body = self._answer(operation, asked)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, operation: str, asked: bytes) -> tuple[int, bytes]:
        tables = self.server.tables
        if tables is not None and tables.knows(operation):
            status, _, text = answer_of(tables, operation, asked)
            return status, text.encode()
        answer = self.server.answers.get(operation)
        if answer is None:
            return 400, json.dumps({"__type": "UnknownOperationException"}).encode()
        return 200, json.dumps(answer).encode()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the table is the output."""
