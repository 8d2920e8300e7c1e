"""An AWS on the loopback that takes every write at once: what is timed against it is the function alone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any


@contextmanager
def aws_stub(secret: str, *, latency_seconds: float = 0) -> Iterator[str]:
    """Serves an empty DynamoDB that takes every write, and one secret, on a free port; gives its URL."""
    server = _AwsStub(secret, latency_seconds)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _AwsStub(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, secret: str, latency_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _AwsRequest)
        self.latency_seconds = latency_seconds
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
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        sleep(self.server.latency_seconds)
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        answer = self.server.answers.get(operation)
        body = json.dumps({"__type": "UnknownOperationException"} if answer is None else answer).encode()
        self.send_response(400 if answer is None else 200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Says nothing: the table is the output."""
