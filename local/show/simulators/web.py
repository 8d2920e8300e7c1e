"""A small HTTP/1.1 server on 127.0.0.1 that hands each request to one function."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit

from local.shutdown import shut_down

_MOST_BODY_BYTES = 64 * 1024 * 1024
_IDLE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class WebRequest:
    """`query` is as it came, still encoded; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebResponse:
    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()


class HangUp(Exception):
    """Raised instead of answering: the connection is closed without a word."""


class WebServer:
    """Serves until it is closed; port 0 takes any free one."""

    def __init__(self, answer: Callable[[WebRequest], WebResponse], port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _handler_of(answer))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            shut_down(self._server)
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open must not hold up the end
    request_queue_size = 128  # many clients may call at one moment

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is nothing to tell of; what else goes wrong is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler_of(answer: Callable[[WebRequest], WebResponse]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave in one write
        timeout = _IDLE_SECONDS

        def _serve(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if "Transfer-Encoding" in self.headers or not length.isdecimal():
                self._refuse(WebResponse(411, b"a body needs its length\n"))
                return
            if int(length) > _MOST_BODY_BYTES:
                self._refuse(WebResponse(413, b"the body is too large\n"))
                return
            target = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(length))
            try:
                response = answer(WebRequest(self.command, target.path, target.query, headers, body))
            except HangUp:
                self.close_connection = True
                return
            self._write(response)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server finds them by these names

        def _refuse(self, response: WebResponse) -> None:
            self.close_connection = True  # the body was not read, so the next request could not be found
            self._write(response)

        def _write(self, response: WebResponse) -> None:
            # A 1xx promises another answer, and none will come.
            self.close_connection = self.close_connection or response.status < 200
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
            for name, value in response.headers:
                self.send_header(name, value)
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing: a request line can hold a password (GreenFax, doc)."""

    return Handler
